//! What an attacker begins with and may do.

use serde_json::{Value, json};

use super::cast::{Client, DIRECTORY, EVIL, Person};

/// What the attacker begins with.
#[derive(Debug, Clone, Copy)]
pub enum Start {
    /// The browser of a person who has just signed in.
    Session(Person),
    /// An access token.
    Token { person: Person, client: Client, scope: &'static str },
    /// An API key, which may end within the hour.
    Key { person: Person, scope: &'static str, expires: bool },
    /// The secret of a client.
    Secret(Client),
}

/// A credential by its place among those that the attacker holds.
pub type Held = usize;
/// A client by its place: [`CLIENTS`], and then those that the attacker registered.
pub type Place = usize;

/// One move of the attacker.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Registers a client whose codes go to the attacker.
    RegisterClient { with: Held, owner: &'static str, organization: &'static str, extra: Extra },
    /// Changes a client.
    AlterClient { with: Held, client: Place, change: Extra },
    /// Creates a user with a password that the attacker knows.
    CreateUser { with: Held, owner: &'static str, r#type: &'static str, is_admin: bool },
    /// Changes a user.
    AlterUser { with: Held, person: Person, change: UserChange },
    /// Makes a key of the holder's own or of the organization.
    MakeKey { with: Held, owner: &'static str, of_organization: bool, act: bool },
    /// Makes the key that services make for a user.
    MintKey { with: Held, person: Person },
    /// Takes the limits of a key away.
    WidenKey { with: Held, person: Person },
    /// A signed-in person follows the attacker's link to the authorization endpoint.
    Link { victim: Person, client: Place, scope: &'static str, resource: bool },
    /// The attacker signs in a created user through a client and reads the code in the browser.
    SignIn { user: usize, client: Place, scope: &'static str },
    /// The attacker's own browser gets a code for a client.
    Authorize { with: Held, client: Place, scope: &'static str, resource: bool },
    /// Refreshes, asking for another scope.
    Refresh { token: usize, scope: &'static str },
    /// Exchanges a token as a client whose secret is known.
    Exchange { with: Held, subject: Held, resource: bool },
    /// A client's own token.
    ClientToken { with: Held, resource: bool },
    /// The password grant.
    PasswordGrant { with: Held, user: usize, scope: &'static str },
    /// Creates an organization.
    CreateOrganization { with: Held },
    /// Changes what the account says about itself.
    AlterAccount { with: Held },
    /// Reads.
    Read { with: Held, what: usize },
    /// Deletes.
    Delete { with: Held, what: usize },
}

/// What a registration asks for beyond a client of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    Secret,
    Nothing,
    Redirect,
    Public,
    Scopes,
    Resource,
    Shared,
    Capabilities,
    FirstParty,
    WithoutSecret,
    Grants,
}

/// A change of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserChange {
    Email,
    Password,
    Admin,
    ServiceAccount,
}

/// The secret that the attacker gives to clients.
pub const OWN_SECRET: &str = "the-attacker-chose-this-secret-00";
/// A password that fulfils every rule.
pub const PASSWORD: &str = "the attacker knows this one";
/// In place of an organization's name: the attacker's own.
pub const HOME: &str = "home";
/// What [`Step::Read`] reads.
pub const READS: [&str; 15] = [
    "/v1/iam/account",
    "/v1/iam/whoami",
    "/v1/iam/users",
    "/v1/iam/users?owner=hanzo",
    "/v1/iam/users?owner=acme",
    "/v1/iam/users/hanzo/mia",
    "/v1/iam/users/acme/erin",
    "/v1/iam/users/admin/root",
    "/v1/iam/keys",
    "/v1/iam/keys?owner=hanzo",
    "/v1/iam/keys/acme/erin",
    "/v1/iam/applications",
    "/v1/iam/applications/admin/hanzo-app",
    "/v1/iam/organizations",
    "/v1/iam/organizations/admin/hanzo",
];
/// What [`Step::Delete`] deletes.
pub const DELETES: [&str; 8] = [
    "/v1/iam/users/hanzo/bob",
    "/v1/iam/users/acme/erin",
    "/v1/iam/users/admin/root",
    "/v1/iam/applications/admin/hanzo-app",
    "/v1/iam/applications/acme/acme-app",
    "/v1/iam/keys/hanzo/bob",
    "/v1/iam/keys/admin/root",
    "/v1/iam/users/hanzo/bob/keys?type=secret",
];

/// Puts into `body` what a change or an extra asks for.
pub fn ask(body: &mut Value, extra: Extra) {
    let (name, value) = match extra {
        Extra::Nothing => return,
        Extra::Secret => ("clientSecret", json!(OWN_SECRET)),
        Extra::Redirect => ("redirectUris", json!([EVIL])),
        Extra::Public => {
            body["grantTypes"] = json!(["authorization_code", "refresh_token"]);
            body["clientSecret"] = json!("");
            ("public", json!(true))
        }
        Extra::Scopes => ("scopes", json!(["iam", "iam:read", "other"])),
        Extra::Resource => ("resources", json!([DIRECTORY])),
        Extra::Shared => ("isShared", json!(true)),
        Extra::Capabilities => ("capabilities", json!(["directory", "key-mint", "token-exchange"])),
        Extra::FirstParty => {
            body["platformAccess"] = json!(true);
            ("isFirstParty", json!(true))
        }
        Extra::WithoutSecret => ("pkceWithoutSecret", json!(true)),
        Extra::Grants => (
            "grantTypes",
            json!(["authorization_code", "refresh_token", "password", "token-exchange"]),
        ),
    };
    body[name] = value;
}
