//! The kinds of objects in an export, in import order: referenced objects come first.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::core::{directory::RESTRICTIONS, time::UnixTime};

/// A kind of object: its API endpoints, and the values that only a platform import restores.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its name in the lines of an export.
    pub(super) name: &'static str,
    /// The path of its list; `{organization}` is replaced.
    pub(super) list: &'static str,
    /// The list member with the objects; empty if the reply is a single object.
    pub(super) member: &'static str,
    /// Where objects are created.
    pub(super) create: &'static str,
    /// The path of one object, with members of the object in braces.
    pub(super) item: &'static str,
    /// Members that reference objects of the same kind, exported in separate lines.
    pub(super) apart: &'static [&'static str],
    /// Members that are not exported, in addition to [`VOLATILE`] and an unrestored id, because
    /// they are derived.
    pub(super) left_out: &'static [&'static str],
    /// Its table; empty if nothing is restored.
    pub(super) table: &'static str,
    /// The SQL condition that selects the rows of a name.
    pub(super) condition: &'static str,
    /// Whether an import never changes existing objects.
    pub(super) is_fixed: bool,
    /// Members of the object whose columns are restored.
    pub(super) restored: &'static [Restored],
    /// Members exported only on request.
    pub(super) secrets: &'static [Restored],
    /// Secrets to set again after an import.
    pub(super) lost: &'static [Lost],
}

/// A secret that is not in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lost {
    /// The member to set; empty for all members of the column's object.
    pub(super) member: &'static str,
    /// The column that tells whether it exists.
    pub(super) column: &'static str,
    /// Whether it is sealed, and therefore never exported.
    pub(super) is_sealed: bool,
}

const fn lost(member: &'static str, column: &'static str) -> Lost {
    Lost { member, column, is_sealed: false }
}

const fn sealed(member: &'static str, column: &'static str) -> Lost {
    Lost { member, column, is_sealed: true }
}

/// A member, its column, and the form of its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Restored {
    /// The member of the line.
    pub(super) member: &'static str,
    /// The column of the table.
    pub(super) column: &'static str,
    /// The required format.
    pub(super) form: Form,
}

/// The format of a restored value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A UUID, or the id inside a key.
    Id,
    /// An RFC 3339 time.
    Time,
    /// A text of at most 256 characters.
    Text,
    /// base64url of a SHA-256.
    Digest,
    /// A password hash of this or another system.
    Password,
    /// A number from 0.
    Count,
    /// Which administrators may widen the object: a member of the attributes.
    Restrictions,
}

const fn restored(member: &'static str, column: &'static str, form: Form) -> Restored {
    Restored { member, column, form }
}

const ID: Restored = restored("id", "id", Form::Id);
const RESTRICTED: Restored = restored(RESTRICTIONS, "attributes", Form::Restrictions);
const CREATED: Restored = restored("createdTime", "created_at", Form::Time);

const KIND: Kind = Kind {
    name: "",
    list: "",
    member: "",
    create: "",
    item: "",
    apart: &[],
    left_out: &[],
    table: "",
    condition: "true",
    is_fixed: false,
    restored: &[CREATED],
    secrets: &[],
    lost: &[],
};

