//! Tokens with which one party acts as another: issued to a client or key for a user, to a person who
//! impersonates a user, to an administrator of the platform who steps into an organization, to a person
//! who acts in another organization of theirs.
//!
//! Each is short, is not refreshed, carries no administration unless it is an [`ASSUMPTION`] or a
//! [`SWITCH`], and ends with what it was issued to: the grant names the key or the person ([`Grant::issued_by`]), the
//! session, or the grant of the token that was presented.

use serde_json::json;

use super::{
    IssueError,
    claims::TokenInput,
    issue::{self, IdToken, Issued, Signed, grant_id},
};
use crate::{
    core::{
        authority::{Ceiling, administers_platform},
        oauth::{audience, scope::Scope},
        principal::{Credential, PLATFORM_ORGANIZATION, Principal},
        time::UnixTime,
        token::{Actor, OrganizationRole, Role},
    },
    origin::{
        Origin,
        domain::{
            audit::Subject, change::Change, clients::Client, commit::commit, people::Person,
            revocation::Moment,
        },
        store::{
            codes::Code,
            grants::{self, Given, Grant},
            revocations::append,
            signing_keys::SigningKey,
        },
    },
    ports::DatabaseError,
};

/// The grant type of a token that is issued to a client or a key for a user.
pub const ISSUE: &str = "urn:hanzo:grant-type:issue";
/// The grant type of a token with which a person acts as a user.
pub const IMPERSONATION: &str = "urn:hanzo:grant-type:impersonation";
/// The grant type of a token with which an administrator of the platform administers an organization.
pub const ASSUMPTION: &str = "urn:hanzo:grant-type:assumption";

/// The grant type of a token with which a person acts in another organization of theirs.
pub const SWITCH: &str = "urn:hanzo:grant-type:switch";

/// The longest life of a token of [`ISSUE`] or [`SWITCH`], in seconds (WIRE §2.3).
pub const ISSUE_LIFETIME: i64 = 3600;
/// The longest life of the others, in seconds (WIRE §2.3).
pub const LIFETIME: i64 = 900;

/// What is to be issued, and to whom.
#[derive(Debug)]
pub struct Acting<'a> {
    /// Before all of this was checked.
    pub moment: Moment,
    /// The keys that sign at that moment.
    pub keys: &'a [SigningKey],
    /// `iss`
    pub issuer: &'a str,
    /// The client that the token is of.
    pub client: &'a Client,
    /// Whom it acts as, with the roles that it may carry.
    pub person: &'a Person,
    /// The organization that it acts in.
    pub organization: &'a str,
    /// The party that acts; `None`: the person itself.
    pub actor: Option<Actor>,
    /// The holder of the credential that it is issued to.
    pub holder: Holder,
    /// The scope.
    pub scope: Scope,
    /// The audience asked for (RFC 8707).
    pub resource: Option<&'a str>,
    /// The grant type.
    pub kind: &'static str,
    /// Seconds.
    pub lifetime: i64,
    /// Why, for the audit trail; empty if that is not asked.
    pub reason: &'a str,
    /// The code that is redeemed for it.
    pub code: Option<RedeemedCode<'a>>,
}

/// The code that is redeemed for a token.
#[derive(Debug, Clone, Copy)]
pub struct RedeemedCode<'a> {
    /// Its digest.
    pub digest: &'a str,
    /// For the ID token.
    pub nonce: Option<&'a str>,
}

/// A token that acts, and the id of its grant.
#[derive(Debug)]
pub struct Acted {
    /// The token, and an ID token if a code was redeemed.
    pub tokens: Issued,
    /// `gid`
    pub grant_id: String,
}

/// The credential that a token is issued to, and ends with.
#[derive(Debug, Clone, Default)]
pub struct Holder {
    /// `user:<id>` or `key:<id>`.
    pub issued_by: Option<String>,
    /// The browser session.
    pub session_id: Option<String>,
    /// The grant of the token that was presented.
    pub parent_id: Option<String>,
    /// The key that was presented, which must be able to act.
    pub key_id: Option<String>,
    /// When the credential itself ends.
    pub ends_at: Option<UnixTime>,
}

impl Holder {
    /// The holder of the credential of `principal`.
    pub fn of(principal: &Principal) -> Self {
        let user = || Some(format!("user:{}", principal.subject));
        let is_client = principal.authority.is_client();
        match &principal.credential {
            Credential::Session { id } => {
                Self { issued_by: user(), session_id: Some(id.clone()), ..Self::default() }
            }
            Credential::Token { grant, session, expires_at, .. } => Self {
                issued_by: if is_client { None } else { user() },
                session_id: Some(session.clone()).filter(|id| !id.is_empty()),
                parent_id: Some(grant.clone()).filter(|id| !id.is_empty()),
                ends_at: Some(*expires_at),
                key_id: None,
            },
            Credential::Key { id, expires_at, .. } => Self {
                issued_by: Some(format!("key:{id}")),
                key_id: Some(id.clone()),
                ends_at: *expires_at,
                ..Self::default()
            },
            Credential::Client => Self::default(),
        }
    }
}

