//! How a user comes to be.

use serde_json::{Map, Value};

use super::object;
use crate::{
    core::{
        directory::{Invalid, folded, is_username},
        encoding::uuid,
        password::Password,
        time::UnixTime,
    },
    origin::{
        Origin,
        api::directory::request::over_quota,
        http::RestError,
        store::users::{self, User},
    },
};

/// New passwords have at least this many characters (NIST SP 800-63B §5.1.1.2).
const MINIMUM_PASSWORD: usize = 8;

/// Creates a user; whether the caller may is decided before.
pub async fn create(
    origin: &Origin,
    owner: &str,
    name: &str,
    sent: &Map<String, Value>,
    password: Option<&str>,
) -> Result<User, RestError> {
    let name = &*folded(name);
    if !is_username(name) {
        let why = "must be lower-case letters, digits, '.', '_' and '-', at most 63";
        return Err(Invalid::member("name", why).into());
    }
    let now = origin.clock.now();
    let mut user = User {
        id: uuid(origin.random.bytes()),
        owner: owner.to_owned(),
        name: name.to_owned(),
        display_name: String::new(),
        email: String::new(),
        email_verified: false,
        phone: String::new(),
        avatar: String::new(),
        r#type: "normal-user".to_owned(),
        is_admin: false,
        is_forbidden: false,
        external_id: None,
        password_hash: None,
        last_signin_at: None,
        not_before: UnixTime(0),
        attributes: Map::new(),
        created_at: now,
        updated_at: now,
        version: 0,
    };
    object::apply(&mut user, sent)?;
    if let Some(password) = password {
        user.password_hash = Some(hashed(origin, password)?);
    }
    let statement = users::insert(&user, origin.config.limits.quotas.users);
    if origin.database.run(statement).await?.is_empty() {
        return Err(over_quota(owner, "users"));
    }
    Ok(user)
}

/// The hash of a new password.
pub fn hashed(origin: &Origin, password: &str) -> Result<String, RestError> {
    if password.chars().count() < MINIMUM_PASSWORD {
        return Err(Invalid::member("password", "must have at least 8 characters").into());
    }
    let password = Password::parse(password).map_err(|error| Invalid(error.to_string()))?;
    password.hash(origin.random.bytes()).map_err(RestError::internal)
}
