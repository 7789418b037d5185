//! Invitations: patches, sending and acceptance.

use serde::Deserialize;

use super::{
    audit::{Audited, Subject},
    change::Change,
    change_error::ChangeError,
    commit::commit,
    memberships::Recorded,
    people::Person,
};
use crate::{
    core::{
        audit::Members,
        directory::{
            Attributes, Count, Email, Invalid, Kept, Line, ObjectName, OrgName, Patch, Timestamp,
            Unchecked,
        },
        encoding::{base64url, digest, uuid},
        message::{Channel, Letter, Message, Recipient},
        time::UnixTime,
        token::Role,
    },
    origin::{
        Origin,
        store::{
            invitations::{self, Invitation, State},
            publications,
            users::{Target, User},
        },
    },
    ports::MessageError,
};

const ATTRIBUTES: Attributes = Attributes {
    ignored: &[
        // Set by the server.
        "id",
        "createdTime",
        "createdAt",
        "updatedTime",
        "updatedAt",
        "usedCount",
        "sentTime",
        "generated",
        "inviter",
        "deleted",
        // Only a generated code is accepted, because it is shown once.
        "defaultCode",
    ],
    maximum: 4 * 1024,
};

/// Default lifetime of an invitation, in seconds.
const LIFETIME: i64 = 7 * 24 * 3600;

/// Maximum lifetime, in seconds.
const LONGEST: i64 = 90 * 24 * 3600;

/// Maximum number of open invitations per organization.
const MOST: i64 = 1_000;

/// Lifetime of an address verification code, in seconds.
const PROOF_LIFETIME: i64 = 900;

/// What a request sets of an invitation. Absent members stay as they are. Members without a field are
/// kept as attributes; `null` removes one.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct InvitationPatch {
    /// The organization. Cannot be changed.
    pub owner: Patch<OrgName>,
    /// The name; generated if absent. Cannot be changed.
    pub name: Patch<ObjectName>,
    /// The name for people.
    pub display_name: Patch<Line>,
    /// The only address that may accept; `""`: any.
    pub email: Patch<Email>,
    /// The role that it gives: `member`, the default, `admin` or `owner`; at most one's own.
    pub role: Option<Role>,
    /// How many people may accept it; 1 if absent.
    pub quota: Option<Count<1000>>,
    /// `Active` or `Suspended`.
    pub state: Option<State>,
    /// When it ends: in seven days if absent, in 90 days at the latest.
    pub expire_time: Patch<Timestamp>,
    /// The server makes the code: only `""` and `***` are accepted.
    pub code: Patch<String>,
    /// Only `false`.
    pub is_regexp: Option<bool>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<Unchecked>,
}

impl InvitationPatch {
    /// Changes `invitation`, except owner and name.
    pub fn apply(self, invitation: &mut Invitation, now: UnixTime) -> Result<(), Invalid> {
        if self.code.as_given().is_some_and(|code| code != "***") {
            return Err(Invalid::member("code", "is made by the server"));
        }
        if self.is_regexp == Some(true) {
            return Err(Invalid::member("isRegexp", "must be false: a pattern can be guessed"));
        }
        self.display_name.set(&mut invitation.display_name);
        let address = invitation.email.clone();
        self.email.set(&mut invitation.email);
        if invitation.email != address {
            invitation.sent_at = None;
        }
        invitation.role = self.role.unwrap_or(invitation.role);
        if let Some(Count(quota)) = self.quota {
            invitation.quota = i64::try_from(quota).unwrap_or(1);
        }
        if invitation.quota < invitation.used_count.max(1) {
            return Err(Invalid::member("quota", "is less than 1, or than usedCount"));
        }
        match self.state {
            Some(State::Ended) => {
                return Err(Invalid::member("state", "must be Active or Suspended"));
            }
            Some(state) => invitation.state = state,
            None => {}
        }
        if let Some(Timestamp(end)) = self.expire_time.given() {
            if end <= now || end > now.plus(LONGEST) {
                return Err(Invalid::member("expireTime", "must be within the next 90 days"));
            }
            invitation.expires_at = end;
        }
        invitation.attributes =
            ATTRIBUTES.merged(&invitation.attributes, &self.attributes.members)?;
        Ok(())
    }

