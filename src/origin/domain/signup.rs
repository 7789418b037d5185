//! Sign-up: where it is open, what it asks for, and the account that it makes.

use serde_json::{Value, json};

use super::{
    change::{Change, Unrecorded},
    change_error::ChangeError,
    commit::commit,
    identities::{self, External, IdentityError},
    invitations,
    people::Person,
    users,
};
use crate::{
    core::{
        directory::{Invalid, Line, NewPassword, Text, is_username},
        encoding::{digest, hex, uuid},
        message::Channel,
        principal::PLATFORM_ORGANIZATION,
        random::Random,
        token::Role,
    },
    origin::{
        Origin,
        store::{
            accounts::{self, Named},
            applications::Application,
            invitations::{self as rows, Invitation},
            organizations::Organization,
            preferences,
            users::{self as accounts_rows, User},
        },
    },
    ports::DatabaseError,
};

/// The longest username that is made of an address.
const LONGEST_DERIVED: usize = 40;

/// Where people sign up.
#[derive(Debug, Clone, Copy)]
pub struct Door<'a> {
    /// The application.
    pub application: &'a Application,
    /// Its organization, to which the account will belong.
    pub organization: Option<&'a Organization>,
}

/// What a person who signs up shows besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Admission<'a> {
    /// The code of an invitation; empty: none.
    pub invitation: &'a str,
    /// Whether the terms are accepted.
    pub accepts_terms: bool,
}

/// Who signs up, with an address that has been verified.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The verified address, in lower case.
    pub email: &'a str,
    /// The username; empty: one is made of the address.
    pub username: &'a str,
    /// The person's name.
    pub display_name: &'a str,
    /// The password.
    pub password: &'a NewPassword,
    /// What else the person shows.
    pub admission: Admission<'a>,
}

/// Why no account is made.
#[derive(Debug)]
pub enum SignupError {
    /// The terms have to be accepted.
    Terms,
    /// There is no such invitation, or it cannot be accepted any longer.
    Invitation,
    /// Another account has the address: it was made since the code was sent.
    AddressTaken,
    /// Another account has the username.
    UsernameTaken,
    /// Another account has the identity.
    IdentityTaken,
    /// People do not sign up here.
    Closed,
    /// What was sent is not acceptable, or the organization has no room.
    Change(ChangeError),
}

impl From<ChangeError> for SignupError {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}

impl From<DatabaseError> for SignupError {
    fn from(error: DatabaseError) -> Self {
        Self::Change(error.into())
    }
}

impl From<Invalid> for SignupError {
    fn from(error: Invalid) -> Self {
        Self::Change(error.into())
    }
}

