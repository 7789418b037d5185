//! The published user (`IamUser`, OPERATIONS.md part B), and the body that creates or changes one.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Value};

use crate::{
    core::directory::{Invalid, NewPassword, Patch, Timestamp, read},
    origin::{
        api::{
            directory::{
                paging::Listed,
                versioned::{self, Editable, Versioned},
            },
            endpoint::Patched,
        },
        domain::users::{self, UserPatch},
        http::EntityTag,
        store::users::User,
    },
};

/// A user. Attributes hold no secret, so that none is shown.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a published member")]
pub struct UserView {
    /// Members without a field, as they were sent.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
    /// UUID: the `sub` of every token.
    pub id: String,
    /// The home organization.
    pub owner: String,
    /// The username, unique in the organization.
    pub name: String,
    /// The person's name.
    pub display_name: String,
    /// Lower case; empty if none.
    pub email: String,
    /// Whether the address is known to be the user's.
    pub email_verified: bool,
    /// Empty if none.
    pub phone: String,
    /// URL or `data:image`; empty if none. A list leaves out large pictures.
    pub avatar: String,
    /// `normal-user`, `service-account`, …
    pub r#type: String,
    /// Whether the user administers the home organization.
    pub is_admin: bool,
    /// Whether the account is disabled.
    pub is_forbidden: bool,
    /// Whether the account is deleted and keeps its row.
    pub is_deleted: bool,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_time: Option<Timestamp>,
    /// The id in another system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// When the user was created.
    pub created_time: Timestamp,
    /// When the user was last changed.
    pub updated_time: Timestamp,
    /// The last sign-in by password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_signin_time: Option<Timestamp>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            attributes: user.attributes,
            id: user.id,
            owner: user.owner,
            name: user.name,
            display_name: user.display_name,
            email: user.email,
            email_verified: user.email_verified,
            phone: user.phone,
            avatar: user.avatar,
            r#type: user.r#type,
            is_admin: user.is_admin,
            is_forbidden: user.is_forbidden,
            is_deleted: user.deleted_at.is_some(),
            deleted_time: user.deleted_at.map(Timestamp),
            external_id: user.external_id,
            created_time: Timestamp(user.created_at),
            updated_time: Timestamp(user.updated_at),
            last_signin_time: user.last_signin_at.map(Timestamp),
        }
    }
}

impl Listed for UserView {
    const PLURAL: &'static str = "users";
}

impl Versioned for User {
    const TABLE: &'static str = "users";

    fn version(&self) -> (&str, i64) {
        (&self.id, self.version)
    }

    fn tag(&self) -> EntityTag {
        let signed_in = self.last_signin_at.map_or(0, |time| time.0);
        EntityTag::new(&self.id, self.version).counting(signed_in)
    }
}

impl Editable for User {
    type View = UserView;

    fn shown(&self) -> UserView {
        self.clone().into()
    }

    fn blank(&self) -> Self {
        let blank = users::blank(self.id.clone(), &self.owner, self.name.clone(), self.created_at);
        Self { version: self.version, ..blank }
    }

    fn unshown() -> Map<String, Value> {
        Map::from_iter([("externalId".to_owned(), "".into())])
    }
}

impl UserBody {
    /// What a PUT or PATCH sets of `before`: also of the user inside the body.
    pub fn sent(sent: Patched<Self>, before: &User) -> Result<Self, Invalid> {
        let Patched { mut members, is_merge, .. } = sent;
        let members = match members.remove("user") {
            Some(Value::Object(user)) => {
                let user = versioned::members(user, is_merge, before);
                members.insert("user".to_owned(), user.into());
                members
            }
            user => {
                members.extend(user.map(|user| ("user".to_owned(), user)));
                versioned::members(members, is_merge, before)
            }
        };
        read(members)
    }
}

/// `{user: {…}, password}`, or the user alone. The password may stand beside or inside the user.
#[derive(Debug, Clone)]
pub struct UserBody {
    /// The user.
    pub user: UserPatch,
    /// The new password, from either place.
    pub password: Option<NewPassword>,
}

impl<'de> Deserialize<'de> for UserBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Beside {
            password: Patch<NewPassword>,
        }

        let mut body = Map::<String, Value>::deserialize(deserializer)?;
        let (user, beside) = match body.remove("user") {
            Some(Value::Object(user)) => (user, read(body).map_err(D::Error::custom)?),
            user => {
                body.extend(user.map(|user| ("user".to_owned(), user)));
                (body, Beside::default())
            }
        };
        let mut user: UserPatch = read(user).map_err(D::Error::custom)?;
        let inside = std::mem::take(&mut user.password).given();
        Ok(Self { user, password: beside.password.given().or(inside) })
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for UserBody {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UserBody".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let user = generator.subschema_for::<UserPatch>();
        let password = generator.subschema_for::<Patch<NewPassword>>();
        schemars::json_schema!({
            "anyOf": [user, {
                "type": "object",
                "properties": {"user": user, "password": password},
                "required": ["user"],
            }],
        })
    }
}
