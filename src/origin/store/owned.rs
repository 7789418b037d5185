//! All tables, with the fate of their rows when an organization or user is deleted, and their part
//! of a user's export. Deletions and the export are generated from this list, and a test compares
//! it with the schema. A new table needs a line here.

use super::codes;
use crate::{core::time::UnixTime, ports::Statement};

/// How the rows of a table end with the object that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// They belong to no such object.
    Unrelated,
    /// By a foreign key that cascades, if by way of other tables.
    Cascades,
    /// The object is not deleted while there are any.
    Prevents,
    /// By the deletion of the rows with its name, or id, in the column.
    Column(&'static str),
    /// By a statement of its own, in the function that deletes the object.
    Written,
    /// They stay, for the reason.
    Stays(&'static str),
}

/// The part of a table in a user's export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exported {
    /// Nothing, for the reason; empty if it has no user data.
    Nothing(&'static str),
    /// The rows that the query selects, in which `?1` is the user's id, under that member.
    As(&'static str, &'static str),
    /// The account itself.
    Account,
}

/// A table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How its rows end with an organization.
    pub organization: Tie,
    /// How its rows end with a user.
    pub user: Tie,
    /// Its part of a user's export.
    pub exported: Exported,
}

const fn table(name: &'static str, organization: Tie, user: Tie, exported: Exported) -> Table {
    Table { name, organization, user, exported }
}

use Exported::{Account, As, Nothing};
use Tie::{Cascades, Column, Prevents, Stays, Unrelated, Written};

const NONE: Exported = Nothing("");
const DIRECTORY: &str = "says in which database the name is, which is not given again";
const PSEUDONYM: &str =
    "the random id alone stays: it proves what was done with platform authority";

