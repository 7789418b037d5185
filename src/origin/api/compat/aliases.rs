//! The table of legacy paths: path → operation (WIRE §0, §4.7).

use super::Style::{self, Affected, Alone, Count, First, List, Member, Object, Slice, Today};
use crate::origin::http::Request;

/// A legacy path of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Alias {
    /// A full path or, without a leading `/`, a verb below `/api/` and `/v1/iam/`.
    pub spelling: &'static str,
    /// The `operation` of its endpoint.
    pub operation: &'static str,
    /// Where the request names the object.
    pub(super) object: Named,
    /// The response format that its clients expect.
    pub(super) style: Style,
}

/// Where a legacy request names its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// As in the current API: the request is passed on unchanged, with any method.
    AsToday,
    /// The request concerns a collection.
    Nowhere,
    /// `?id=owner/name`, `?owner=&name=`, or the members of the body.
    InRequest,
    /// As above, or `?owner=&userId=`. A read also accepts `?owner=&email=` and `?owner=&phone=`,
    /// and `?accessKey=` for the holder of that key.
    User,
    /// `?sessionPkId=owner/name/application`, or the members of the body.
    Session,
    /// The role in the body, which is granted to or revoked from the user in the body.
    Role,
}

/// An alternative path or verb.
const fn path(spelling: &'static str, operation: &'static str) -> Alias {
    Alias { spelling, operation, object: Named::AsToday, style: Today }
}

/// Casdoor's verb for a collection.
const fn all(spelling: &'static str, operation: &'static str, style: Style) -> Alias {
    Alias { spelling, operation, object: Named::Nowhere, style }
}

/// Casdoor's verb for one object.
const fn one(spelling: &'static str, operation: &'static str, style: Style) -> Alias {
    Alias { spelling, operation, object: Named::InRequest, style }
}

/// An alternative path with an enveloped response.
const fn enveloped(spelling: &'static str, operation: &'static str, style: Style) -> Alias {
    Alias { spelling, operation, object: Named::AsToday, style }
}

/// Casdoor's verb for the sessions of a user and an application.
const fn session(spelling: &'static str, operation: &'static str, style: Style) -> Alias {
    Alias { spelling, operation, object: Named::Session, style }
}

/// A `hanzoai-iam` verb for one role holder.
const fn holder(spelling: &'static str) -> Alias {
    Alias { spelling, operation: "updateRole", object: Named::Role, style: Affected }
}

const EVERY_SESSION: Style = Slice { member: "sessions", offset: 0, limit: usize::MAX };
const EVERY_TOKEN: Style = Slice { member: "tokens", offset: 0, limit: usize::MAX };