    /// An invitation into `owner` that is not stored yet, and its code.
    pub fn create(
        self,
        origin: &Origin,
        owner: &str,
        inviter: Inviter,
    ) -> Result<(Invitation, String), Invalid> {
        let now = origin.clock.now();
        let code = new_code(origin);
        let id = uuid(origin.random.bytes());
        let generated = || format!("invitation-{}", id.get(..8).unwrap_or_default());
        let name = self.name.as_given().map_or_else(generated, |name| name.as_str().to_owned());
        let mut invitation = Invitation {
            id,
            owner: owner.to_owned(),
            name,
            display_name: String::new(),
            code_digest: digest(&code),
            email: String::new(),
            role: Role::Member,
            quota: 1,
            used_count: 0,
            state: State::Active,
            inviter_id: inviter.id,
            inviter: inviter.name,
            sent_at: None,
            expires_at: now.plus(LIFETIME),
            attributes: serde_json::Map::new(),
            created_at: now,
            updated_at: now,
            version: 0,
        };
        self.apply(&mut invitation, now)?;
        Ok((invitation, code))
    }
}

/// The inviter.
#[derive(Debug, Clone)]
pub struct Inviter {
    /// `users.id`, or a client id.
    pub id: String,
    /// `owner/name`.
    pub name: String,
}

/// 128 random bits.
fn new_code(origin: &Origin) -> String {
    format!("inv-{}", base64url(&origin.random.bytes::<16>()))
}

impl Audited for Invitation {
    const KIND: &'static str = "invitation";

