//! A minimal XML tree for SAML messages, without DTD, entities or external resources (XML 1.0 5th
//! edition, Namespaces in XML 1.0).
//!
//! Nodes are stored in document order in one list, each with the index after its last descendant.
//! Nothing here is recursive, so no depth of input can exhaust the stack.

pub mod c14n;
mod chars;
mod cursor;
mod namespaces;
mod parser;

use std::{fmt, rc::Rc};

pub use parser::{parse, parse_within};

/// The namespace of the prefix `xml`.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// The namespace of declarations.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Resource limits of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document.
    pub bytes: usize,
    /// Nesting depth.
    pub depth: usize,
    /// Elements, texts, comments and instructions.
    pub nodes: usize,
    /// Attributes and declarations of one element.
    pub attributes: usize,
    /// Namespace declarations in scope at one point.
    pub declarations: usize,
}

impl Limits {
    /// Of a message: 256 KiB.
    pub const MESSAGE: Self =
        Self { bytes: 256 << 10, depth: 48, nodes: 16_384, attributes: 64, declarations: 128 };
    /// Of metadata: 4 MiB.
    pub const METADATA: Self = Self { bytes: 4 << 20, nodes: 262_144, ..Self::MESSAGE };
}

/// Why a document is refused. The offset is in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("XML at byte {offset}: {fault}")]
pub struct XmlError {
    /// The fault.
    pub fault: Fault,
    /// The offset.
    pub offset: usize,
}

/// What is wrong with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is larger than [`Limits::bytes`].
    #[error("the document is too large")]
    TooLarge,
    /// It is deeper than [`Limits::depth`].
    #[error("elements are nested too deeply")]
    TooDeep,
    /// It has more nodes than [`Limits::nodes`].
    #[error("the document has too many nodes")]
    TooManyNodes,
    /// An element has more than [`Limits::attributes`].
    #[error("an element has too many attributes")]
    TooManyAttributes,
    /// More than [`Limits::declarations`] are in scope.
    #[error("too many namespaces are in scope")]
    TooManyDeclarations,
    /// It is not UTF-8, or declares another encoding.
    #[error("the document is not in UTF-8")]
    Encoding,
    /// It has a document type declaration.
    #[error("a document type declaration is not allowed")]
    Doctype,
    /// A reference to an entity other than the five of XML itself.
    #[error("an entity reference other than the predefined ones")]
    Entity,
    /// A character that XML does not allow.
    #[error("a character that XML does not allow")]
    Character,
    /// Something that breaks the grammar; the text names what was expected.
    #[error("not well-formed: expected {0}")]
    Expected(&'static str),
    /// An end tag that does not match its start tag.
    #[error("an end tag does not match its start tag")]
    Mismatch,
    /// An attribute that appears twice.
    #[error("an attribute appears twice")]
    DuplicateAttribute,
    /// A prefix without a declaration.
    #[error("a namespace prefix is not declared")]
    UndeclaredPrefix,
    /// A declaration that Namespaces in XML forbids.
    #[error("a namespace declaration is not allowed")]
    Declaration,
}

/// A document.
#[derive(Debug, Clone)]
pub struct Document {
    nodes: Vec<Node>,
    /// Index of the document element.
    root: usize,
    /// Namespace declarations in scope around the document (a decrypted element).
    context: Vec<Declaration>,
}

#[derive(Debug, Clone)]
struct Node {
    parent: Option<usize>,
    /// The index after the last descendant.
    end: usize,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Element(Data),
    Text(String),
    Comment(String),
    Instruction { target: String, data: String },
}

#[derive(Debug, Clone)]
struct Data {
    prefix: String,
    local: String,
    /// Shared with the declaration: a long URI costs its length once.
    namespace: Rc<str>,
    declarations: Vec<Declaration>,
    attributes: Vec<Attribute>,
}

/// A namespace declaration; the default has an empty prefix, undoing it an empty URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    prefix: Rc<str>,
    uri: Rc<str>,
}

#[derive(Debug, Clone)]
struct Attribute {
    prefix: String,
    local: String,
    namespace: Rc<str>,
    value: String,
}