/// Every kind.
pub(super) static KINDS: &[Kind] = &[
    Kind {
        name: "organization",
        list: "/v1/iam/organizations/admin/{organization}",
        create: "/v1/iam/organizations",
        item: "/v1/iam/organizations/admin/{name}",
        table: "organizations",
        ..KIND
    },
    Kind {
        name: "user",
        list: "/v1/iam/users?owner={organization}",
        member: "users",
        create: "/v1/iam/users",
        item: "/v1/iam/users/{owner}/{name}",
        table: "users",
        // The `sub` of tokens, by which services identify users.
        restored: &[ID, CREATED, RESTRICTED],
        secrets: &[restored("passwordHash", "password_hash", Form::Password)],
        lost: &[lost("password", "password_hash")],
        ..KIND
    },
    Kind {
        name: "service-account",
        list: "/v1/iam/service-accounts?organization={organization}",
        member: "data",
        create: "/v1/iam/service-accounts",
        item: "/v1/iam/users/{owner}/{name}",
        table: "users",
        is_fixed: true,
        left_out: &["createdTime", "status", "type"],
        restored: &[ID],
        ..KIND
    },
    // Read and stored directly, because the API cannot register them.
    Kind {
        name: CREDENTIAL,
        item: "/v1/iam/webauthn-credentials/{owner}/{name}",
        is_fixed: true,
        restored: &[ID, CREATED],
        ..KIND
    },
    Kind {
        name: "membership",
        list: "/v1/iam/memberships?org={organization}",
        member: "data",
        create: "/v1/iam/memberships",
        item: "/v1/iam/memberships/{organization}/{user}",
        left_out: &[
            "createdTime",
            "displayName",
            "invitation",
            "isHome",
            "name",
            "org",
            "owner",
            "userId",
        ],
        ..KIND
    },
    Kind {
        name: "workspace",
        list: "/v1/iam/workspaces?owner={organization}",
        member: "workspaces",
        create: "/v1/iam/workspaces",
        item: "/v1/iam/workspaces/{owner}/{name}",
        table: "workspaces",
        ..KIND
    },
    Kind {
        name: "project",
        list: "/v1/iam/projects?owner={organization}",
        member: "projects",
        create: "/v1/iam/projects",
        item: "/v1/iam/projects/{owner}/{name}",
        table: "projects",
        ..KIND
    },
    Kind {
        name: "team",
        list: "/v1/iam/teams?owner={organization}",
        member: "teams",
        create: "/v1/iam/teams",
        item: "/v1/iam/teams/{name}?owner={owner}",
        table: "teams",
        apart: &["parent"],
        ..KIND
    },
    Kind {
        name: "role",
        list: "/v1/iam/roles?owner={organization}",
        member: "roles",
        create: "/v1/iam/roles",
        item: "/v1/iam/roles/{owner}/{name}",
        table: "roles",
        apart: &["roles"],
        ..KIND
    },
    Kind {
        name: "application",
        list: "/v1/iam/applications?organization={organization}",
        member: "applications",
        create: "/v1/iam/applications",
        item: "/v1/iam/applications/{owner}/{name}",
        table: "applications",
        restored: &[CREATED, RESTRICTED],
        secrets: &[restored("clientSecretDigest", "client_secret_digest", Form::Digest)],
        lost: &[lost("clientSecret", "client_secret_digest")],
        ..KIND
    },
    Kind {
        name: "permission",
        list: "/v1/iam/permissions?owner={organization}",
        member: "permissions",
        create: "/v1/iam/permissions",
        item: "/v1/iam/permissions/{owner}/{name}",
        table: "permissions",
        restored: &[
            CREATED,
            restored("state", "state", Form::Text),
            restored("submitter", "submitter", Form::Text),
            restored("approver", "approver", Form::Text),
            restored("approveTime", "approved_at", Form::Time),
        ],
        ..KIND
    },
    Kind {
        name: "provider",
        list: "/v1/iam/providers?owner={organization}",
        member: "providers",
        create: "/v1/iam/providers",
        item: "/v1/iam/providers/{owner}/{name}",
        table: "providers",
        lost: &[sealed("", "sealed_secrets")],
        ..KIND
    },
    Kind {
        name: "key",
        list: "/v1/iam/keys?owner={organization}",
        member: "keys",
        create: "/v1/iam/keys",
        item: "/v1/iam/keys/{owner}/{name}",
        table: "keys",
        left_out: &["creator", "lastFour", "prefix"],
        condition: "state <> 'Revoked'",
        restored: &[CREATED, RESTRICTED],
        secrets: &[
            restored("id", "id", Form::Id),
            restored("digest", "digest", Form::Digest),
            restored("creator", "creator", Form::Text),
            restored("prefix", "prefix", Form::Text),
            restored("lastFour", "last_four", Form::Text),
        ],
        lost: &[lost("accessSecret", "digest")],
        ..KIND
    },
    Kind {
        name: "invitation",
        list: "/v1/iam/invitations?owner={organization}",
        member: "invitations",
        create: "/v1/iam/invitations",
        item: "/v1/iam/invitations/{owner}/{name}",
        left_out: &["code", "generated", "sentTime"],
        table: "invitations",
        restored: &[
            CREATED,
            restored("usedCount", "used_count", Form::Count),
            restored("inviter", "inviter", Form::Text),
        ],
        secrets: &[
            restored("codeDigest", "code_digest", Form::Digest),
            restored("inviterId", "inviter_id", Form::Id),
        ],
        lost: &[lost("code", "code_digest")],
        ..KIND
    },
    // Last, so that webhooks do not receive the import's own events.
    Kind {
        name: "webhook",
        list: "/v1/iam/webhooks?owner={organization}",
        member: "webhooks",
        create: "/v1/iam/webhooks",
        item: "/v1/iam/webhooks/{owner}/{name}",
        table: "webhooks",
        lost: &[sealed("secret", "sealed_secret")],
        ..KIND
    },
];

