//! The schemas that the service publishes (RFC 7643 §8.7), and its configuration (§5).

use serde_json::{Value, json};

use super::{
    bulk::{MAXIMUM_OPERATIONS, MAXIMUM_PAYLOAD},
    list::MAXIMUM_RESULTS,
    schema::{Attribute, ResourceType, Schema, meta},
};

const PRIMARY: Attribute =
    Attribute::boolean("primary", "Whether this is the preferred value. At most one is.");
const DISPLAY: Attribute = Attribute::string("display", "A name for people to read.");

/// The core schema of users. Roles, entitlements and certificates are not part of it: SCIM grants
/// nothing.
pub const USER: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
    description: "A user of the organization.",
    attributes: &[
        Attribute::string(
            "userName",
            "The name that identifies the user in the organization; often an e-mail address.",
        )
        .required()
        .unique(),
        Attribute::complex(
            "name",
            "The parts of the person's name.",
            &[
                Attribute::string("formatted", "The full name."),
                Attribute::string("familyName", "The family name."),
                Attribute::string("givenName", "The given name."),
                Attribute::string("middleName", "The middle names."),
                Attribute::string("honorificPrefix", "A title before the name."),
                Attribute::string("honorificSuffix", "A suffix after the name."),
            ],
        ),
        Attribute::string("displayName", "The name to show."),
        Attribute::string("nickName", "How the person is addressed casually."),
        Attribute::reference("profileUrl", "The person's page.", &["external"]),
        Attribute::string("title", "The person's position."),
        Attribute::string("userType", "How the organization relates to the user."),
        Attribute::string("preferredLanguage", "RFC 9110 Accept-Language."),
        Attribute::string("locale", "RFC 5646, for dates and currency."),
        Attribute::string("timezone", "A name of the IANA time zone database."),
        Attribute::boolean("active", "Whether the account may be used. False ends every session."),
        Attribute::string("password", "A new password.").exact().write_only(),
        Attribute::complex(
            "emails",
            "E-mail addresses. The primary one, else the first, is the address of the account.",
            &[
                Attribute::string("value", "The address."),
                DISPLAY,
                Attribute::string("type", "Its use.").values(&["work", "home", "other"]),
                PRIMARY,
            ],
        )
        .list(),
        Attribute::complex(
            "phoneNumbers",
            "Telephone numbers. The primary one, else the first, is the number of the account.",
            &[
                Attribute::string("value", "The number, or an RFC 3966 URI."),
                DISPLAY,
                Attribute::string("type", "Its use.")
                    .values(&["work", "home", "mobile", "fax", "pager", "other"]),
                PRIMARY,
            ],
        )
        .list(),
        Attribute::complex(
            "ims",
            "Addresses for instant messages.",
            &[
                Attribute::string("value", "The address."),
                DISPLAY,
                Attribute::string("type", "The service."),
                PRIMARY,
            ],
        )
        .list(),
        Attribute::complex(
            "photos",
            "Pictures. The primary one, else the first, is the avatar of the account.",
            &[
                Attribute::reference("value", "The URL.", &["external"]),
                DISPLAY,
                Attribute::string("type", "Its use.").values(&["photo", "thumbnail"]),
                PRIMARY,
            ],
        )
        .list(),
        Attribute::complex(
            "addresses",
            "Postal addresses.",
            &[
                Attribute::string("formatted", "The whole address."),
                Attribute::string("streetAddress", "Street and number."),
                Attribute::string("locality", "City."),
                Attribute::string("region", "State or region."),
                Attribute::string("postalCode", "Postal code."),
                Attribute::string("country", "ISO 3166-1 alpha-2."),
                Attribute::string("type", "Its use.").values(&["work", "home", "other"]),
                PRIMARY,
            ],
        )
        .list(),
        Attribute::complex(
            "groups",
            "The groups of the user; changed by the groups.",
            &[
                Attribute::string("value", "The id of the group.").exact().read_only(),
                Attribute::reference("$ref", "The URL of the group.", &["Group"]).read_only(),
                Attribute::string("display", "The name of the group.").read_only(),
                Attribute::string("type", "How the user belongs to it.")
                    .read_only()
                    .values(&["direct"]),
            ],
        )
        .list()
        .read_only(),
    ],
};

