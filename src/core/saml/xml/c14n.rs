//! Canonical XML 1.0 and Exclusive XML Canonicalization 1.0, with and without comments.

use super::{Data, Declaration, Document, Element, Kind, namespaces};

/// Maximum number of prefixes in an `InclusiveNamespaces` list.
pub const MOST_PREFIXES: usize = 16;

/// A canonicalization method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Whether comments are kept.
    pub comments: bool,
    /// Which namespaces are written.
    pub namespaces: Namespaces,
}

/// Which namespace declarations are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespaces {
    /// All in scope, and the `xml:` attributes of ancestors (Canonical XML 1.0 §2.4).
    Inclusive,
    /// Those that names use, and those of these prefixes, where `#default` is the default (Exclusive C14N
    /// §3).
    Exclusive(Vec<String>),
}

impl Method {
    /// Canonical XML 1.0 without comments, the default method (XML Signature §4.4.3.2).
    pub const DEFAULT: Self = Self { comments: false, namespaces: Namespaces::Inclusive };

    /// The method of an algorithm identifier, with no prefix list.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (namespaces, comments) = match uri {
            "http://www.w3.org/2001/10/xml-exc-c14n#" => (Namespaces::Exclusive(Vec::new()), false),
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments" => {
                (Namespaces::Exclusive(Vec::new()), true)
            }
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => (Namespaces::Inclusive, false),
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments" => {
                (Namespaces::Inclusive, true)
            }
            _ => return None,
        };
        Some(Self { comments, namespaces })
    }

    /// The same without comments: what a reference by `#id` selects has none, whatever the method says (XML
    /// Signature §4.4.3.3).
    #[must_use]
    pub fn without_comments(self) -> Self {
        Self { comments: false, ..self }
    }
}

/// The canonical form is too long. It can exceed the input, because an exclusive form repeats a
/// declaration at each element that first uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the canonical form is too long")]
pub struct TooLong;

/// The canonical form of a whole document, of at most about `most` bytes.
pub fn document(document: &Document, method: &Method, most: usize) -> Result<Vec<u8>, TooLong> {
    let mut writer = Writer::new(method, most, document.context.clone());
    let end = document.nodes.len();
    let mut index = 0;
    while let Some(node) = document.nodes.get(index) {
        if index == document.root {
            writer.tree(document, index, None)?;
        } else {
            // §2.1: each node outside the document element is on its own line.
            let before = writer.out.len();
            if index > document.root {
                writer.out.push(b'\n');
            }
            let written = writer.out.len();
            writer.leaf(&node.kind);
            if writer.out.len() == written {
                writer.out.truncate(before);
            } else if index < document.root {
                writer.out.push(b'\n');
            }
        }
        index = node.end.clamp(index + 1, end);
    }
    Ok(writer.out)
}

/// The canonical form of an element with its content, except `omitted`; of at most about `most`
/// bytes.
pub fn element(
    apex: Element<'_>,
    omitted: Option<Element<'_>>,
    method: &Method,
    most: usize,
) -> Result<Vec<u8>, TooLong> {
    let document = apex.document;
    let parent = document.nodes.get(apex.index).and_then(|node| node.parent);
    let scope = match parent {
        Some(parent) => namespaces::scope_of(document, parent),
        None => document.context.clone(),
    };
    let mut writer = Writer::new(method, most, scope);
    let omitted = omitted.filter(|other| std::ptr::eq(other.document, document));
    writer.tree(document, apex.index, omitted.map(|other| other.index))?;
    Ok(writer.out)
}

struct Writer<'a> {
    method: &'a Method,
    most: usize,
    out: Vec<u8>,
    /// Declarations in scope in the input.
    scope: Vec<Declaration>,
    /// Declarations in scope in the output.
    written: Vec<Declaration>,
}

/// The parent of the apex element; `None` for the document element.
#[derive(Clone, Copy)]
struct Parent(Option<usize>);

/// An element whose end tag is pending.
struct Open<'d> {
    data: &'d Data,
    end: usize,
    scope: usize,
    written: usize,
}

impl<'a> Writer<'a> {
    const fn new(method: &'a Method, most: usize, scope: Vec<Declaration>) -> Self {
        Self { method, most, out: Vec::new(), scope, written: Vec::new() }
    }

    fn tree(
        &mut self,
        document: &Document,
        apex: usize,
        omitted: Option<usize>,
    ) -> Result<(), TooLong> {
        let end = document.nodes.get(apex).map_or(0, |node| node.end);
        let mut open: Vec<Open<'_>> = Vec::new();
        let mut index = apex;
        loop {
            while open.last().is_some_and(|element| element.end <= index) {
                if let Some(element) = open.pop() {
                    self.end_tag(element.data);
                    self.scope.truncate(element.scope);
                    self.written.truncate(element.written);
                }
            }
            if self.out.len() > self.most {
                return Err(TooLong);
            }
            let Some(node) = document.nodes.get(index).filter(|_| index < end) else {
                return Ok(());
            };
            if omitted == Some(index) {
                index = node.end.max(index + 1);
                continue;
            }
            if let Kind::Element(data) = &node.kind {
                let (scope, written) = (self.scope.len(), self.written.len());
                self.start_tag(document, data, (index == apex).then_some(Parent(node.parent)));
                open.push(Open { data, end: node.end, scope, written });
            } else {
                self.leaf(&node.kind);
            }
            index += 1;
        }
    }