/// The kind of passkeys and security keys.
pub(super) const CREDENTIAL: &str = "webauthn-credential";

/// Members that record an object's history, not exported.
pub(super) const VOLATILE: &[&str] = &[
    "updatedTime",
    "updatedAt",
    "lastSigninTime",
    "usedTime",
    "exposedTime",
    "spend",
    "version",
    "trust",
];

/// Platform flags, which imports never set.
pub(super) const MARKS: &[&str] = &["isFirstParty", "platformAccess", "platform"];

/// Application members that only the platform sets: a file must not create a client with
/// capabilities.
pub(super) const PLATFORMS: &[&str] = &["capabilities", "isShared", "orgChoiceMode", "resources"];

/// Characters that are percent-encoded in a path segment; the user of a membership is `owner/name`.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

impl Kind {
    /// The kind of that name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The path of `object`; `None` if it lacks a member that names it.
    pub(super) fn path(&self, object: &Map<String, Value>) -> Option<String> {
        let mut path = String::new();
        let mut parts = self.item.split(['{', '}']);
        path.push_str(parts.next()?);
        while let Some(member) = parts.next() {
            let value = object.get(member)?.as_str().filter(|value| !value.is_empty())?;
            path.extend(utf8_percent_encode(value, SEGMENT));
            path.push_str(parts.next()?);
        }
        Some(path)
    }

    /// The body of the call that creates the object of `organization` with those members.
    pub(super) fn body(&self, organization: &str, mut members: Map<String, Value>) -> Value {
        if self.name == "service-account" {
            members.insert("organization".to_owned(), organization.into());
            // The keys of the account have lines of their own.
            members.insert("firstKey".to_owned(), false.into());
        }
        Value::Object(members)
    }

    /// Whether `object` has expired by `now` and therefore cannot be created.
    pub(super) fn is_over(&self, object: &Map<String, Value>, now: UnixTime) -> bool {
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| object.get(name).and_then(Value::as_i64).unwrap_or_default();
        match self.name {
            "key" => text("state") == "Revoked",
            "service-account" => text("status") != "active",
            "invitation" => {
                let end: Result<UnixTime, _> = text("expireTime").parse();
                text("state") == "Ended"
                    || number("usedCount") >= number("quota")
                    || end.is_ok_and(|end| end <= now)
            }
            _ => false,
        }
    }

    /// The organization that `object` belongs to.
    pub(super) fn organization<'a>(&self, object: &'a Map<String, Value>) -> Option<&'a str> {
        let member = match self.name {
            "organization" => "name",
            "application" | "membership" => "organization",
            _ => "owner",
        };
        object.get(member)?.as_str()
    }
}