/// The extension for the users of enterprises.
pub const ENTERPRISE_USER: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    name: "EnterpriseUser",
    description: "What enterprises know of a user.",
    attributes: &[
        Attribute::string("employeeNumber", "The number that the organization gave."),
        Attribute::string("costCenter", "The name of a cost center."),
        Attribute::string("organization", "The name of an organization."),
        Attribute::string("division", "The name of a division."),
        Attribute::string("department", "The name of a department."),
        Attribute::complex(
            "manager",
            "The user's manager.",
            &[
                Attribute::string("value", "The id of the manager.").exact(),
                Attribute::reference("$ref", "The URL of the manager.", &["User"]),
            ],
        ),
    ],
};

/// The schema of groups, which are the teams of the organization.
pub const GROUP: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
    description: "A team of the organization.",
    attributes: &[
        Attribute::string("displayName", "The name to show.").required(),
        Attribute::complex(
            "members",
            "The users of the group.",
            &[
                Attribute::string("value", "The id of the member.").exact().immutable(),
                Attribute::reference("$ref", "The URL of the member.", &["User"]).immutable(),
                Attribute::string("type", "The type of the member.").immutable().values(&["User"]),
                Attribute::string("display", "The name of the member.").read_only(),
            ],
        )
        .list(),
    ],
};

const SUPPORTED: &[Attribute] =
    &[Attribute::boolean("supported", "Whether it is supported.").required().read_only()];

const SERVICE_PROVIDER_CONFIG: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
    name: "ServiceProviderConfig",
    description: "What the service supports.",
    attributes: &[
        Attribute::reference("documentationUri", "Documentation for people.", &["external"])
            .read_only(),
        Attribute::complex("patch", "PATCH.", SUPPORTED).required().read_only(),
        Attribute::complex(
            "bulk",
            "Bulk requests.",
            &[
                Attribute::boolean("supported", "Whether it is supported.").required().read_only(),
                Attribute::integer("maxOperations", "The most operations.").required().read_only(),
                Attribute::integer("maxPayloadSize", "The most bytes.").required().read_only(),
            ],
        )
        .required()
        .read_only(),
        Attribute::complex(
            "filter",
            "Filters.",
            &[
                Attribute::boolean("supported", "Whether it is supported.").required().read_only(),
                Attribute::integer("maxResults", "The most resources of a response.")
                    .required()
                    .read_only(),
            ],
        )
        .required()
        .read_only(),
        Attribute::complex("changePassword", "Changes of passwords.", SUPPORTED)
            .required()
            .read_only(),
        Attribute::complex("sort", "Sorting.", SUPPORTED).required().read_only(),
        Attribute::complex("etag", "Entity tags.", SUPPORTED).required().read_only(),
        Attribute::complex(
            "authenticationSchemes",
            "How clients authenticate.",
            &[
                Attribute::string("type", "The scheme.").required().read_only().values(&[
                    "oauth",
                    "oauth2",
                    "oauthbearertoken",
                    "httpbasic",
                    "httpdigest",
                ]),
                Attribute::string("name", "Its name.").required().read_only(),
                Attribute::string("description", "What it is.").required().read_only(),
                Attribute::reference("specUri", "Its specification.", &["external"]).read_only(),
                Attribute::reference("documentationUri", "Its documentation.", &["external"])
                    .read_only(),
                Attribute::boolean("primary", "Whether it is preferred.").read_only(),
            ],
        )
        .list()
        .required()
        .read_only(),
    ],
};