    /// `apex` is given for the first element.
    fn start_tag(&mut self, document: &Document, data: &Data, apex: Option<Parent>) {
        self.scope.extend(data.declarations.iter().cloned());
        let mut declarations = self.declarations(data, apex.is_some());
        declarations.sort_by(|a, b| a.prefix.cmp(&b.prefix));
        self.out.push(b'<');
        self.name(&data.prefix, &data.local);
        for declaration in &declarations {
            self.out.extend_from_slice(b" xmlns");
            if !declaration.prefix.is_empty() {
                self.out.push(b':');
                self.out.extend_from_slice(declaration.prefix.as_bytes());
            }
            self.value(&declaration.uri);
        }
        self.written.append(&mut declarations);
        let inherited = match (&self.method.namespaces, apex) {
            (Namespaces::Inclusive, Some(Parent(parent))) => inherited(document, data, parent),
            _ => Vec::new(),
        };
        let mut attributes: Vec<_> = data.attributes.iter().chain(inherited).collect();
        attributes.sort_by(|a, b| (&a.namespace, &a.local).cmp(&(&b.namespace, &b.local)));
        for attribute in attributes {
            self.out.push(b' ');
            self.name(&attribute.prefix, &attribute.local);
            self.value(&attribute.value);
        }
        self.out.push(b'>');
    }

    /// The declarations to write at an element.
    fn declarations(&self, data: &Data, apex: bool) -> Vec<Declaration> {
        let mut prefixes: Vec<&str> = Vec::new();
        match &self.method.namespaces {
            Namespaces::Inclusive if apex => {
                prefixes.extend(self.scope.iter().map(|one| &*one.prefix));
            }
            Namespaces::Inclusive => {
                prefixes.extend(data.declarations.iter().map(|one| &*one.prefix));
            }
            Namespaces::Exclusive(listed) => {
                prefixes.push(&data.prefix);
                let attributes = data.attributes.iter().map(|one| one.prefix.as_str());
                prefixes.extend(attributes.filter(|prefix| !prefix.is_empty()));
                let listed = listed.iter().map(String::as_str);
                prefixes.extend(listed.map(|one| if one == "#default" { "" } else { one }));
            }
        }
        prefixes.sort_unstable();
        prefixes.dedup();
        let needed = prefixes.into_iter().filter(|prefix| *prefix != "xml").filter_map(|prefix| {
            let uri = namespaces::resolve(&self.scope, prefix)?;
            // No declaration equals an empty default, because a prefix in scope always has a URI.
            let written = namespaces::resolve(&self.written, prefix).unwrap_or_else(|| "".into());
            (written != uri).then(|| Declaration { prefix: prefix.into(), uri })
        });
        needed.collect()
    }

    fn end_tag(&mut self, data: &Data) {
        self.out.extend_from_slice(b"</");
        self.name(&data.prefix, &data.local);
        self.out.push(b'>');
    }

    fn leaf(&mut self, kind: &Kind) {
        match kind {
            Kind::Text(text) => self.escaped(text, |c| match c {
                '&' => Some("&amp;"),
                '<' => Some("&lt;"),
                '>' => Some("&gt;"),
                '\r' => Some("&#xD;"),
                _ => None,
            }),
            Kind::Comment(text) if self.method.comments => {
                self.out.extend_from_slice(b"<!--");
                self.out.extend_from_slice(text.as_bytes());
                self.out.extend_from_slice(b"-->");
            }
            Kind::Instruction { target, data } => {
                self.out.extend_from_slice(b"<?");
                self.out.extend_from_slice(target.as_bytes());
                if !data.is_empty() {
                    self.out.push(b' ');
                    self.out.extend_from_slice(data.as_bytes());
                }
                self.out.extend_from_slice(b"?>");
            }
            Kind::Comment(_) | Kind::Element(_) => {}
        }
    }

    fn name(&mut self, prefix: &str, local: &str) {
        if !prefix.is_empty() {
            self.out.extend_from_slice(prefix.as_bytes());
            self.out.push(b':');
        }
        self.out.extend_from_slice(local.as_bytes());
    }

    fn value(&mut self, value: &str) {
        self.out.extend_from_slice(b"=\"");
        self.escaped(value, |c| match c {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '"' => Some("&quot;"),
            '\t' => Some("&#x9;"),
            '\n' => Some("&#xA;"),
            '\r' => Some("&#xD;"),
            _ => None,
        });
        self.out.push(b'"');
    }

    fn escaped(&mut self, text: &str, escape: impl Fn(char) -> Option<&'static str>) {
        let mut buffer = [0; 4];
        for c in text.chars() {
            let part = escape(c).unwrap_or_else(|| c.encode_utf8(&mut buffer));
            self.out.extend_from_slice(part.as_bytes());
        }
    }
}

/// The `xml:` attributes of ancestors that the element does not have itself, the nearest of each name.
fn inherited<'d>(
    document: &'d Document,
    data: &Data,
    parent: Option<usize>,
) -> Vec<&'d super::Attribute> {
    let mut found: Vec<&super::Attribute> = Vec::new();
    let mut at = parent;
    while let Some(node) = at.and_then(|index| document.nodes.get(index)) {
        if let Kind::Element(ancestor) = &node.kind {
            for attribute in ancestor.attributes.iter().filter(|one| &*one.namespace == super::XML)
            {
                let known = data.attributes.iter().chain(found.iter().copied());
                if !known
                    .into_iter()
                    .any(|other| &*other.namespace == super::XML && other.local == attribute.local)
                {
                    found.push(attribute);
                }
            }
        }
        at = node.parent;
    }
    found
}
