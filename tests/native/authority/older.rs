//! Older spellings of the endpoints, and which of today's each means.

use http::Method;

use serde_json::json;

use super::endpoints::{Body, Row};

/// Another method or path that is today's too.
pub const SAME: &[(&str, &str)] = &[
    ("PATCH /v1/iam/users/{}/{}", "PUT /v1/iam/users/{}/{}"),
    ("PATCH /v1/iam/invitations/{}/{}", "PUT /v1/iam/invitations/{}/{}"),
    ("PATCH /v1/iam/memberships/{}/{}/{}", "PUT /v1/iam/memberships/{}/{}/{}"),
    ("PATCH /v1/iam/organizations/admin/{}", "PUT /v1/iam/organizations/admin/{}"),
    ("PATCH /v1/iam/applications/{}/{}", "PUT /v1/iam/applications/{}/{}"),
    ("PATCH /v1/iam/keys/{}/{}", "PUT /v1/iam/keys/{}/{}"),
    ("PATCH /v1/iam/teams/{}", "PUT /v1/iam/teams/{}"),
    ("PATCH /v1/iam/roles/{}/{}", "PUT /v1/iam/roles/{}/{}"),
    ("PATCH /v1/iam/permissions/{}/{}", "PUT /v1/iam/permissions/{}/{}"),
    ("PATCH /v1/iam/workspaces/{}/{}", "PUT /v1/iam/workspaces/{}/{}"),
    ("PATCH /v1/iam/projects/{}/{}", "PUT /v1/iam/projects/{}/{}"),
    ("PATCH /v1/iam/providers/{}/{}", "PUT /v1/iam/providers/{}/{}"),
    ("PATCH /v1/iam/webhooks/{}/{}", "PUT /v1/iam/webhooks/{}/{}"),
];

/// Whole paths.
const PATHS: &[(&str, &str)] = &[
    ("GET /api/webauthn/signin/begin", "GET /v1/iam/webauthn/signin/begin"),
    ("POST /api/webauthn/signin/finish", "POST /v1/iam/webauthn/signin/finish"),
    ("GET /api/webauthn/signup/begin", "GET /v1/iam/webauthn/signup/begin"),
    ("POST /api/webauthn/signup/finish", "POST /v1/iam/webauthn/signup/finish"),
    ("POST /api/mfa/setup/initiate", "POST /v1/iam/mfa/setup/initiate"),
    ("POST /api/mfa/setup/verify", "POST /v1/iam/mfa/setup/verify"),
    ("POST /api/mfa/setup/enable", "POST /v1/iam/mfa/setup/enable"),
    ("POST /api/mfa/disable", "DELETE /v1/iam/mfa"),
    ("POST /v1/iam/mfa/disable", "DELETE /v1/iam/mfa"),
    ("POST /api/delete-mfa", "DELETE /v1/iam/mfa"),
    ("POST /v1/iam/delete-mfa", "DELETE /v1/iam/mfa"),
    ("POST /api/set-preferred-mfa", "POST /v1/iam/mfa/preferred"),
    ("POST /v1/iam/set-preferred-mfa", "POST /v1/iam/mfa/preferred"),
    ("POST /api/login/oauth/access_token", "POST /v1/iam/oauth/token"),
    ("POST /api/login/oauth/refresh_token", "POST /v1/iam/oauth/token"),
    ("POST /api/login/oauth/introspect", "POST /v1/iam/oauth/introspect"),
    ("GET /api/userinfo", "GET /v1/iam/oauth/userinfo"),
    ("GET /api/user", "GET /v1/iam/oauth/userinfo"),
    ("POST /api/login", "POST /v1/iam/login"),
    ("POST /api/oauth/federation/mfa", "POST /v1/iam/login"),
    ("POST /v1/iam/oauth/federation/mfa", "POST /v1/iam/login"),
    ("POST /api/signup", "POST /v1/iam/signup"),
    ("POST /api/send-verification-code", "POST /v1/iam/verification-codes"),
    ("POST /v1/iam/send-verification-code", "POST /v1/iam/verification-codes"),
    ("POST /api/sso-logout", "POST /v1/iam/sso-logout"),
    ("POST /api/logout", "POST /v1/iam/oauth/logout"),
    ("GET /api/get-account", "GET /v1/iam/account"),
    ("GET /api/get-app-login", "GET /v1/iam/auth/application"),
    ("POST /api/enforce", "POST /v1/iam/enforce"),
    ("POST /api/batch-enforce", "POST /v1/iam/batch-enforce"),
    ("POST /oauth/token", "POST /v1/iam/oauth/token"),
    ("POST /oauth/access_token", "POST /v1/iam/oauth/token"),
    ("POST /oauth/refresh_token", "POST /v1/iam/oauth/token"),
    ("GET /oauth/authorize", "GET /v1/iam/oauth/authorize"),
    ("POST /oauth/introspect", "POST /v1/iam/oauth/introspect"),
    ("POST /oauth/revoke", "POST /v1/iam/oauth/revoke"),
    ("GET /oauth/userinfo", "GET /v1/iam/oauth/userinfo"),
    ("POST /oauth/device", "POST /v1/iam/oauth/device"),
    ("GET /oauth/logout", "GET /v1/iam/oauth/logout"),
    ("POST /v1/iam/oauth/access_token", "POST /v1/iam/oauth/token"),
    ("POST /v1/iam/oauth/refresh_token", "POST /v1/iam/oauth/token"),
    ("GET /v1/iam/get-account", "GET /v1/iam/account"),
    ("GET /v1/iam/get-app-login", "GET /v1/iam/auth/application"),
];