/// The tables, in the order in which the rows of an organization or user are deleted.
pub const TABLES: &[Table] = &[
    table(
        "organizations",
        Unrelated,
        Stays("the deletion takes the founder's id out"),
        As(
            "founded",
            "SELECT name, display_name AS displayName, created_at AS createdTime \
             FROM organizations WHERE founder_id = ?1 ORDER BY name",
        ),
    ),
    table("tombstones", Stays("keeps the name from being given again"), Unrelated, NONE),
    table("users", Prevents, Unrelated, Account),
    table("applications", Prevents, Unrelated, NONE),
    table(
        "keys",
        Column("owner"),
        Cascades,
        As(
            "keys",
            "SELECT owner AS organization, name, display_name AS displayName, kind, prefix, \
             last_four AS lastFour, scope, state, act, expires_at AS expireTime, creator, revoker, \
             revoked_at AS revokeTime, used_at AS usedTime, created_at AS createdTime FROM keys \
             WHERE user_id = ?1 ORDER BY owner, name, created_at",
        ),
    ),
    table(
        "agents",
        Column("owner"),
        Cascades,
        As(
            "agents",
            "SELECT owner AS organization, name, agent_ref AS agentRef, \
             expires_at AS expireTime, created_at AS createdTime FROM agents \
             WHERE sponsor_id = ?1 ORDER BY owner, name",
        ),
    ),
    table(
        "client_secrets",
        Stays("they go with an application, which keeps its organization"),
        Unrelated,
        NONE,
    ),
    table(
        "memberships",
        Cascades,
        Cascades,
        As(
            "memberships",
            "SELECT organization, role, created_at AS createdTime FROM memberships \
             WHERE user_id = ?1 ORDER BY organization",
        ),
    ),
    table(
        "sessions",
        Unrelated,
        Cascades,
        As(
            "sessions",
            "SELECT id, methods, factors, acr, device, address, country, \
             used_address AS usedAddress, used_country AS usedCountry, used_at AS usedTime, \
             authenticated_at AS authenticatedTime, expires_at AS expireTime, \
             created_at AS createdTime FROM sessions WHERE user_id = ?1 ORDER BY created_at",
        ),
    ),
    table(
        "grants",
        Stays(
            "they were revoked with the organization's applications, and are purged when they end",
        ),
        Cascades,
        As(
            "grants",
            "SELECT id, client_id AS application, organization, scope, resource, kind, methods, \
             auth_time AS authenticatedTime, expires_at AS expireTime, revoked_at AS revokeTime, \
             created_at AS createdTime FROM grants WHERE user_id = ?1 ORDER BY created_at",
        ),
    ),
    table(
        "refresh_tokens",
        Unrelated,
        Stays("a token without its grant is refused, and is purged when it expires"),
        Nothing("digests of tokens, whose grants are exported"),
    ),
    table("codes", Unrelated, Written, Nothing("digests that live for minutes")),
    table("device_codes", Unrelated, Cascades, Nothing("digests that live for minutes")),
    table(
        "consents",
        Unrelated,
        Cascades,
        As(
            "consents",
            "SELECT client_id AS application, scope, resources, created_at AS createdTime, \
             updated_at AS updatedTime FROM consents WHERE user_id = ?1 ORDER BY client_id",
        ),
    ),
    table(
        "platform_grants",
        Unrelated,
        Stays(PSEUDONYM),
        As(
            "platformGrants",
            "SELECT grant_id AS grantId, client_id AS application, \
             auth_time AS authenticatedTime, created_at AS createdTime FROM platform_grants \
             WHERE user_id = ?1 ORDER BY created_at",
        ),
    ),
    table(
        "acceptances",
        Unrelated,
        Cascades,
        As(
            "acceptances",
            "SELECT document, version, accepted_at AS acceptedTime FROM acceptances \
             WHERE user_id = ?1 ORDER BY document, accepted_at",
        ),
    ),
    table(
        "preferences",
        Unrelated,
        Cascades,
        As(
            "preferences",
            "SELECT value, updated_at AS updatedTime FROM preferences WHERE user_id = ?1",
        ),
    ),
    table(
        "invitations",
        Cascades,
        Stays("the deletion ends them and takes the inviter's name out"),
        As(
            "invitationsMade",
            "SELECT owner AS organization, name, email, role, state, created_at AS createdTime \
             FROM invitations WHERE inviter_id = ?1 ORDER BY owner, name",
        ),
    ),
    table("address_proofs", Cascades, Cascades, Nothing("digests that live for minutes")),
    table("erasures", Column("owner"), Stays("keeps the id from being given again"), NONE),
    table("populations", Written, Unrelated, NONE),
    table("teams", Cascades, Unrelated, NONE),
    table(
        "team_members",
        Cascades,
        Column("member_id"),
        As(
            "teams",
            "SELECT teams.owner AS organization, teams.name, team_members.expires_at AS expireTime \
             FROM team_members JOIN teams ON teams.id = team_id WHERE member_id = ?1 \
             ORDER BY teams.owner, teams.name",
        ),
    ),
    table("roles", Cascades, Unrelated, NONE),
    table(
        "role_members",
        Cascades,
        Column("member_id"),
        As(
            "roles",
            "SELECT roles.owner AS organization, roles.name, role_members.expires_at AS expireTime \
             FROM role_members JOIN roles ON roles.id = role_id WHERE member_id = ?1 \
             ORDER BY roles.owner, roles.name",
        ),
    ),
    table(
        "permissions",
        Cascades,
        Stays("the names of submitter and approver are those of its decision"),
        NONE,
    ),
    table(
        "permission_subjects",
        Cascades,
        Column("member_id"),
        As(
            "permissions",
            "SELECT permissions.owner AS organization, permissions.name, \
             permission_subjects.expires_at AS expireTime FROM permission_subjects \
             JOIN permissions ON permissions.id = permission_id WHERE member_id = ?1 \
             ORDER BY permissions.owner, permissions.name",
        ),
    ),
    table("workspaces", Cascades, Unrelated, NONE),
    table("projects", Cascades, Unrelated, NONE),
    table("providers", Cascades, Unrelated, NONE),
    table(
        "webauthn_credentials",
        Cascades,
        Cascades,
        As(
            "webauthnCredentials",
            "SELECT name, display_name AS displayName, credential_id AS credentialId, \
             attachment, transports, used_at AS usedTime, created_at AS createdTime \
             FROM webauthn_credentials WHERE user_id = ?1 ORDER BY created_at",
        ),
    ),
    table("key_usage", Cascades, Cascades, Nothing("counts of calls, which belong to the keys")),
    table(
        "audit_entries",
        Stays("the trail is append-only, and its organization's id is never given again"),
        Stays("the trail is append-only; it is kept as long as the law asks for it"),
        Nothing("the export has the entries in a member of its own"),
    ),
    table("publications", Unrelated, Unrelated, NONE),
    table(
        "factors",
        Stays("they go with their user, without whom no organization is deleted"),
        Cascades,
        As(
            "secondFactors",
            "SELECT kind, created_at AS createdTime, used_at AS usedTime FROM factors \
             WHERE user_id = ?1 ORDER BY kind",
        ),
    ),
    table(
        "remembered_browsers",
        Stays("they go with their user, without whom no organization is deleted"),
        Cascades,
        As(
            "rememberedBrowsers",
            "SELECT device, created_at AS createdTime, expires_at AS expireTime \
             FROM remembered_browsers WHERE user_id = ?1 ORDER BY created_at",
        ),
    ),
    table(
        "identities",
        Column("owner"),
        Cascades,
        As(
            "identities",
            "SELECT provider, subject, details, created_at AS createdTime, used_at AS usedTime \
             FROM identities WHERE user_id = ?1 ORDER BY provider, subject",
        ),
    ),
    table("flows", Unrelated, Cascades, Nothing("a sign-in that was begun ends within the hour")),
    table("federation_requests", Stays("they end within fifteen minutes"), Unrelated, NONE),
    table("federation_replays", Unrelated, Unrelated, NONE),
    table(
        "federation_attempts",
        Stays("the last fifty of each provider; no provider gets the same id"),
        Unrelated,
        NONE,
    ),
    table("federation_documents", Unrelated, Unrelated, NONE),
    table("domains", Cascades, Unrelated, NONE),
    table("ldap_syncs", Cascades, Unrelated, NONE),
    table("sent_codes", Unrelated, Unrelated, NONE),
    table("attempts", Unrelated, Unrelated, NONE),
    table("revocations", Unrelated, Unrelated, NONE),
    table("revocation_history", Unrelated, Unrelated, NONE),
    table("signing_keys", Unrelated, Unrelated, NONE),
    table("saml_keys", Column("owner"), Unrelated, NONE),
    table(
        "saml_names",
        Unrelated,
        Cascades,
        As(
            "samlNames",
            "SELECT application_id AS application, name, created_at AS createdTime \
             FROM saml_names WHERE user_id = ?1 ORDER BY application_id",
        ),
    ),
    table(
        "saml_sessions",
        Stays("they end with the sessions of their users"),
        Cascades,
        Nothing("what sessions, which are exported, were used for"),
    ),
    table("token_horizon", Unrelated, Unrelated, NONE),
    table("webhooks", Cascades, Unrelated, NONE),
    table(
        "deliveries",
        Stays("a trigger removes those of its webhooks; what tells of a logout is purged"),
        Stays("what tells of a logout has the random id alone, and is purged"),
        Nothing("what is sent to applications at the end of a session, which is exported"),
    ),
    table(
        "idempotency_keys",
        Stays("they end within a day"),
        Column("caller"),
        Nothing("replies of the last day, of objects that are exported"),
    ),
    table("homes", Stays(DIRECTORY), Unrelated, NONE),
    table("moves", Stays(DIRECTORY), Unrelated, NONE),
    table("fences", Stays(DIRECTORY), Unrelated, NONE),
    table("guards", Stays("it never has a row"), Unrelated, NONE),
    table("preconditions", Unrelated, Unrelated, NONE),
    table("requirements", Unrelated, Unrelated, NONE),
    table("topology", Unrelated, Unrelated, NONE),
    table("relays", Unrelated, Unrelated, NONE),
    table("relayed", Unrelated, Unrelated, NONE),
    table("redirect_origins", Unrelated, Unrelated, NONE),
    table("purges", Unrelated, Unrelated, NONE),
    table("usage_reporters", Unrelated, Unrelated, NONE),
];