const RESOURCE_TYPE: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
    name: "ResourceType",
    description: "A type of resources.",
    attributes: &[
        Attribute::string("id", "Its name.").read_only(),
        Attribute::string("name", "Its name.").required().read_only(),
        Attribute::string("description", "What it is.").read_only(),
        Attribute::reference("endpoint", "Its path.", &["uri"]).required().read_only(),
        Attribute::reference("schema", "Its schema.", &["uri"]).required().read_only(),
        Attribute::complex(
            "schemaExtensions",
            "Its extensions.",
            &[
                Attribute::reference("schema", "The schema.", &["uri"]).required().read_only(),
                Attribute::boolean("required", "Whether each resource has it.")
                    .required()
                    .read_only(),
            ],
        )
        .list()
        .read_only(),
    ],
};

macro_rules! characteristics {
    ($($further:expr)?) => {
        &[
            Attribute::string("name", "Its name.").required().exact().read_only(),
            Attribute::string("type", "The type of its value.").required().read_only().values(&[
                "string", "complex", "boolean", "decimal", "integer", "dateTime", "reference",
            ]),
            Attribute::boolean("multiValued", "Whether it is a list.").required().read_only(),
            Attribute::string("description", "What it holds.").read_only(),
            Attribute::boolean("required", "Whether a resource must have it.").read_only(),
            Attribute::string("canonicalValues", "Suggested values.").list().exact().read_only(),
            Attribute::boolean("caseExact", "Whether case counts.").read_only(),
            Attribute::string("mutability", "Who may write it.")
                .read_only()
                .values(&["readOnly", "readWrite", "immutable", "writeOnly"]),
            Attribute::string("returned", "When it is returned.")
                .read_only()
                .values(&["always", "never", "default", "request"]),
            Attribute::string("uniqueness", "Among which resources it is unique.")
                .read_only()
                .values(&["none", "server", "global"]),
            Attribute::string("referenceTypes", "What it points to.").list().exact().read_only(),
            $($further)?
        ]
    };
}

const SCHEMA: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:Schema",
    name: "Schema",
    description: "A set of attributes.",
    attributes: &[
        Attribute::string("id", "Its URN.").required().read_only(),
        Attribute::string("name", "Its name.").read_only(),
        Attribute::string("description", "What it describes.").read_only(),
        Attribute::complex(
            "attributes",
            "The attributes.",
            characteristics!(
                Attribute::complex(
                    "subAttributes",
                    "The attributes inside a complex one.",
                    characteristics!(),
                )
                .list()
                .read_only()
            ),
        )
        .list()
        .required()
        .read_only(),
    ],
};

/// The resource type of users.
pub static USERS: ResourceType = ResourceType {
    name: "User",
    endpoint: "/Users",
    description: "The users of the organization.",
    schema: &USER,
    extensions: &[&ENTERPRISE_USER],
};

/// The resource type of groups.
pub static GROUPS: ResourceType = ResourceType {
    name: "Group",
    endpoint: "/Groups",
    description: "The teams of the organization.",
    schema: &GROUP,
    extensions: &[],
};

/// Every resource type.
pub static RESOURCE_TYPES: &[&ResourceType] = &[&USERS, &GROUPS];

/// Every schema.
pub static SCHEMAS: &[&Schema] =
    &[&USER, &ENTERPRISE_USER, &GROUP, &SERVICE_PROVIDER_CONFIG, &RESOURCE_TYPE, &SCHEMA];

/// The configuration of the service at `base`, documented at `documentation`.
pub fn service_provider(base: &str, documentation: &str) -> Value {
    let supported = json!({"supported": true});
    json!({
        "schemas": [SERVICE_PROVIDER_CONFIG.id],
        "documentationUri": documentation,
        "patch": supported,
        "bulk": {
            "supported": true,
            "maxOperations": MAXIMUM_OPERATIONS,
            "maxPayloadSize": MAXIMUM_PAYLOAD,
        },
        "filter": {"supported": true, "maxResults": MAXIMUM_RESULTS},
        "changePassword": supported,
        "sort": supported,
        "etag": supported,
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer",
            "description": "An API key or access token of an administrator of the organization.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": meta("ServiceProviderConfig", &format!("{base}/ServiceProviderConfig")),
    })
}