    fn organization(&self) -> &str {
        &self.owner
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn members(&self) -> Members {
        Members::of(self, &["codeDigest"])
    }
}

/// Stores a new invitation.
pub async fn create(origin: &Origin, invitation: &Invitation) -> Result<(), ChangeError> {
    let mut change = Change::created(invitation);
    let inserted = change.decide(invitations::insert(invitation, MOST));
    if commit(origin, change).await?.took_effect(inserted) {
        return Ok(());
    }
    Err(ChangeError::Conflict(format!(
        "the organization {} has {MOST} open invitations: delete some",
        invitation.owner
    )))
}

/// Stores a changed invitation, unless it has been changed or accepted since `before` was read.
pub async fn update(
    origin: &Origin,
    before: &Invitation,
    invitation: &mut Invitation,
) -> Result<(), ChangeError> {
    invitation.updated_at = origin.clock.now();
    let mut change = Change::updated(before, invitation);
    let updated = change.decide(invitations::update(invitation));
    if commit(origin, change).await?.took_effect(updated) {
        invitation.version += 1;
        Ok(())
    } else if before.state == State::Ended {
        Err(ChangeError::Conflict("the invitation has ended: make another one".to_owned()))
    } else {
        Err(ChangeError::Stale)
    }
}

/// Deletes an invitation. Memberships that it gave stay.
pub async fn delete(origin: &Origin, invitation: &Invitation) -> Result<(), ChangeError> {
    let mut change = Change::deleted(invitation);
    change.decide(invitations::delete(&invitation.id));
    commit(origin, change).await?;
    Ok(())
}

/// Why a message cannot be sent.
#[derive(Debug)]
pub enum SendError {
    /// No mail service is configured.
    NoService,
    /// The service did not accept the message.
    Refused(MessageError),
    /// The new code could not be stored.
    Change(ChangeError),
}

impl From<ChangeError> for SendError {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}

/// The address of the invitation, if messages can be sent to it.
fn recipient(origin: &Origin, address: &str) -> Result<Recipient, SendError> {
    if !origin.messages.carries(Channel::Email) {
        return Err(SendError::NoService);
    }
    let unsafe_address = || MessageError("the address has a form that is not sent to".to_owned());
    Recipient::email(address).ok_or_else(|| SendError::Refused(unsafe_address()))
}

/// Gives the invitation a new code and sends it: the earlier code becomes void. If the mail service
/// refuses, the new code is kept but unknown to anyone.
pub async fn send(
    origin: &Origin,
    before: &Invitation,
    organization: &str,
) -> Result<(), SendError> {
    let to = recipient(origin, &before.email)?;
    let code = new_code(origin);
    let mut invitation = before.clone();
    invitation.code_digest = digest(&code);
    update(origin, before, &mut invitation).await?;
    let Invitation { owner, expires_at, role, .. } = &invitation;
    let subject = format!("Invitation to {organization}");
    let letter = Letter::new(&subject)
        .paragraph(&format!(
            "You are invited to join {organization} ({owner}) as {}.",
            role.name()
        ))
        .code(&code)
        .paragraph(&format!(
            "Sign in at {} with this address and accept the invitation with the code until {expires_at}.",
            origin.config.issuer,
        ));
    let message = Message::of("invitation", to, &subject, &letter);
    origin.messages.send(&message).await.map_err(SendError::Refused)?;
    let now = origin.clock.now();
    let facts = serde_json::json!({"sentTo": invitation.email});
    let mut change = Change::of(Subject::with(owner, "invitation", &invitation.name, &facts));
    change.decide(invitations::note_sent(&invitation.id, now));
    commit(origin, change).await.map_err(ChangeError::from)?;
    Ok(())
}

/// Sends the code by which `person` proves the address of the invitation.
pub async fn ask_for_proof(
    origin: &Origin,
    invitation: &Invitation,
    person: &Person,
) -> Result<(), SendError> {
    let to = recipient(origin, &invitation.email)?;
    let code = base64url(&origin.random.bytes::<9>());
    let user = &person.user;
    let ends = origin.clock.now().plus(PROOF_LIFETIME);
    let mut change = Change::of(Subject::new(&user.owner, "address-proof", &user.name));
    change.decide(invitations::ask_for_proof(
        &invitation.id,
        &user.id,
        &proof(&invitation.email, &code),
        ends,
    ));
    commit(origin, change).await.map_err(ChangeError::from)?;
    let subject = "Confirm your address";
    let letter = Letter::new(subject)
        .paragraph(&format!(
            "The account {}/{} asks to accept the invitation to {} for this address.",
            user.owner, user.name, invitation.owner
        ))
        .code(&code)
        .paragraph("It lasts for 15 minutes. If this was not you, ignore the message.");
    let message = Message::of("address-proof", to, subject, &letter);
    origin.messages.send(&message).await.map_err(SendError::Refused)
}

/// The digest of a code that proves `address`.
pub fn proof(address: &str, code: &str) -> String {
    digest(&format!("address-proof:{address}:{code}"))
}

/// Why an invitation cannot be accepted.
#[derive(Debug)]
pub enum AcceptError {
    /// The invitation is unknown, expired, suspended, used up, or its inviter may no longer invite;
    /// these are not distinguished.
    NoInvitation,
    /// The user is already a member.
    Member,
    /// The database failed.
    Database(crate::ports::DatabaseError),
}

/// Whether `after` admits more or other users than `before`, or for longer; the author of such a
/// change becomes the inviter.
pub fn is_widened(before: &Invitation, after: &Invitation) -> bool {
    after.role != before.role
        || after.email != before.email
        || after.quota > before.quota
        || after.expires_at > before.expires_at
        || (after.state == State::Active && before.state != State::Active)
}

/// Whether `inviter` may still grant the role of the invitation.
pub fn may_invite(inviter: Option<&Person>, invitation: &Invitation) -> bool {
    let least = invitation.role.max(Role::Admin);
    inviter.is_some_and(|inviter| {
        crate::core::authority::administers_platform(&inviter.roles)
            || inviter.roles.iter().any(|role| role.org == invitation.owner && role.role >= least)
    })
}

/// Whether the account is proven to be the invited one. Its address is verified only by its home
/// organization, which proves nothing to another organization (ATTACKS G-95), unless the inviter
/// administers that too, or the code was sent only to that address.
pub fn has_address(target: &User, invitation: &Invitation, inviter: Option<&Person>) -> bool {
    let knows_home = || {
        let roles = inviter.into_iter().flat_map(|inviter| &inviter.roles);
        let mut administered = roles.filter(|role| role.role >= Role::Admin);
        administered.any(|role| role.org == target.owner)
    };
    let has = target.email_verified && target.email == invitation.email;
    invitation.email.is_empty() || (has && (invitation.sent_at.is_some() || knows_home()))
}

/// Makes `person` a member by the invitation. `target` is the person with every organization.
pub async fn accept(
    origin: &Origin,
    invitation: &Invitation,
    target: &Target,
) -> Result<(), AcceptError> {
    let now = origin.clock.now();
    let user = &target.user;
    if target.roles().iter().any(|role| role.org == invitation.owner) {
        return Err(AcceptError::Member);
    }
    let recorded = Recorded::new(target, &invitation.owner, invitation.role);
    let mut change = Change::created(&recorded);
    let quota = origin.config.limits.quotas.memberships;
    let accepted = change.decide(invitations::accept(invitation, &user.id, now, quota));
    change.write(invitations::remove_proof(&invitation.id, &user.id));
    change.publish_keys(publications::keys_of_user(&user.id, now));
    match commit(origin, change).await {
        Ok(committed) if committed.took_effect(accepted) => Ok(()),
        Ok(_) => Err(AcceptError::NoInvitation),
        Err(error) => Err(AcceptError::Database(error)),
    }
}