/// Items by `?id=`, which answer as today.
const ITEMS: &[(&str, &str)] = &[
    ("GET /v1/iam/users/get", "GET /v1/iam/users/{}/{}"),
    ("GET /v1/iam/application", "GET /v1/iam/applications/{}/{}"),
    ("GET /v1/iam/applications/get", "GET /v1/iam/applications/{}/{}"),
    ("GET /v1/iam/roles/get", "GET /v1/iam/roles/{}/{}"),
    ("GET /v1/iam/organizations/get", "GET /v1/iam/organizations/admin/{}"),
];

/// Verbs below `/api/` and `/v1/iam/`, which answer in the envelope.
const VERBS: &[(&str, &str)] = &[
    ("POST set-password", "POST /v1/iam/set-password"),
    ("GET resolve-key", "GET /v1/iam/keys/principal"),
    ("GET get-user-count", "GET /v1/iam/users"),
    ("GET get-global-users", "GET /v1/iam/users"),
    ("GET get-organization-applications", "GET /v1/iam/applications"),
    ("GET get-users", "GET /v1/iam/users"),
    ("GET get-sorted-users", "GET /v1/iam/users"),
    ("GET get-user", "GET /v1/iam/users/{}/{}"),
    ("POST add-user", "POST /v1/iam/users"),
    ("POST update-user", "PUT /v1/iam/users/{}/{}"),
    ("POST delete-user", "DELETE /v1/iam/users/{}/{}"),
    ("GET get-organizations", "GET /v1/iam/organizations"),
    ("GET get-organization-names", "GET /v1/iam/organizations"),
    ("GET get-organization", "GET /v1/iam/organizations/admin/{}"),
    ("POST add-organization", "POST /v1/iam/organizations"),
    ("POST update-organization", "PUT /v1/iam/organizations/admin/{}"),
    ("POST delete-organization", "DELETE /v1/iam/organizations/admin/{}"),
    ("GET get-applications", "GET /v1/iam/applications"),
    ("GET get-application", "GET /v1/iam/applications/{}/{}"),
    ("POST add-application", "POST /v1/iam/applications"),
    ("POST update-application", "PUT /v1/iam/applications/{}/{}"),
    ("POST delete-application", "DELETE /v1/iam/applications/{}/{}"),
    ("GET get-groups", "GET /v1/iam/teams"),
    ("GET get-roles", "GET /v1/iam/roles"),
    ("GET get-role", "GET /v1/iam/roles/{}/{}"),
    ("POST add-role", "POST /v1/iam/roles"),
    ("POST update-role", "PUT /v1/iam/roles/{}/{}"),
    ("POST delete-role", "DELETE /v1/iam/roles/{}/{}"),
    ("GET get-permissions", "GET /v1/iam/permissions"),
    ("GET get-permission", "GET /v1/iam/permissions/{}/{}"),
    ("POST add-permission", "POST /v1/iam/permissions"),
    ("POST update-permission", "PUT /v1/iam/permissions/{}/{}"),
    ("POST delete-permission", "DELETE /v1/iam/permissions/{}/{}"),
    ("GET get-group", "GET /v1/iam/teams/{}"),
    ("POST add-group", "POST /v1/iam/teams"),
    ("POST update-group", "PUT /v1/iam/teams/{}"),
    ("POST delete-group", "DELETE /v1/iam/teams/{}"),
    ("GET get-providers", "GET /v1/iam/providers"),
    ("GET get-provider", "GET /v1/iam/providers/{}/{}"),
    ("POST add-provider", "POST /v1/iam/providers"),
    ("POST update-provider", "PUT /v1/iam/providers/{}/{}"),
    ("POST delete-provider", "DELETE /v1/iam/providers/{}/{}"),
    ("GET get-user-roles", "GET /v1/iam/roles of hanzo"),
    ("POST add-user-role", "PUT /v1/iam/roles/{}/{}"),
    ("POST delete-user-role", "PUT /v1/iam/roles/{}/{}"),
    ("GET get-permissions-by-role", "GET /v1/iam/permissions of hanzo"),
    ("GET get-permissions-by-submitter", "GET /v1/iam/permissions of hanzo"),
    ("GET get-invitations", "GET /v1/iam/invitations"),
    ("GET get-invitation", "GET /v1/iam/invitations/{}/{}"),
    ("POST add-invitation", "POST /v1/iam/invitations"),
    ("POST update-invitation", "PUT /v1/iam/invitations/{}/{}"),
    ("POST delete-invitation", "DELETE /v1/iam/invitations/{}/{}"),
    ("POST send-invitation", "POST /v1/iam/invitations/{}/{}/send"),
    ("GET get-webhooks", "GET /v1/iam/webhooks"),
    ("GET get-webhook", "GET /v1/iam/webhooks/{}/{}"),
    ("POST add-webhook", "POST /v1/iam/webhooks"),
    ("POST update-webhook", "PUT /v1/iam/webhooks/{}/{}"),
    ("POST delete-webhook", "DELETE /v1/iam/webhooks/{}/{}"),
    ("GET get-records", "GET /v1/iam/audit-logs"),
    ("GET get-record", "GET /v1/iam/audit-logs/{}/{}"),
    ("GET get-certs", "GET /v1/iam/certs"),
    ("GET get-global-certs", "GET /v1/iam/certs"),
    ("GET get-cert", "GET /v1/iam/certs/{}/{}"),
    ("POST add-cert", "POST /v1/iam/certs"),
    ("POST update-cert", "PUT /v1/iam/certs/{}/{}"),
    ("POST delete-cert", "DELETE /v1/iam/certs/{}/{}"),
    ("GET get-sessions", "GET /v1/iam/sessions"),
    ("GET get-session", "GET /v1/iam/sessions/{}/{}/{}"),
    ("POST add-session", "POST /v1/iam/sessions"),
    ("POST update-session", "PUT /v1/iam/sessions/{}/{}/{}"),
    ("POST delete-session", "DELETE /v1/iam/sessions/{}/{}/{}"),
    ("GET get-tokens", "GET /v1/iam/tokens"),
    ("GET get-token", "GET /v1/iam/tokens/{}/{}"),
    ("POST add-token", "POST /v1/iam/tokens"),
    ("POST update-token", "PUT /v1/iam/tokens/{}/{}"),
    ("POST delete-token", "DELETE /v1/iam/tokens/{}/{}"),
    ("GET get-keys", "GET /v1/iam/keys"),
    ("GET get-key", "GET /v1/iam/keys/{}/{}"),
    ("POST add-key", "POST /v1/iam/keys"),
    ("POST update-key", "PUT /v1/iam/keys/{}/{}"),
    ("POST delete-key", "DELETE /v1/iam/keys/{}/{}"),
];