/// Issues the token. `None` if what it depends on has ended concurrently.
pub async fn issue(origin: &Origin, acting: Acting<'_>) -> Result<Option<Acted>, IssueError> {
    let Acting { moment, client, person, holder, actor, .. } = acting;
    let registration = client.registration();
    let resource = audience::registered(acting.resource, registration)?;
    let audience = audience::audience(resource.as_deref(), registration, acting.organization);
    let life = acting.lifetime.min(client.lifetimes().access);
    let end = [Some(moment.now.plus(life)), holder.ends_at].into_iter().flatten().min();
    let expires_at = end.unwrap_or(moment.now);
    let id = acting.code.map_or_else(|| grant_id(origin), |code| Code::grant_id(code.digest));
    let grant = Grant {
        id,
        client_id: client.client_id().to_owned(),
        user_id: Some(person.user.id.clone()),
        organization: acting.organization.to_owned(),
        session_id: holder.session_id,
        scope: acting.scope.to_string(),
        resource,
        is_public: false,
        auth_time: None,
        methods: Vec::new(),
        actor,
        parent_id: holder.parent_id,
        kind: acting.kind.to_owned(),
        expires_at,
        revoked_at: None,
        created_at: moment.now,
        issued_by: holder.issued_by,
        is_platform: false,
    };
    let input = TokenInput {
        issuer: acting.issuer,
        application: &client.application,
        grant: Some(&grant),
        person: Some(person),
        authenticated_at: None,
        ceiling: Some(Ceiling { organization: acting.organization, roles: &person.roles }),
        scope: grant.scope.clone(),
        audience,
        expires_at,
    };
    let id_token =
        acting.code.map_or(IdToken::Never, |code| IdToken::IfAsked { nonce: code.nonce });
    let Signed { tokens, .. } =
        Box::pin(issue::sign(origin, acting.keys, moment, input, id_token)).await?;
    let facts = json!({
        "id": grant.id,
        "client": grant.client_id,
        "actor": grant.actor,
        "organization": grant.organization,
        "grantType": grant.kind,
        "reason": acting.reason,
    });
    let subject = Subject::with(&person.user.owner, "grant", &person.user.name, &facts);
    let mut change = Change::of(subject);
    let given = match acting.code {
        Some(code) => Given::ByCode(code.digest),
        None => Given::ByHolder { key_id: holder.key_id.as_deref() },
    };
    let granted = change.decide(grants::insert(&grant, given, moment.sequence));
    let committed = Box::pin(commit(origin, change)).await?;
    Ok(committed.took_effect(granted).then_some(Acted { tokens, grant_id: grant.id }))
}

/// Whether `grant` is an impersonation that the user began in that session.
pub fn is_impersonation_in(grant: &Grant, user_id: &str, session_id: &str) -> bool {
    grant.kind == IMPERSONATION
        && grant.parent_id.is_none()
        && grant.session_id.as_deref() == Some(session_id)
        && grant.issued_by.as_deref().and_then(|holder| holder.strip_prefix("user:"))
            == Some(user_id)
}

impl Holder {
    /// The holder of what is issued for the impersonation `grant`, and ends with it.
    pub fn of_impersonation(grant: &Grant) -> Self {
        Self {
            issued_by: grant.issued_by.clone(),
            session_id: grant.session_id.clone(),
            parent_id: Some(grant.id.clone()),
            key_id: None,
            ends_at: Some(grant.expires_at),
        }
    }
}

/// The person of a token of `grant`, with the roles that it draws on: of an [`ASSUMPTION`] that in the
/// organization, while the person administers the platform; of a [`SWITCH`] the one that the person has
/// there.
pub fn holding(grant: &Grant, person: Person) -> Option<Person> {
    match grant.kind.as_str() {
        ASSUMPTION => assuming(&grant.organization, person),
        SWITCH => switching(&grant.organization, person),
        _ => Some(person),
    }
}

/// Whether a token of `grant` acts in the organization of that and in no other.
pub fn is_confined(grant: &Grant) -> bool {
    matches!(grant.kind.as_str(), ASSUMPTION | SWITCH)
}

/// The person with the present role in `organization` and no other; `None` without one. The
/// platform's organization is refused: its roles take a sign-in.
pub fn switching(organization: &str, person: Person) -> Option<Person> {
    let mut roles = person.roles;
    roles.retain(|role| role.org == organization && role.org != PLATFORM_ORGANIZATION);
    (!roles.is_empty()).then_some(Person { roles, ..person })
}

/// The person as an administrator of `organization` and nothing else, if the person administers the
/// platform.
pub fn assuming(organization: &str, person: Person) -> Option<Person> {
    let role = OrganizationRole { org: organization.to_owned(), role: Role::Admin };
    administers_platform(&person.roles).then(|| Person { roles: vec![role], ..person })
}

/// Ends the [`ASSUMPTION`] tokens of the user of `principal`: of `organization`, or all. Returns whether
/// there were any.
pub async fn release(
    origin: &Origin,
    principal: &Principal,
    organization: Option<&str>,
) -> Result<bool, DatabaseError> {
    let now = origin.clock.now();
    let facts = json!({"grantType": ASSUMPTION, "organization": organization});
    let mut change = Change::of(Subject::with(&principal.home, "grant", &principal.name, &facts));
    let which = (principal.subject.as_str(), ASSUMPTION, organization);
    let ended = change.write(append::grants_of_kind(which, now));
    change.write(grants::revocation_of_kind(which, now));
    Ok(Box::pin(commit(origin, change)).await?.took_effect(ended))
}
