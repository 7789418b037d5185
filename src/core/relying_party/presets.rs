//! The table of presets. Each deviation from the standards names its documentation page.

use super::{
    preset::{
        Access, ClaimNames, EmailTrust, Encoding, Issuers, Preset, Protocol, RequestDialect,
        TokenDialect, UserinfoDialect,
    },
    settings::ClientAuth,
    standard::{CLAIMS, OAUTH2, OIDC, READ, REDEEM, REDEEM_POST, REQUEST},
};

pub(super) const PRESETS: &[Preset] = &[
    // developers.google.com/identity/openid-connect
    Preset {
        kind: "Google",
        issuer: "https://accounts.google.com",
        redeem: REDEEM_POST,
        email: EmailTrust::Claim,
        ..OIDC
    },
    // docs.github.com/en/apps/oauth-apps, docs.github.com/en/rest/users/emails: errors come with 200, the
    // answer is a form unless JSON is asked for; the profile's address need not be verified. Callbacks have
    // `iss` since April 2026 (github.com/orgs/community/discussions/192143).
    Preset {
        kind: "GitHub",
        issuer: "https://github.com/login/oauth",
        authorization: "https://github.com/login/oauth/authorize",
        token: "https://github.com/login/oauth/access_token",
        userinfo: "https://api.github.com/user",
        request: RequestDialect { scopes: &["read:user", "user:email"], nonce: false, ..REQUEST },
        redeem: REDEEM_POST,
        read: UserinfoDialect { emails: "/emails", ..READ },
        claims: ClaimNames {
            subject: &["id"],
            email: &[],
            email_verified: "",
            username: &["login"],
            picture: &["avatar_url"],
            phone: &[],
            ..CLAIMS
        },
        email: EmailTrust::List,
        ..OAUTH2
    },
    // docs.gitlab.com/integration/openid_connect_provider
    Preset {
        kind: "GitLab",
        issuer: "https://{domain}",
        domain: "gitlab.com",
        email: EmailTrust::Claim,
        ..OIDC
    },
    // learn.microsoft.com/entra/identity-platform/claims-validation: the issuer of `common` and
    // `organizations` is a template. `email` is whatever a tenant's administrator wrote; `xms_edov` says
    // that the tenant owns its domain.
    Preset {
        kind: "AzureAD",
        issuer: "https://login.microsoftonline.com/{tenant}/v2.0",
        issuers: Issuers::PerTenant,
        tenant: "common",
        redeem: REDEEM_POST,
        claims: ClaimNames { email_verified: "xms_edov", ..CLAIMS },
        email: EmailTrust::Claim,
        ..OIDC
    },
    // developer.apple.com/documentation/signinwithapplerestapi: scopes need `form_post`; the name comes
    // once, in the callback; the secret is a JWT; there is no userinfo endpoint.
    Preset {
        kind: "Apple",
        issuer: "https://appleid.apple.com",
        request: RequestDialect {
            scopes: &["openid", "name", "email"],
            response_mode: "form_post",
            ..REQUEST
        },
        redeem: TokenDialect { auth: ClientAuth::AppleSecret, ..REDEEM },
        email: EmailTrust::Claim,
        ..OIDC
    },
    // developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow and
    // …/graph-api/guides/secure-requests: scopes are separated by commas; the proof binds a token to us.
    Preset {
        kind: "Facebook",
        authorization: "https://www.facebook.com/v25.0/dialog/oauth",
        token: "https://graph.facebook.com/v25.0/oauth/access_token",
        userinfo: "https://graph.facebook.com/v25.0/me",
        request: RequestDialect {
            scopes: &["email", "public_profile"],
            separator: ",",
            pkce: false,
            nonce: false,
            ..REQUEST
        },
        redeem: REDEEM_POST,
        read: UserinfoDialect {
            access: Access::QueryWithProof,
            query: &[("fields", "id,name,email,picture.type(large)")],
            ..READ
        },
        claims: ClaimNames {
            subject: &["id"],
            username: &[],
            picture: &["/picture/data/url"],
            phone: &[],
            ..CLAIMS
        },
        email: EmailTrust::Never,
        ..OAUTH2
    },
    // docs.x.com/fundamentals/authentication/oauth-2-0: PKCE is required; the claims are in `data`.
    Preset {
        kind: "Twitter",
        authorization: "https://x.com/i/oauth2/authorize",
        token: "https://api.x.com/2/oauth2/token",
        userinfo: "https://api.x.com/2/users/me",
        request: RequestDialect {
            scopes: &["users.read", "tweet.read", "users.email"],
            nonce: false,
            ..REQUEST
        },
        read: UserinfoDialect {
            query: &[("user.fields", "profile_image_url,confirmed_email")],
            object: "/data",
            ..READ
        },
        claims: ClaimNames {
            subject: &["id"],
            email: &["confirmed_email"],
            email_verified: "",
            username: &["username"],
            picture: &["profile_image_url"],
            phone: &[],
            ..CLAIMS
        },
        email: EmailTrust::Never,
        ..OAUTH2
    },
    // learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2: ID tokens
    // have no nonce, and `code_verifier` makes the token endpoint answer `invalid_client`.
    Preset {
        kind: "LinkedIn",
        issuer: "https://www.linkedin.com/oauth",
        request: RequestDialect { pkce: false, nonce: false, ..REQUEST },
        redeem: REDEEM_POST,
        email: EmailTrust::Claim,
        ..OIDC
    },
    // docs.discord.com/developers/topics/oauth2, …/resources/user, …/reference#image-formatting
    Preset {
        kind: "Discord",
        authorization: "https://discord.com/oauth2/authorize",
        token: "https://discord.com/api/oauth2/token",
        userinfo: "https://discord.com/api/users/@me",
        request: RequestDialect { scopes: &["identify", "email"], nonce: false, ..REQUEST },
        claims: ClaimNames {
            subject: &["id"],
            email_verified: "verified",
            name: &["global_name", "username"],
            username: &["username"],
            picture: &["avatar"],
            picture_template: "https://cdn.discordapp.com/avatars/{subject}/{picture}.png",
            phone: &[],
            ..CLAIMS
        },
        email: EmailTrust::Claim,
        ..OAUTH2
    },
    // docs.slack.dev/authentication/sign-in-with-slack: errors come with 200 and `"ok": false`; its
    // metadata names no PKCE.
    Preset {
        kind: "Slack",
        issuer: "https://slack.com",
        request: RequestDialect { pkce: false, ..REQUEST },
        redeem: REDEEM_POST,
        email: EmailTrust::Claim,
        ..OIDC
    },
    Preset { kind: "Okta", issuer: "https://{domain}", ..OIDC },
    // auth0.com/docs: the issuer ends with a slash.
    Preset { kind: "Auth0", issuer: "https://{domain}/", ..OIDC },
    Preset { kind: "Keycloak", issuer: "https://{domain}/realms/{tenant}", ..OIDC },
    Preset { kind: "Casdoor", issuer: "https://{domain}", redeem: REDEEM_POST, ..OIDC },
    // developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login: names of its own, secrets in the
    // query, the URL must end with the fragment; `openid` differs from client to client.
    Preset {
        kind: "WeChat",
        authorization: "https://open.weixin.qq.com/connect/qrconnect",
        token: "https://api.weixin.qq.com/sns/oauth2/access_token",
        userinfo: "https://api.weixin.qq.com/sns/userinfo",
        request: RequestDialect {
            scopes: &["snsapi_login"],
            separator: ",",
            pkce: false,
            nonce: false,
            client_id: "appid",
            fragment: "#wechat_redirect",
            silent_denial: true,
            ..REQUEST
        },
        redeem: TokenDialect {
            encoding: Encoding::Query,
            auth: ClientAuth::SecretPost,
            names: ["appid", "secret", "grant_type"],
            redirect_uri: false,
            identity: &["openid", "unionid"],
            ..REDEEM
        },
        read: UserinfoDialect { access: Access::Query, forward: "openid", ..READ },
        claims: ClaimNames {
            subject: &["unionid", "openid"],
            email: &[],
            email_verified: "",
            name: &["nickname"],
            username: &[],
            picture: &["headimgurl"],
            phone: &[],
            ..CLAIMS
        },
        email: EmailTrust::Never,
        ..OAUTH2
    },
    // open-dingtalk.github.io/developerpedia/docs/develop/permission/token/browser: `authCode`, a JSON
    // request in camel case, a header of its own; `prompt=consent` is required.
    Preset {
        kind: "DingTalk",
        authorization: "https://login.dingtalk.com/oauth2/auth",
        token: "https://api.dingtalk.com/v1.0/oauth2/userAccessToken",
        userinfo: "https://api.dingtalk.com/v1.0/contact/users/me",
        request: RequestDialect {
            scopes: &["openid"],
            pkce: false,
            nonce: false,
            extra: &[("prompt", "consent")],
            code: "authCode",
            ..REQUEST
        },
        redeem: TokenDialect {
            encoding: Encoding::Json,
            auth: ClientAuth::SecretPost,
            names: ["clientId", "clientSecret", "grantType"],
            redirect_uri: false,
            answer: ["accessToken", "refreshToken", "expireIn"],
            identity: &[],
        },
        read: UserinfoDialect {
            access: Access::Header("x-acs-dingtalk-access-token"),
            coded: true,
            ..READ
        },
        claims: ClaimNames {
            subject: &["openId"],
            email_verified: "",
            name: &["nick"],
            username: &[],
            picture: &["avatarUrl"],
            phone: &["mobile"],
            ..CLAIMS
        },
        email: EmailTrust::Never,
        ..OAUTH2
    },
    // open.feishu.cn/document: get-user-access-token-v3, authen-v1/user_info/get. Lark's own domain is
    // `larksuite.com`. The addresses are those that a tenant's administrator wrote.
    Preset {
        kind: "Lark",
        domain: "feishu.cn",
        authorization: "https://accounts.{domain}/open-apis/authen/v1/authorize",
        token: "https://accounts.{domain}/oauth/v3/token",
        userinfo: "https://open.{domain}/open-apis/authen/v1/user_info",
        request: RequestDialect { nonce: false, scopes: &[], ..REQUEST },
        redeem: TokenDialect { encoding: Encoding::Json, auth: ClientAuth::SecretPost, ..REDEEM },
        read: UserinfoDialect { object: "/data", coded: true, ..READ },
        claims: ClaimNames {
            subject: &["open_id"],
            email: &["email", "enterprise_email"],
            email_verified: "",
            username: &["user_id", "union_id", "open_id"],
            picture: &["avatar_url"],
            phone: &["mobile"],
            ..CLAIMS
        },
        email: EmailTrust::Never,
        ..OAUTH2
    },
    // opendocs.alipay.com/open/263/105809: see `alipay`.
    Preset {
        kind: "Alipay",
        protocol: Protocol::Alipay,
        authorization: "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm",
        token: "https://openapi.alipay.com/gateway.do",
        userinfo: "https://openapi.alipay.com/gateway.do",
        request: RequestDialect {
            scopes: &["auth_user"],
            separator: ",",
            pkce: false,
            nonce: false,
            client_id: "app_id",
            code: "auth_code",
            ..REQUEST
        },
        redeem: TokenDialect { identity: &["user_id", "open_id"], ..REDEEM },
        claims: ClaimNames {
            subject: &["user_id", "open_id"],
            email: &[],
            email_verified: "",
            name: &["nick_name"],
            username: &[],
            picture: &["avatar"],
            phone: &[],
            ..CLAIMS
        },
        email: EmailTrust::Never,
        ..OAUTH2
    },
    // developers.line.biz/en/docs/line-login/verify-id-token: ID tokens of web sign-in are signed with
    // the client secret (HS256), which we never verify, so LINE does it.
    Preset {
        kind: "Line",
        issuer: "https://access.line.me",
        authorization: "https://access.line.me/oauth2/v2.1/authorize",
        token: "https://api.line.me/oauth2/v2.1/token",
        userinfo: "https://api.line.me/oauth2/v2.1/verify",
        request: RequestDialect { scopes: &["openid", "profile", "email"], ..REQUEST },
        redeem: REDEEM_POST,
        read: UserinfoDialect { access: Access::IdToken, ..READ },
        claims: ClaimNames { subject: &["sub"], username: &[], phone: &[], ..CLAIMS },
        email: EmailTrust::Never,
        ..OAUTH2
    },
    // core.telegram.org/widgets/login-legacy: see `telegram`.
    Preset {
        kind: "Telegram",
        protocol: Protocol::TelegramWidget,
        request: RequestDialect { scopes: &[], pkce: false, nonce: false, ..REQUEST },
        claims: ClaimNames {
            subject: &["id"],
            email: &[],
            email_verified: "",
            name: &["name"],
            username: &["username"],
            picture: &["photo_url"],
            phone: &[],
            ..CLAIMS
        },
        email: EmailTrust::Never,
        ..OAUTH2
    },
    // core.telegram.org/bots/telegram-login: the same bot by OpenID Connect; no e-mail, no userinfo.
    Preset {
        kind: "TelegramOidc",
        issuer: "https://oauth.telegram.org",
        request: RequestDialect { scopes: &["openid", "profile"], ..REQUEST },
        email: EmailTrust::Never,
        ..OIDC
    },
    // Casdoor's name for a provider whose endpoints are in its record.
    Preset { kind: "Custom", ..OAUTH2 },
    OIDC,
    OAUTH2,
];