impl Door<'_> {
    /// Whether people sign up here by an address: messages can be sent, and people sign up here at all.
    pub fn is_open(&self, origin: &Origin) -> bool {
        self.is_on("enableSignUp") && self.leads_in() && origin.messages.carries(Channel::Email)
    }

    /// Whether people sign up here by a wallet (`enableWeb3SignUp`).
    pub fn takes_wallets(&self) -> bool {
        self.is_on("enableSignUp") && self.is_on("enableWeb3SignUp") && self.leads_in()
    }

    fn is_on(&self, attribute: &str) -> bool {
        self.application.attributes.get(attribute).and_then(Value::as_bool) == Some(true)
    }

    /// Whether the organization is live and takes people. That of the platform takes none: its users are its
    /// staff.
    fn leads_in(&self) -> bool {
        self.organization.is_some_and(|organization| {
            organization.name == self.application.organization
                && organization.name != PLATFORM_ORGANIZATION
                && !organization.is_disabled
        })
    }

    /// The address of the terms that a person has to accept (`termsOfUse`).
    pub fn terms(&self) -> Option<&str> {
        let of = [
            self.organization.map(|organization| &organization.attributes),
            Some(&self.application.attributes),
        ];
        let set = of.into_iter().flatten().find_map(|attributes| {
            attributes.get("termsOfUse").and_then(Value::as_str).filter(|text| !text.is_empty())
        });
        set.filter(|text| text.starts_with("https://"))
    }

    /// Whether an invitation is needed: `invitationRequired`, or the entry `Invitation code` of
    /// `signupItems`.
    pub fn needs_invitation(&self) -> bool {
        let of = [
            self.organization.map(|organization| &organization.attributes),
            Some(&self.application.attributes),
        ];
        of.into_iter().flatten().any(|attributes| {
            let items = attributes.get("signupItems").and_then(Value::as_array);
            let demanded = |item: &Value| {
                item.get("name").and_then(Value::as_str) == Some("Invitation code")
                    && item.get("required").and_then(Value::as_bool) == Some(true)
            };
            attributes.get("invitationRequired").and_then(Value::as_bool) == Some(true)
                || items.is_some_and(|items| items.iter().any(demanded))
        })
    }

    /// Makes the account.
    pub async fn create(
        &self,
        origin: &Origin,
        candidate: Candidate<'_>,
    ) -> Result<User, SignupError> {
        self.accepted(candidate.admission)?;
        let owner = &self.application.organization;
        let text = accounts::login(owner, candidate.email);
        if accounts::find(Named::Login(&text)).fetch(&*origin.database).await?.is_some() {
            return Err(SignupError::AddressTaken);
        }
        let name = self.username(origin, candidate).await?;
        let id = uuid(origin.random.bytes());
        let mut user = users::blank(id, owner, name, origin.clock.now());
        user.display_name = Line::read(candidate.display_name)?.into();
        candidate.email.clone_into(&mut user.email);
        user.email_verified = true;
        users::set_password(origin, &mut user, candidate.password).await?;
        let by = (candidate.email, candidate.admission);
        let create = async |user: &User| {
            users::create(origin, user).await.map_err(|error| match error {
                ChangeError::Database(DatabaseError::Conflict) => SignupError::UsernameTaken,
                error => error.into(),
            })
        };
        self.admitted(origin, user, by, create).await
    }

    /// Makes the account of a person who has proven `external`.
    pub async fn create_by(
        &self,
        origin: &Origin,
        external: External<'_>,
        admission: Admission<'_>,
    ) -> Result<User, SignupError> {
        self.accepted(admission)?;
        let random = &origin.random;
        let name = format!("{}-{}", external.provider, hex(&random.bytes::<6>()));
        let owner = &self.application.organization;
        let user = users::blank(uuid(random.bytes()), owner, name, origin.clock.now());
        let create = async |user: &User| created(origin, user, external).await;
        self.admitted(origin, user, ("", admission), create).await
    }

    /// Makes the account of a person whom an identity provider has named, with that username and what `fill`
    /// fills in. A provider that is the organization's own (`is_own`) decides by itself who gets an account.
    pub(super) async fn create_from(
        &self,
        origin: &Origin,
        external: External<'_>,
        (name, fill): (&str, &dyn Fn(&mut User)),
        admission: Admission<'_>,
        is_own: bool,
    ) -> Result<User, SignupError> {
        if !self.leads_in() || !(is_own || self.is_on("enableSignUp")) {
            return Err(SignupError::Closed);
        }
        let owner = &self.application.organization;
        let id = uuid(origin.random.bytes());
        let mut user = users::blank(id, owner, name.to_owned(), origin.clock.now());
        fill(&mut user);
        let create = async |user: &User| created(origin, user, external).await;
        if is_own {
            create(&user).await?;
            return Ok(user);
        }
        self.accepted(admission)?;
        let email = if user.email_verified { user.email.clone() } else { String::new() };
        self.admitted(origin, user, (&email, admission), create).await
    }

    fn accepted(&self, admission: Admission<'_>) -> Result<(), SignupError> {
        if self.terms().is_some() && !admission.accepts_terms {
            return Err(SignupError::Terms);
        }
        Ok(())
    }

    /// Takes the invitation by which the person with that verified address comes, has `create` make the
    /// account, and notes that the terms were accepted.
    async fn admitted(
        &self,
        origin: &Origin,
        mut user: User,
        (email, admission): (&str, Admission<'_>),
        create: impl AsyncFnOnce(&User) -> Result<(), SignupError>,
    ) -> Result<User, SignupError> {
        let application = json!(self.application.name);
        user.attributes.insert("signupApplication".to_owned(), application);
        let invitation = self.invitation(origin, email, admission).await?;
        if let Some(invitation) = &invitation {
            user.is_admin = invitation.role >= Role::Admin;
            let mut change = Change::unrecorded(Unrecorded::Step);
            let taken = change.write(rows::used(invitation, origin.clock.now()));
            if !commit(origin, change).await?.took_effect(taken) {
                return Err(SignupError::Invitation);
            }
        }
        if let Err(error) = create(&user).await {
            if let Some(invitation) = &invitation {
                origin.database.run(rows::unused(&invitation.id)).await?;
            }
            return Err(error);
        }
        if let Some(terms) = self.terms() {
            let version: String = terms.chars().take(64).collect();
            let now = origin.clock.now();
            origin.database.run(preferences::accept(&user.id, "terms", &version, now)).await?;
        }
        Ok(user)
    }

    /// The username: that which was chosen, or one that is made of the address.
    async fn username(
        &self,
        origin: &Origin,
        candidate: Candidate<'_>,
    ) -> Result<String, SignupError> {
        let owner = &self.application.organization;
        let chosen = candidate.username.trim().to_lowercase();
        let taken = async |name: &str| {
            let found = accounts_rows::find(&*origin.database, owner, name).await?;
            Ok::<_, DatabaseError>(found.is_some())
        };
        if chosen.is_empty() {
            let derived = derived(candidate.email);
            return Ok(if taken(&derived).await? {
                numbered(&derived, &*origin.random)
            } else {
                derived
            });
        }
        if !is_username(&chosen) {
            let why = "must begin with a letter or digit, and have letters, digits, '.', '_' and '-' only";
            return Err(Invalid::member("username", why).into());
        }
        if taken(&chosen).await? { Err(SignupError::UsernameTaken) } else { Ok(chosen) }
    }

    /// The invitation by which the person comes, if one is needed or was sent.
    async fn invitation(
        &self,
        origin: &Origin,
        email: &str,
        admission: Admission<'_>,
    ) -> Result<Option<Invitation>, SignupError> {
        let code = admission.invitation.trim();
        if code.is_empty() {
            return if self.needs_invitation() { Err(SignupError::Invitation) } else { Ok(None) };
        }
        let (owner, now) = (&self.application.organization, origin.clock.now());
        let found = rows::with_code(owner, &digest(code)).fetch(&*origin.database).await?;
        let found = found.filter(|it| it.email.is_empty() || it.email == email);
        let Some(invitation) = found else { return Err(SignupError::Invitation) };
        let inviter = accounts::find(Named::Id(&invitation.inviter_id));
        let inviter = inviter.fetch(&*origin.database).await?;
        let inviter = inviter.and_then(|account| Person::active(account, now));
        if invitations::may_invite(inviter.as_ref(), &invitation) {
            Ok(Some(invitation))
        } else {
            Err(SignupError::Invitation)
        }
    }
}

