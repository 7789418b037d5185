//! `POST /v1/iam/admin/provision`

use serde::{Deserialize, Serialize};

use super::view::OrganizationView;
use crate::{
    core::{
        directory::{Invalid, is_reserved_organization},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                errors::conflict,
                reply::{Replied, ReplyError},
                users::view::{UserBody, UserView},
            },
            endpoint::{Call, Json, View, Who, endpoint},
        },
        domain::{
            memberships,
            organizations::OrganizationPatch,
            provisioning::{self, Provision, Provisioned},
            users,
        },
        store::{
            organizations as rows,
            query::load,
            users::{Named, Target, target},
        },
    },
};

endpoint! {
    /// Creates an organization with its first user and that user's membership.
    ///
    /// For services that set up customers, who may repeat the request: what exists stays as it is, and
    /// what does not is created, all of it or nothing. A user of an existing organization joins;
    /// without `owner` the new organization is the user's home. A password is set for a new user only.
    pub ProvisionOrganization = POST "/v1/iam/admin/provision" as "provisionOrganization", who: Who::Platform;
    caller: DirectoryCaller,
    body: Json<ProvisionIn>,
    reply: View<Replied<ProvisionView>>,
    error: ReplyError;
    provision
}

/// What is to exist.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ProvisionIn {
    /// The organization. Needs a `name`; the other members are those of a new one.
    organization: OrganizationPatch,
    /// The user. Needs a `name`; the other members are those of a new one.
    user: UserBody,
    /// The least role of the user there: `owner`, the default, `admin` or `member`.
    #[serde(default)]
    role: Option<Role>,
}

/// What exists now.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ProvisionView {
    /// The organization.
    organization: OrganizationView,
    /// The user.
    user: UserView,
    /// The role of the user there.
    role: Role,
}

async fn provision(
    origin: &Origin,
    call: Call<'_, ProvisionOrganization>,
) -> Result<View<Replied<ProvisionView>>, ReplyError> {
    let caller = &call.caller;
    let Json(ProvisionIn { organization: sent, user: UserBody { user, password }, role }) =
        call.body;
    let name =
        sent.name.as_given().ok_or_else(|| Invalid::member("organization.name", REQUIRED))?;
    let name = String::from(name.clone());
    let user_name = user.name.as_given().ok_or_else(|| Invalid::member("user.name", REQUIRED))?;
    let home = user.owner.as_given().map_or(name.as_str(), AsRef::as_ref).to_owned();
    let (role, is_home) = (role.unwrap_or(Role::Owner), home == name);
    let named = Named::Name { owner: &home, name: user_name.as_str() };
    let queries = (
        rows::by_name(&name),
        rows::tombstone(&name),
        rows::by_name(&home),
        target(named),
        caller.key(),
    );
    let (organization, tombstone, house, found, key) = load(&*origin.database, queries).await?;
    if is_reserved_organization(&name) || tombstone.is_some() {
        return Err(conflict("the name cannot be given").into());
    }
    if house.is_none() && !is_home {
        return Err(Invalid::member("user.owner", "is not an organization").into());
    }
    let (is_new_organization, is_new_user) = (organization.is_none(), found.is_none());
    let organization = organization.map_or_else(|| sent.create(origin), Ok)?;
    let target = if let Some(target) = found {
        target
    } else {
        if password.is_some() {
            caller.may_make_secrets(key.as_ref())?;
        }
        let mut user = users::new(origin, &home, user, password.as_ref()).await?;
        user.is_admin |= is_home && role >= Role::Admin;
        Target { user, memberships: Vec::new() }
    };
    let before = memberships::role(&target, &name);
    if is_home && !is_new_user && role < Role::Owner && before < Some(role) {
        let why = "whether a user administers the home organization is isAdmin of the user";
        return Err(conflict(why).into());
    }
    let done = provisioning::provision(
        origin,
        Provision {
            organization: &organization,
            is_new_organization,
            target: &target,
            is_new_user,
            role,
        },
    );
    let action = match done.await? {
        Provisioned::Created => "created",
        Provisioned::Updated => "updated",
        Provisioned::Unchanged => "unchanged",
    };
    let role = before.map_or(role, |before| before.max(role));
    let view = ProvisionView { organization: organization.into(), user: target.user.into(), role };
    Ok(View(Replied::new(action, view)))
}

const REQUIRED: &str = "is required";