/// Deletes an organization that has neither users nor applications, with everything of it. Fails as a
/// whole if it still has some.
pub fn delete_organization(name: &str, id: &str) -> Vec<Statement> {
    let mut statements = delete(name, |table| table.organization);
    // Foreign keys do the rest. The counts, which triggers keep, go last.
    statements.push(Statement::new("DELETE FROM organizations WHERE id = ?1").bind(id));
    statements.push(
        Statement::new(
            "DELETE FROM populations WHERE organization = ?1 \
             AND kind IN ('users', 'deleted-users', 'applications', 'keys', 'memberships')",
        )
        .bind(name),
    );
    statements
}

/// Deletes a user with everything that belongs to it.
pub fn delete_user(id: &str) -> Vec<Statement> {
    let mut statements = delete(id, |table| table.user);
    statements.push(
        Statement::new(
            "UPDATE invitations SET state = 'Ended', inviter = '' \
             WHERE inviter_id = ?1",
        )
        .bind(id),
    );
    statements.push(
        Statement::new("UPDATE organizations SET founder_id = NULL WHERE founder_id = ?1").bind(id),
    );
    statements.push(codes::remove_of_user(id));
    statements.push(Statement::new("DELETE FROM users WHERE id = ?1").bind(id));
    statements
}

fn delete(key: &str, tie: fn(&Table) -> Tie) -> Vec<Statement> {
    TABLES
        .iter()
        .filter_map(|table| match tie(table) {
            Column(column) => Some(format!("DELETE FROM {} WHERE {column} = ?1", table.name)),
            _ => None,
        })
        .map(|sql| Statement::new(sql).bind(key))
        .collect()
}

/// Removes an erased user's identifying data from retained records: the name (`owner/name`) and a
/// verified address.
pub fn forget_person(id: &str, owner: &str, name: &str, email: Option<&str>) -> Vec<Statement> {
    let named = format!("{owner}/{name}");
    let mut statements = vec![
        Statement::new("UPDATE keys SET creator = '' WHERE owner = ?1 AND creator = ?2")
            .bind(owner)
            .bind(&named),
        Statement::new("UPDATE keys SET revoker = '' WHERE owner = ?1 AND revoker = ?2")
            .bind(owner)
            .bind(&named),
        Statement::new(
            "UPDATE permissions SET submitter = '' WHERE owner = ?1 AND submitter_id = ?2",
        )
        .bind(owner)
        .bind(id),
        Statement::new("UPDATE permissions SET approver = '' WHERE owner = ?1 AND approver = ?2")
            .bind(owner)
            .bind(&named),
    ];
    statements.extend(email.map(|email| {
        let addressed = "UPDATE invitations SET email = '', state = 'Ended' \
                         WHERE email = ?1 AND email <> ''";
        Statement::new(addressed).bind(email)
    }));
    statements
}

/// Blocks reuse of an erased user's id.
pub fn note_erasure(id: &str, owner: &str, now: UnixTime) -> Statement {
    Statement::new("INSERT INTO erasures (user_id, owner, erased_at) VALUES (?1, ?2, ?3)")
        .bind(id)
        .bind(owner)
        .bind(now)
}