/// An element of a document.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    document: &'a Document,
    index: usize,
    data: &'a Data,
}

impl Document {
    /// The document element.
    pub fn root(&self) -> Option<Element<'_>> {
        self.element(self.root)
    }

    fn element(&self, index: usize) -> Option<Element<'_>> {
        match &self.nodes.get(index)?.kind {
            Kind::Element(data) => Some(Element { document: self, index, data }),
            _ => None,
        }
    }

    /// All elements in document order.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        (0..self.nodes.len()).filter_map(|index| self.element(index))
    }
}

impl<'a> Element<'a> {
    /// Its document.
    pub const fn document(&self) -> &'a Document {
        self.document
    }

    /// The name without its prefix.
    pub fn local(&self) -> &'a str {
        &self.data.local
    }

    /// The namespace; empty if none.
    pub fn namespace(&self) -> &'a str {
        &self.data.namespace
    }

    /// Whether it has this name.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.data.local == local && &*self.data.namespace == namespace
    }

    /// Whether `other` is this element of this document.
    pub fn same(&self, other: &Element<'_>) -> bool {
        std::ptr::eq(self.document, other.document) && self.index == other.index
    }

    /// The value of an attribute without a namespace.
    pub fn attribute(&self, local: &str) -> Option<&'a str> {
        self.attribute_of("", local)
    }

    /// The value of an attribute.
    pub fn attribute_of(&self, namespace: &str, local: &str) -> Option<&'a str> {
        let mut attributes = self.data.attributes.iter();
        let found = attributes.find(|one| one.local == local && &*one.namespace == namespace)?;
        Some(&found.value)
    }

    fn child_nodes(&self) -> impl Iterator<Item = (usize, &'a Kind)> + use<'a> {
        let nodes = &self.document.nodes;
        let end = nodes.get(self.index).map_or(0, |node| node.end);
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let node = nodes.get(next).filter(|_| next < end)?;
            let index = std::mem::replace(&mut next, node.end);
            Some((index, &node.kind))
        })
    }

    /// The child elements.
    pub fn children(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let document = self.document;
        self.child_nodes().filter_map(move |(index, _)| document.element(index))
    }

    /// The child elements of this name.
    pub fn children_named(
        &self,
        namespace: &'static str,
        local: &'static str,
    ) -> impl Iterator<Item = Element<'a>> + use<'a> {
        self.children().filter(move |child| child.is(namespace, local))
    }

    /// The only child element of this name; `Err` if there are several.
    pub fn only_child(
        &self,
        namespace: &'static str,
        local: &'static str,
    ) -> Result<Option<Element<'a>>, Several> {
        let mut found = self.children_named(namespace, local);
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            _ => Err(Several(local)),
        }
    }

    /// The whole text content; `None` if there are child elements. Comments and instructions do not
    /// split it: other implementations truncated names at comments.
    pub fn text(&self) -> Option<String> {
        let mut text = String::new();
        for (_, kind) in self.child_nodes() {
            match kind {
                Kind::Text(part) => text.push_str(part),
                Kind::Element(_) => return None,
                Kind::Comment(_) | Kind::Instruction { .. } => {}
            }
        }
        Some(text)
    }

    /// The text content, including descendants.
    pub fn deep_text(&self) -> String {
        let end = self.document.nodes.get(self.index).map_or(0, |node| node.end);
        let nodes = self.document.nodes.get(self.index..end).unwrap_or_default();
        let texts = nodes.iter().filter_map(|node| match &node.kind {
            Kind::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// Whether there is text other than white space between the child elements.
    pub fn has_stray_text(&self) -> bool {
        self.child_nodes()
            .any(|(_, kind)| matches!(kind, Kind::Text(text) if !text.trim_ascii().is_empty()))
    }

    /// The namespace declarations in scope, for parsing replacement content.
    pub fn scope(&self) -> Vec<Declaration> {
        namespaces::scope_of(self.document, self.index)
    }
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}{}", self.data.namespace, self.data.local)
    }
}

/// An element of that name appears more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("several elements {0} where there may be one")]
pub struct Several(pub &'static str);
