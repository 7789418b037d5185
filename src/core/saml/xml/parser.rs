//! The parser: single pass, no recursion, every limit checked before allocation.

use super::{
    Attribute, Data, Declaration, Document, Fault, Kind, Limits, Node, XML, XMLNS, XmlError,
    cursor::Cursor, namespaces::resolve,
};

/// Maximum length of a namespace URI, because URIs are compared often and repeated in the canonical
/// form.
const LONGEST_URI: usize = 1024;

/// Reads a document.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Document, XmlError> {
    parse_within(bytes, Vec::new(), limits)
}

/// Parses a document within a scope of namespace declarations: the plaintext of an encrypted
/// element (XML Encryption 1.1 §4.5.3).
pub fn parse_within(
    bytes: &[u8],
    context: Vec<Declaration>,
    limits: &Limits,
) -> Result<Document, XmlError> {
    if bytes.len() > limits.bytes {
        return Err(XmlError { fault: Fault::TooLarge, offset: limits.bytes });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| XmlError { fault: Fault::Encoding, offset: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parser = Parser {
        cursor: Cursor::new(text),
        limits,
        nodes: Vec::new(),
        open: Vec::new(),
        root: None,
        scope: context.clone(),
    };
    parser.document(text.is_ascii(), context)
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    limits: &'a Limits,
    nodes: Vec<Node>,
    /// Open elements: index, name as written, length of the outer scope.
    open: Vec<Open<'a>>,
    root: Option<usize>,
    scope: Vec<Declaration>,
}

struct Open<'a> {
    index: usize,
    name: (&'a str, &'a str),
    outside: usize,
}

impl<'a> Parser<'a> {
    fn document(mut self, ascii: bool, context: Vec<Declaration>) -> Result<Document, XmlError> {
        if self.cursor.rest().starts_with("<?xml")
            && self.cursor.rest().get(5..6).is_some_and(|next| next.trim_ascii().is_empty())
        {
            self.declaration(ascii)?;
        }
        while !self.cursor.rest().is_empty() {
            if self.open.is_empty() {
                self.outside()?;
            } else {
                self.inside()?;
            }
        }
        match self.root {
            Some(root) if self.open.is_empty() => Ok(Document { nodes: self.nodes, root, context }),
            Some(_) => Err(self.cursor.error(Fault::Expected("an end tag"))),
            None => Err(self.cursor.error(Fault::Expected("an element"))),
        }
    }

    /// `XMLDecl` (§2.8).
    fn declaration(&mut self, ascii: bool) -> Result<(), XmlError> {
        self.cursor.expect("<?xml")?;
        let mut wanted = ["version", "encoding", "standalone"].into_iter();
        let mut first = true;
        while self.cursor.spaces() && !self.cursor.rest().starts_with("?>") {
            let name = self.cursor.name()?;
            let known = wanted.any(|other| other == name) && (!first || name == "version");
            if !known {
                return Err(self.cursor.error(Fault::Expected("an XML declaration")));
            }
            first = false;
            self.cursor.spaces();
            self.cursor.expect("=")?;
            self.cursor.spaces();
            let value = self.cursor.value()?;
            let value_fits = match name {
                "version" => value == "1.0",
                // All of these are ASCII-compatible with UTF-8.
                "encoding" => {
                    let also = ["US-ASCII", "ISO-8859-1", "WINDOWS-1252"];
                    value.eq_ignore_ascii_case("UTF-8")
                        || ascii && also.iter().any(|other| value.eq_ignore_ascii_case(other))
                }
                _ => value == "yes" || value == "no",
            };
            if !value_fits {
                let fault =
                    if name == "encoding" { Fault::Encoding } else { Fault::Expected("XML 1.0") };
                return Err(self.cursor.error(fault));
            }
        }
        if first {
            return Err(self.cursor.error(Fault::Expected("an XML declaration")));
        }
        self.cursor.expect("?>")
    }

    /// Content before and after the document element.
    fn outside(&mut self) -> Result<(), XmlError> {
        if self.cursor.spaces() {
            return Ok(());
        }
        let rest = self.cursor.rest();
        if rest.starts_with("<!--") {
            self.comment()
        } else if rest.starts_with("<?") {
            self.instruction()
        } else if rest.starts_with("<!") {
            Err(self.cursor.error(Fault::Doctype))
        } else if rest.starts_with('<') && self.root.is_none() {
            self.start_tag()
        } else {
            Err(self.cursor.error(Fault::Expected("one document element")))
        }
    }

    fn inside(&mut self) -> Result<(), XmlError> {
        let rest = self.cursor.rest();
        if rest.starts_with("</") {
            self.end_tag()
        } else if rest.starts_with("<!--") {
            self.comment()
        } else if rest.starts_with("<?") {
            self.instruction()
        } else if rest.starts_with('<') && !rest.starts_with("<!") {
            self.start_tag()
        } else {
            self.text()
        }
    }

    fn push(&mut self, kind: Kind) -> Result<usize, XmlError> {
        let index = self.nodes.len();
        if index >= self.limits.nodes {
            return Err(self.cursor.error(Fault::TooManyNodes));
        }
        let parent = self.open.last().map(|open| open.index);
        self.nodes.push(Node { parent, end: index + 1, kind });
        Ok(index)
    }

    /// Text with references and CDATA sections, up to the next markup.
    fn text(&mut self) -> Result<(), XmlError> {
        let mut text = String::new();
        loop {
            let rest = self.cursor.rest();
            if rest.starts_with('&') {
                text.push(self.cursor.reference()?);
            } else if self.cursor.take("<![CDATA[") {
                let part = self.cursor.until("]]>")?;
                self.cursor.push_text(&mut text, part)?;
            } else if rest.starts_with("<!") && !rest.starts_with("<!--") {
                return Err(self.cursor.error(Fault::Doctype));
            } else if rest.starts_with('<') || rest.is_empty() {
                break;
            } else {
                let part = self.cursor.before(&['<', '&']);
                if part.contains("]]>") {
                    return Err(self.cursor.error(Fault::Expected("no ]]> in text")));
                }
                self.cursor.push_text(&mut text, part)?;
            }
        }
        if !text.is_empty() {
            self.push(Kind::Text(text))?;
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), XmlError> {
        self.cursor.expect("<!--")?;
        let part = self.cursor.until("--")?;
        self.cursor.expect(">")?;
        let mut text = String::new();
        self.cursor.push_text(&mut text, part)?;
        self.push(Kind::Comment(text)).map(|_| ())
    }

    fn instruction(&mut self) -> Result<(), XmlError> {
        self.cursor.expect("<?")?;
        let target = self.cursor.name()?;
        if target.eq_ignore_ascii_case("xml") {
            return Err(self.cursor.error(Fault::Expected("no second XML declaration")));
        }
        let spaced = self.cursor.spaces();
        let part = self.cursor.until("?>")?;
        if !spaced && !part.is_empty() {
            return Err(self.cursor.error(Fault::Expected("white space")));
        }
        let mut data = String::new();
        self.cursor.push_text(&mut data, part)?;
        self.push(Kind::Instruction { target: target.to_owned(), data }).map(|_| ())
    }

    fn end_tag(&mut self) -> Result<(), XmlError> {
        self.cursor.expect("</")?;
        let name = self.cursor.qualified_name()?;
        self.cursor.spaces();
        self.cursor.expect(">")?;
        match self.open.pop() {
            Some(open) if open.name == name => {
                self.close(&open);
                Ok(())
            }
            _ => Err(self.cursor.error(Fault::Mismatch)),
        }
    }

    fn close(&mut self, open: &Open<'_>) {
        let end = self.nodes.len();
        if let Some(node) = self.nodes.get_mut(open.index) {
            node.end = end;
        }
        self.scope.truncate(open.outside);
    }

    fn start_tag(&mut self) -> Result<(), XmlError> {
        self.cursor.expect("<")?;
        let name = self.cursor.qualified_name()?;
        let outside = self.scope.len();
        let (declarations, raw) = self.attributes()?;
        self.scope.extend(declarations.iter().cloned());
        if self.scope.len() > self.limits.declarations {
            return Err(self.cursor.error(Fault::TooManyDeclarations));
        }
        let undeclared = self.cursor.error(Fault::UndeclaredPrefix);
        let namespace = resolve(&self.scope, name.0).ok_or(undeclared)?;
        let mut attributes: Vec<Attribute> = Vec::with_capacity(raw.len());
        for ((prefix, local), value) in raw {
            // The default namespace does not apply to attributes (Namespaces §6.2).
            let namespace = match prefix {
                "" => "".into(),
                _ => resolve(&self.scope, prefix).ok_or(undeclared)?,
            };
            if attributes.iter().any(|one| one.local == local && one.namespace == namespace) {
                return Err(self.cursor.error(Fault::DuplicateAttribute));
            }
            let (prefix, local) = (prefix.to_owned(), local.to_owned());
            attributes.push(Attribute { prefix, local, namespace, value });
        }
        let (prefix, local) = (name.0.to_owned(), name.1.to_owned());
        let data = Data { prefix, local, namespace, declarations, attributes };
        let index = self.push(Kind::Element(data))?;
        if self.open.is_empty() {
            self.root = Some(index);
        }
        let open = Open { index, name, outside };
        if self.cursor.take("/>") {
            self.close(&open);
            return Ok(());
        }
        self.cursor.expect(">")?;
        if self.open.len() >= self.limits.depth {
            return Err(self.cursor.error(Fault::TooDeep));
        }
        self.open.push(open);
        Ok(())
    }

    /// Raw attributes, separated from namespace declarations.
    fn attributes(&mut self) -> Result<(Vec<Declaration>, Vec<Raw<'a>>), XmlError> {
        let (mut declarations, mut attributes) = (Vec::<Declaration>::new(), Vec::new());
        while self.cursor.spaces() && !self.cursor.rest().starts_with(['/', '>']) {
            if declarations.len() + attributes.len() >= self.limits.attributes {
                return Err(self.cursor.error(Fault::TooManyAttributes));
            }
            let name = self.cursor.qualified_name()?;
            self.cursor.spaces();
            self.cursor.expect("=")?;
            self.cursor.spaces();
            let value = self.cursor.value()?;
            let prefix = match name {
                ("", "xmlns") => "",
                ("xmlns", prefix) => prefix,
                _ => {
                    attributes.push((name, value));
                    continue;
                }
            };
            if declarations.iter().any(|other| &*other.prefix == prefix) {
                return Err(self.cursor.error(Fault::DuplicateAttribute));
            }
            // Namespaces §3 and §5: reserved names, and only the default may be undone.
            let reserved = prefix == "xmlns" || value == XMLNS;
            if reserved || (prefix == "xml") != (value == XML) {
                return Err(self.cursor.error(Fault::Declaration));
            }
            let undone = value.is_empty() && !prefix.is_empty();
            if undone || value.len() > LONGEST_URI {
                return Err(self.cursor.error(Fault::Declaration));
            }
            if prefix != "xml" {
                declarations.push(Declaration { prefix: prefix.into(), uri: value.into() });
            }
        }
        Ok((declarations, attributes))
    }
}

/// Name and value of an attribute.
type Raw<'a> = ((&'a str, &'a str), String);
