//! Schemas, attributes and their characteristics as static data (RFC 7643 §2.2, §7).

use serde_json::{Map, Value, json};

/// The type of an attribute's value (RFC 7643 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its RFC's own word")]
pub enum Kind {
    String,
    Boolean,
    Integer,
    DateTime,
    Reference,
    Complex,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::DateTime => "dateTime",
            Self::Reference => "reference",
            Self::Complex => "complex",
        }
    }
}

/// Who may write an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its RFC's own word")]
pub enum Mutability {
    ReadOnly,
    ReadWrite,
    Immutable,
    WriteOnly,
}

/// When an attribute is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its RFC's own word")]
pub enum Returned {
    Always,
    Never,
    Default,
}

/// Among which resources a value is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its RFC's own word")]
pub enum Uniqueness {
    None,
    Server,
}

/// An attribute of a schema.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub description: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// Whether it is a list.
    pub multi_valued: bool,
    /// Whether a resource must have it.
    pub required: bool,
    /// Whether upper and lower case differ.
    pub case_exact: bool,
    /// Who may write it.
    pub mutability: Mutability,
    /// When it is returned.
    pub returned: Returned,
    /// Among which resources it is unique.
    pub uniqueness: Uniqueness,
    /// Suggested values.
    pub canonical_values: &'static [&'static str],
    /// What a reference points to.
    pub reference_types: &'static [&'static str],
    /// The attributes inside a complex one.
    pub sub_attributes: &'static [Self],
}

impl Attribute {
    /// A single text in which case does not count, which clients read and write.
    pub const fn string(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            kind: Kind::String,
            multi_valued: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            canonical_values: &[],
            reference_types: &[],
            sub_attributes: &[],
        }
    }

    /// A flag.
    pub const fn boolean(name: &'static str, description: &'static str) -> Self {
        Self { kind: Kind::Boolean, ..Self::string(name, description) }
    }

    /// A whole number.
    pub const fn integer(name: &'static str, description: &'static str) -> Self {
        Self { kind: Kind::Integer, ..Self::string(name, description) }
    }

    /// A point in time.
    pub const fn date_time(name: &'static str, description: &'static str) -> Self {
        Self { kind: Kind::DateTime, ..Self::string(name, description) }
    }

    /// A URI of one of these types.
    pub const fn reference(
        name: &'static str,
        description: &'static str,
        types: &'static [&'static str],
    ) -> Self {
        Self {
            kind: Kind::Reference,
            case_exact: true,
            reference_types: types,
            ..Self::string(name, description)
        }
    }

    /// An object.
    pub const fn complex(
        name: &'static str,
        description: &'static str,
        sub_attributes: &'static [Self],
    ) -> Self {
        Self { kind: Kind::Complex, sub_attributes, ..Self::string(name, description) }
    }

    /// A list of these.
    #[must_use]
    pub const fn list(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    /// One that a resource must have.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// One in which case counts.
    #[must_use]
    pub const fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    /// One that no other resource of the organization has.
    #[must_use]
    pub const fn unique(self) -> Self {
        Self { uniqueness: Uniqueness::Server, ..self }
    }

    /// One that clients do not write.
    #[must_use]
    pub const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    /// One that is written once.
    #[must_use]
    pub const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    /// One that clients only write.
    #[must_use]
    pub const fn write_only(self) -> Self {
        Self { mutability: Mutability::WriteOnly, returned: Returned::Never, ..self }
    }

    /// One that is in every response.
    #[must_use]
    pub const fn always(self) -> Self {
        Self { returned: Returned::Always, ..self }
    }

    /// One with suggested values.
    #[must_use]
    pub const fn values(self, canonical_values: &'static [&'static str]) -> Self {
        Self { canonical_values, ..self }
    }

    /// The attribute inside this one; case does not count.
    pub fn sub(&self, name: &str) -> Option<&'static Self> {
        self.sub_attributes.iter().find(|known| known.name.eq_ignore_ascii_case(name))
    }

    /// The attribute that a filter on the list itself means (RFC 7643 §2.4).
    pub fn default_sub(&self) -> Option<&'static Self> {
        if self.multi_valued { self.sub("value") } else { None }
    }

    /// As `/Schemas` publishes it (RFC 7643 §7).
    fn published(&self) -> Value {
        let mut object = json!({
            "name": self.name,
            "type": self.kind.as_str(),
            "multiValued": self.multi_valued,
            "description": self.description,
            "required": self.required,
            "mutability": match self.mutability {
                Mutability::ReadOnly => "readOnly",
                Mutability::ReadWrite => "readWrite",
                Mutability::Immutable => "immutable",
                Mutability::WriteOnly => "writeOnly",
            },
            "returned": match self.returned {
                Returned::Always => "always",
                Returned::Never => "never",
                Returned::Default => "default",
            },
        });
        let Some(members) = object.as_object_mut() else { return object };
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        match self.kind {
            Kind::Complex => {
                let inner = self.sub_attributes.iter().map(Self::published).collect();
                set("subAttributes", Value::Array(inner));
            }
            Kind::String | Kind::Reference => {
                set("caseExact", self.case_exact.into());
                let uniqueness = match self.uniqueness {
                    Uniqueness::None => "none",
                    Uniqueness::Server => "server",
                };
                set("uniqueness", uniqueness.into());
            }
            Kind::Boolean | Kind::Integer | Kind::DateTime => {}
        }
        if !self.canonical_values.is_empty() {
            set("canonicalValues", self.canonical_values.into());
        }
        if !self.reference_types.is_empty() {
            set("referenceTypes", self.reference_types.into());
        }
        object
    }
}

