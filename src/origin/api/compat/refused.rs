//! Unsupported calls of earlier servers: path → reason and replacement.
//!
//! Clients that call one of these get the reason as text (`docs/COMPATIBILITY.md` has the same
//! table).

use http::StatusCode;

use crate::origin::http::RestError;

/// Calls refused for the same reason.
#[derive(Debug, Clone, Copy)]
pub struct Refused {
    /// Casdoor's objects: `get-<noun>s`, `get-<noun>`, `add-`, `update-` and `delete-<noun>`.
    pub nouns: &'static [&'static str],
    /// Other calls, below `/api/` and `/v1/iam/`.
    pub verbs: &'static [&'static str],
    /// Whether support is planned.
    pub is_planned: bool,
    /// The reason and the replacement.
    pub text: &'static str,
}

/// The table.
pub const REFUSED: &[Refused] = &[
    Refused {
        nouns: &["product", "order", "payment", "plan", "pricing", "subscription", "transaction"],
        verbs: &[
            "get-user-orders",
            "place-order",
            "pay-order",
            "buy-product",
            "cancel-order",
            "get-user-payments",
            "notify-payment",
            "invoice-payment",
            "get-user-transactions",
        ],
        is_planned: false,
        text: "IAM sells nothing and takes no payments: use the commerce service",
    },
    Refused {
        nouns: &["model", "adapter", "enforcer"],
        verbs: &[
            "get-policies",
            "get-filtered-policies",
            "add-policy",
            "update-policy",
            "remove-policy",
        ],
        is_planned: false,
        text: "there are no Casbin models, adapters and policies: use roles and permissions, which enforce \
               decides by",
    },
    Refused {
        nouns: &["syncer"],
        verbs: &["run-syncer", "test-syncer-db"],
        is_planned: false,
        text: "IAM opens no foreign database: use SCIM (/v1/iam/scim/v2), or import a file",
    },
    Refused {
        nouns: &["resource"],
        verbs: &["upload-resource"],
        is_planned: false,
        text: "IAM stores no files: an avatar is an https URL or a small data:image",
    },
    Refused {
        nouns: &[],
        verbs: &["send-email", "send-sms", "send-notification"],
        is_planned: false,
        text: "IAM relays no messages: it sends only its own, such as invitations",
    },
    Refused {
        nouns: &[],
        verbs: &["check-user-password"],
        is_planned: false,
        text: "a password is verified by signing in, where attempts are counted: use POST /v1/iam/login",
    },
    Refused {
        nouns: &[],
        verbs: &["add-record"],
        is_planned: false,
        text: "the audit trail is written by changes and is append-only: POST /v1/iam/audit-logs appends an \
               event of an application",
    },
    Refused {
        nouns: &[],
        verbs: &["oauth/delegation/keys"],
        is_planned: false,
        text: "the keys of /v1/iam/.well-known/jwks sign every token, that of an agent too",
    },
    Refused {
        nouns: &[],
        verbs: &["registry/token", "registry/jwks"],
        is_planned: false,
        text: "IAM issues no tokens for container registries: use a token of POST /v1/iam/oauth/token",
    },
    Refused {
        nouns: &["ldap"],
        verbs: &["get-ldap-users", "sync-ldap-users"],
        is_planned: false,
        text: "a directory is a provider of category LDAP: use /v1/iam/providers, and /v1/iam/ldap-syncs to \
               synchronize it",
    },
    Refused {
        nouns: &[],
        verbs: &["signin", "get-invitation-info"],
        is_planned: true,
        text: "sign-in with the code of an authorization is not served yet",
    },
];

/// Prefixes of nouns.
const VERBS: [&str; 4] = ["get-", "add-", "update-", "delete-"];

impl Refused {
    /// Why `path` is refused, if it is.
    pub fn find(path: &str) -> Option<&'static Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let call = path.strip_prefix("/api/").or_else(|| path.strip_prefix("/v1/iam/"))?;
        let noun = VERBS.iter().find_map(|verb| call.strip_prefix(verb));
        let named = |known: &&str| {
            noun.is_some_and(|noun| noun == *known || noun.strip_suffix('s') == Some(known))
        };
        REFUSED
            .iter()
            .find(|refused| refused.verbs.contains(&call) || refused.nouns.iter().any(named))
    }

    /// The refusal: 404 if support is planned, else 410.
    pub(super) fn error(&self) -> RestError {
        let status = if self.is_planned { StatusCode::NOT_FOUND } else { StatusCode::GONE };
        RestError::new(status, self.text)
    }
}
