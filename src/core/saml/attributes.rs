//! The `NameID` and attributes of a subject (SAML core §2.2, §2.7.3).

use std::collections::BTreeSet;

use super::{
    names::{ASSERTION, XSI},
    response::AssertionError,
    xml::Element,
};

/// The identity provider's name for a user (`NameID`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameId {
    /// The value, trimmed.
    pub value: String,
    /// Its format, a URI.
    pub format: Option<String>,
    /// `NameQualifier`: the domain of the name.
    pub qualifier: Option<String>,
    /// `SPNameQualifier`: the service provider of the name.
    pub sp_qualifier: Option<String>,
}

/// An attribute of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// The `NameFormat`, a URI.
    pub name_format: Option<String>,
    /// The `FriendlyName`, for display only.
    pub friendly_name: Option<String>,
    /// Its values, without nil values.
    pub values: Vec<String>,
}

impl NameId {
    /// Reads a `NameID` document, such as a decrypted one.
    pub fn of(document: &super::xml::Document) -> Option<Self> {
        document.root().filter(|root| root.is(ASSERTION, "NameID")).and_then(Self::read)
    }

    /// Reads a `NameID`; `None` if it is empty or has elements in it.
    pub(super) fn read(element: Element<'_>) -> Option<Self> {
        let value = element.text()?.trim_ascii().to_owned();
        let of = |name| element.attribute(name).map(str::to_owned);
        (!value.is_empty()).then(|| Self {
            value,
            format: of("Format"),
            qualifier: of("NameQualifier"),
            sp_qualifier: of("SPNameQualifier"),
        })
    }
}

/// The attributes of all statements of an assertion.
pub(super) fn attributes(assertion: Element<'_>) -> Result<Vec<Attribute>, AssertionError> {
    let (mut attributes, mut names) = (Vec::new(), BTreeSet::new());
    let statements = assertion.children_named(ASSERTION, "AttributeStatement");
    for element in statements.flat_map(|statement| statement.children()) {
        if !element.is(ASSERTION, "Attribute") {
            return Err(AssertionError::EncryptedAttribute);
        }
        let of = |name| element.attribute(name).map(str::to_owned);
        let name = of("Name").filter(|name| !name.is_empty());
        let name = name.ok_or(AssertionError::Missing("Name of an Attribute"))?;
        // Refuse duplicates: readers differ in whether the first, the last or both count.
        if !names.insert(name.clone()) {
            return Err(AssertionError::DuplicateAttribute(name));
        }
        let values = element.children_named(ASSERTION, "AttributeValue");
        let nil =
            |value: &Element<'_>| matches!(value.attribute_of(XSI, "nil"), Some("true" | "1"));
        // A value may be an element, such as the NameID of eduPersonTargetedID.
        let values = values.filter(|value| !nil(value)).map(|value| value.deep_text()).collect();
        let (name_format, friendly_name) = (of("NameFormat"), of("FriendlyName"));
        attributes.push(Attribute { name, name_format, friendly_name, values });
    }
    Ok(attributes)
}