/// A schema: a named set of attributes.
#[derive(Debug)]
pub struct Schema {
    /// Its URN.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it describes.
    pub description: &'static str,
    /// Its attributes, without the common ones.
    pub attributes: &'static [Attribute],
}

impl Schema {
    /// The attribute of that name; case does not count.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|known| known.name.eq_ignore_ascii_case(name))
    }

    /// As `/Schemas` publishes it; `base` is the URL of the service.
    pub fn published(&self, base: &str) -> Value {
        let attributes: Vec<Value> = self.attributes.iter().map(Attribute::published).collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "attributes": attributes,
            "meta": meta("Schema", &format!("{base}/Schemas/{}", self.id)),
        })
    }
}

/// A type of resources: its schema, its extensions and its endpoint (RFC 7643 §6).
#[derive(Debug)]
pub struct ResourceType {
    /// `User` or `Group`.
    pub name: &'static str,
    /// The path below the base of the service.
    pub endpoint: &'static str,
    /// What it describes.
    pub description: &'static str,
    /// Its core schema.
    pub schema: &'static Schema,
    /// The schemas of its extensions; none is required.
    pub extensions: &'static [&'static Schema],
}

/// The attributes that every resource has (RFC 7643 §3.1), which no schema lists.
const COMMON: &[Attribute] = &[
    Attribute::string("id", "").exact().read_only().always(),
    Attribute::string("externalId", "").exact(),
    Attribute::reference("schemas", "", &["uri"]).list().read_only().always(),
    Attribute::complex(
        "meta",
        "",
        &[
            Attribute::string("resourceType", "").exact().read_only(),
            Attribute::date_time("created", "").read_only(),
            Attribute::date_time("lastModified", "").read_only(),
            Attribute::reference("location", "", &["uri"]).read_only(),
            Attribute::string("version", "").exact().read_only(),
        ],
    )
    .read_only(),
];

impl ResourceType {
    /// The attribute of that name in the core schema, or a common one; case does not count.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        let common = COMMON.iter().find(|known| known.name.eq_ignore_ascii_case(name));
        common.or_else(|| self.schema.attribute(name))
    }

    /// The extension with that URN; case does not count.
    pub fn extension(&self, urn: &str) -> Option<&'static Schema> {
        self.extensions.iter().copied().find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// The attributes of the core schema, the common ones first.
    pub fn attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        COMMON.iter().chain(self.schema.attributes)
    }

    /// As `/ResourceTypes` publishes it.
    pub fn published(&self, base: &str) -> Value {
        let extensions: Vec<Value> = (self.extensions.iter())
            .map(|schema| json!({"schema": schema.id, "required": false}))
            .collect();
        let mut object = Map::new();
        let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
        set("schemas", json!(["urn:ietf:params:scim:schemas:core:2.0:ResourceType"]));
        set("id", self.name.into());
        set("name", self.name.into());
        set("description", self.description.into());
        set("endpoint", self.endpoint.into());
        set("schema", self.schema.id.into());
        if !extensions.is_empty() {
            set("schemaExtensions", extensions.into());
        }
        set("meta", meta("ResourceType", &format!("{base}/ResourceTypes/{}", self.name)));
        Value::Object(object)
    }
}

/// `meta` of what discovery returns.
pub(super) fn meta(resource_type: &str, location: &str) -> Value {
    json!({"resourceType": resource_type, "location": location})
}