/// An older spelling.
pub struct Old {
    pub method: Method,
    /// Without a query.
    pub path: String,
    /// The endpoint that it means.
    pub today: &'static str,
    /// Whether it answers in the envelope.
    pub is_enveloped: bool,
}

/// Every older spelling.
pub fn rows() -> Vec<Old> {
    let old = |spelling: &str, prefix: &str, today, is_enveloped| {
        let (method, path) = spelling.split_once(' ').unwrap();
        let path = format!("{prefix}{path}");
        Old { method: method.parse().unwrap(), path, today, is_enveloped }
    };
    let whole = PATHS.iter().chain(ITEMS).map(|(spelling, today)| old(spelling, "", today, false));
    let verbs = ["/api/", "/v1/iam/"].into_iter().flat_map(|prefix| {
        VERBS.iter().map(move |(spelling, today)| old(spelling, prefix, today, true))
    });
    whole.chain(verbs).filter(|old| old.path != "/v1/iam/set-password").collect()
}

impl Old {
    /// `row`'s call with the body that this spelling has.
    pub fn row(&self, row: &Row) -> Row {
        let role = row.path.trim_start_matches("/v1/iam/roles/");
        let body = if self.path.ends_with("-user-role") {
            Body::Json(json!({"user": "hanzo/mia", "role": role}))
        } else {
            row.body.clone()
        };
        Row { path: row.path.clone(), body, object: row.object.clone(), missing: None, ..*row }
    }

    /// The path and query of `row`'s call in this spelling.
    pub fn call(&self, row: &Row) -> String {
        let (path, query) = row.path.split_once('?').unwrap_or((&row.path, ""));
        if self.path.ends_with("get-sorted-users") {
            return format!("{}?sorter=name&{query}", self.path);
        }
        if self.today.ends_with(" of hanzo") {
            return format!("{}?id=hanzo/none", self.path);
        }
        if let Some(id) = path.strip_prefix("/v1/iam/sessions/") {
            return format!("{}?sessionPkId={id}", self.path);
        }
        let path = path.trim_end_matches("/send");
        if !self.today.contains("{}") {
            return format!("{}?{query}", self.path);
        }
        if let Some(owner) = query.strip_prefix("organization=") {
            return format!("{}?id={owner}/{}", self.path, path.rsplit('/').next().unwrap());
        }
        let mut segments = path.rsplitn(3, '/');
        let (name, owner) = (segments.next().unwrap(), segments.next().unwrap());
        // `{me}` is both
        let id = if name == "{me}" { name.to_owned() } else { format!("{owner}/{name}") };
        format!("{}?id={id}", self.path)
    }
}
