//! Namespace declarations in scope.

use std::rc::Rc;

use super::{Declaration, Document, Kind, XML};

/// The URI of `prefix` in `scope`, where later declarations win; `None` if it is not declared. An
/// undeclared default namespace is the empty URI.
pub(super) fn resolve(scope: &[Declaration], prefix: &str) -> Option<Rc<str>> {
    if prefix == "xml" {
        return Some(XML.into());
    }
    let found = scope.iter().rev().find(|one| &*one.prefix == prefix);
    found.map(|one| one.uri.clone()).or_else(|| prefix.is_empty().then(|| "".into()))
}

/// All declarations in scope at a node, including its own; outermost first, each prefix once.
pub(super) fn scope_of(document: &Document, index: usize) -> Vec<Declaration> {
    let mut line = Vec::new();
    let mut at = Some(index);
    while let Some(node) = at.and_then(|index| document.nodes.get(index)) {
        if let Kind::Element(data) = &node.kind {
            line.push(data);
        }
        at = node.parent;
    }
    let mut scope = document.context.clone();
    for declaration in line.iter().rev().flat_map(|data| &data.declarations) {
        scope.retain(|other| other.prefix != declaration.prefix);
        scope.push(declaration.clone());
    }
    scope
}