/// The table.
pub const ALIASES: &[Alias] = &[
    // Generations A and B: OAuth and sign-in.
    path("/api/login/oauth/access_token", "requestToken"),
    path("/api/login/oauth/refresh_token", "requestToken"),
    path("/api/login/oauth/introspect", "introspectToken"),
    path("/api/userinfo", "getUserinfo"),
    path("/api/user", "getUserinfo"),
    path("/api/login", "login"),
    path("/v1/iam/oauth/federation/mfa", "login"),
    path("/api/oauth/federation/mfa", "login"),
    path("/api/signup", "signUp"),
    path("/api/send-verification-code", "sendVerificationCode"),
    path("/v1/iam/send-verification-code", "sendVerificationCode"),
    path("/api/logout", "logout"),
    path("/api/sso-logout", "logoutEverywhere"),
    path("/api/get-account", "getAccount"),
    path("/api/get-app-login", "getLoginApplication"),
    path("/api/enforce", "enforce"),
    path("/api/batch-enforce", "batchEnforce"),
    path("/oauth/token", "requestToken"),
    path("/oauth/access_token", "requestToken"),
    path("/oauth/refresh_token", "requestToken"),
    path("/oauth/authorize", "authorize"),
    path("/oauth/introspect", "introspectToken"),
    path("/oauth/revoke", "revokeToken"),
    path("/oauth/userinfo", "getUserinfo"),
    path("/oauth/device", "requestDeviceCode"),
    path("/oauth/logout", "logout"),
    path("/v1/iam/oauth/access_token", "requestToken"),
    path("/v1/iam/oauth/refresh_token", "requestToken"),
    path("/v1/iam/get-account", "getAccount"),
    path("/v1/iam/get-app-login", "getLoginApplication"),
    // Generation B: objects by `?id=`.
    one("/v1/iam/users/get", "getUser", Today),
    one("/v1/iam/application", "getApplication", Today),
    one("/v1/iam/applications/get", "getApplication", Today),
    one("/v1/iam/organizations/get", "getOrganization", Today),
    one("/v1/iam/roles/get", "getRole", Today),
    path("/api/webauthn/signin/begin", "beginWebauthnSignin"),
    path("/api/webauthn/signin/finish", "finishWebauthnSignin"),
    path("/api/webauthn/signup/begin", "beginWebauthnSignup"),
    path("/api/webauthn/signup/finish", "finishWebauthnSignup"),
    path("mfa/disable", "deleteMfa"),
    path("delete-mfa", "deleteMfa"),
    path("set-preferred-mfa", "setPreferredMfa"),
    path("/api/mfa/setup/initiate", "initiateMfaSetup"),
    path("/api/mfa/setup/verify", "verifyMfaSetup"),
    path("/api/mfa/setup/enable", "enableMfa"),
    // Casdoor's verbs.
    enveloped("set-password", "setPassword", Affected),
    enveloped("resolve-key", "resolveKey", Object),
    all("get-users", "listUsers", List("users")),
    all("get-global-users", "listUsers", List("users")),
    all("get-user-count", "listUsers", Count),
    all("get-sorted-users", "listUsers", List("users")),
    Alias { spelling: "get-user", operation: "getUser", object: Named::User, style: Object },
    all("add-user", "createUser", Affected),
    Alias {
        spelling: "update-user",
        operation: "updateUser",
        object: Named::User,
        style: Affected,
    },
    one("delete-user", "deleteUser", Affected),
    all("get-organizations", "listOrganizations", List("organizations")),
    all("get-organization-names", "listOrganizations", List("organizations")),
    one("get-organization", "getOrganization", Object),
    all("add-organization", "createOrganization", Affected),
    one("update-organization", "updateOrganization", Affected),
    one("delete-organization", "deleteOrganization", Affected),
    all("get-applications", "listApplications", List("applications")),
    all("get-organization-applications", "listApplications", List("applications")),
    one("get-application", "getApplication", Object),
    // The response shows the secret once.
    all("add-application", "createApplication", Object),
    one("update-application", "updateApplication", Affected),
    one("delete-application", "deleteApplication", Affected),
    all("get-groups", "listTeams", List("teams")),
    one("get-group", "getTeam", Object),
    all("add-group", "createTeam", Affected),
    one("update-group", "updateTeam", Affected),
    one("delete-group", "deleteTeam", Affected),
    all("get-roles", "listRoles", List("roles")),
    one("get-role", "getRole", Object),
    all("add-role", "createRole", Affected),
    one("update-role", "updateRole", Affected),
    one("delete-role", "deleteRole", Affected),
    all("get-permissions", "listPermissions", List("permissions")),
    one("get-permission", "getPermission", Object),
    all("add-permission", "createPermission", Affected),
    one("update-permission", "updatePermission", Affected),
    one("delete-permission", "deletePermission", Affected),
    all("get-providers", "listProviders", List("providers")),
    one("get-provider", "getProvider", Member("provider")),
    all("add-provider", "createProvider", Affected),
    one("update-provider", "updateProvider", Affected),
    one("delete-provider", "deleteProvider", Affected),
    all("get-invitations", "listInvitations", List("invitations")),
    one("get-invitation", "getInvitation", Object),
    // The response shows the code once.
    all("add-invitation", "createInvitation", Object),
    one("update-invitation", "updateInvitation", Affected),
    one("delete-invitation", "deleteInvitation", Affected),
    one("send-invitation", "sendInvitation", Affected),
    all("get-webhooks", "listWebhooks", List("webhooks")),
    one("get-webhook", "getWebhook", Object),
    all("add-webhook", "createWebhook", Affected),
    one("update-webhook", "updateWebhook", Affected),
    one("delete-webhook", "deleteWebhook", Affected),
    all("get-records", "listAuditLogs", List("auditLogs")),
    one("get-record", "getAuditLog", Object),
    all("get-certs", "listCerts", List("certs")),
    all("get-global-certs", "listCerts", List("certs")),
    one("get-cert", "getCert", Object),
    // The response shows the server-assigned name.
    all("add-cert", "createCert", Object),
    one("update-cert", "updateCert", Affected),
    one("delete-cert", "deleteCert", Affected),
    all("get-sessions", "listSessions", EVERY_SESSION),
    session("get-session", "getSession", Object),
    all("add-session", "createSession", Affected),
    session("update-session", "updateSession", Affected),
    session("delete-session", "deleteSession", Affected),
    all("get-tokens", "listTokens", EVERY_TOKEN),
    one("get-token", "getToken", Member("token")),
    all("add-token", "createToken", Affected),
    one("update-token", "updateToken", Affected),
    one("delete-token", "deleteToken", Affected),
    all("get-permissions-by-role", "listPermissions", List("permissions")),
    all("get-permissions-by-submitter", "listPermissions", List("permissions")),
    all("get-user-roles", "listRoles", List("roles")),
    holder("add-user-role"),
    holder("delete-user-role"),
    all("get-keys", "listKeys", List("keys")),
    one("get-key", "getKey", Object),
    all("add-key", "createKey", Object),
    one("update-key", "updateKey", Affected),
    one("delete-key", "deleteKey", Affected),
];

impl Alias {
    /// The operation of `request`, and the expected response format.
    pub(super) fn meaning(&self, request: &Request) -> (&'static str, Style) {
        let query = request.query_parameters().unwrap_or_default();
        let names = |names: &[&str]| query.any(names).is_some();
        match (self.object, self.operation) {
            (Named::User, "getUser") if names(&["accessKey"]) => ("resolveKey", Object),
            (Named::User, "getUser") if names(&["email", "phone"]) => ("listUsers", First("users")),
            (Named::Nowhere, "listAuditLogs") if query.get("field") == Some("name") => {
                ("getAuditLog", Alone)
            }
            _ => (self.operation, self.style.of_page(&query)),
        }
    }

    /// The alias for `path`.
    pub fn find(path: &str) -> Option<&'static Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let verb = path.strip_prefix("/api/").or_else(|| path.strip_prefix("/v1/iam/"));
        ALIASES.iter().find(|alias| alias.spelling == path || Some(alias.spelling) == verb)
    }

    /// Its paths.
    pub fn paths(&self) -> Vec<String> {
        if self.spelling.starts_with('/') {
            return vec![self.spelling.to_owned()];
        }
        ["/api/", "/v1/iam/"].iter().map(|prefix| format!("{prefix}{}", self.spelling)).collect()
    }

    /// Whether it belongs to the directory, as opposed to OAuth and sign-in.
    pub(super) fn is_directory(&self) -> bool {
        self.object != Named::AsToday || self.style != Today
    }
}