/// Stores the account of a person who has proven `external`.
async fn created(origin: &Origin, user: &User, external: External<'_>) -> Result<(), SignupError> {
    identities::create(origin, user, external).await.map_err(|error| match error {
        IdentityError::Database(error) => error.into(),
        IdentityError::Full => {
            ChangeError::Quota { organization: user.owner.clone(), kind: "users" }.into()
        }
        _ => SignupError::IdentityTaken,
    })
}

/// A username of the part of the address before the `@`.
pub(super) fn derived(email: &str) -> String {
    let local = email.split(['@', '+']).next().unwrap_or_default().to_lowercase();
    let kept = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(*c);
    let name: String = local.chars().filter(kept).take(LONGEST_DERIVED).collect();
    let name = name.trim_matches(['.', '_', '-']);
    if is_username(name) { name.to_owned() } else { "user".to_owned() }
}

/// The name with eight random digits behind it.
pub(super) fn numbered(name: &str, random: &dyn Random) -> String {
    let number = u32::from_be_bytes(random.bytes()) % 100_000_000;
    format!("{name}-{number:08}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_made_of_the_local_part_of_the_address() {
        for (email, name) in [
            ("alice@b.example", "alice"),
            ("Alice.B+news@b.example", "alice.b"),
            ("-x-@b.example", "x"),
            ("ü@b.example", "user"),
            ("_@b.example", "user"),
        ] {
            assert_eq!(derived(email), name);
            assert!(is_username(&derived(email)));
        }
    }
}
