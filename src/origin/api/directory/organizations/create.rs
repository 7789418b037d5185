//! `POST /v1/iam/organizations`

use super::view::OrganizationView;
use crate::{
    core::{
        directory::{Invalid, is_reserved_organization},
        principal::PLATFORM_ORGANIZATION,
    },
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, errors::conflict, versioned::created},
            endpoint::{Call, Entity, Json, Who, endpoint},
        },
        domain::{
            change::{Change, Unrecorded},
            homes,
            organizations::{self, OrganizationPatch},
        },
        http::RestError,
        store::{
            organizations as rows,
            query::{Query, load},
            users::{Named, target},
        },
    },
};

endpoint! {
    /// Creates an organization.
    ///
    /// `founder` becomes its owner.
    pub CreateOrganization = POST "/v1/iam/organizations" as "createOrganization",
    who: Who::Platform;
    caller: DirectoryCaller,
    body: Json<OrganizationPatch>,
    reply: Entity<OrganizationView>,
    error: RestError;
    create
}

async fn create(
    origin: &Origin,
    call: Call<'_, CreateOrganization>,
) -> Result<Entity<OrganizationView>, RestError> {
    let Json(sent) = call.body;
    sent.owner.unchanged("owner", PLATFORM_ORGANIZATION)?;
    let name = sent.name.as_given().ok_or_else(|| Invalid::member("name", "is required"))?;
    let name = name.as_ref();
    let founder = sent.founder.as_given();
    if let Some(founder) = founder
        && homes::number_of(origin, &founder.owner).await? != origin.place.number
    {
        let why = "lives in another database: add the membership when the organization exists";
        return Err(Invalid::member("founder", why).into());
    }
    let user = founder.map(|founder| Named::Name { owner: &founder.owner, name: &founder.name });
    let user = user.map_or_else(|| Query::ready(None), target);
    let (tombstone, user) = load(&*origin.database, (rows::tombstone(name), user)).await?;
    if is_reserved_organization(name) || tombstone.is_some() {
        return Err(conflict("the name cannot be given"));
    }
    if founder.is_some() && user.is_none() {
        return Err(Invalid::member("founder", "is not a user (owner/name)").into());
    }
    let organization = sent.create(origin)?;
    let founder = user.as_ref().map(|founder| founder.user.id.as_str());
    let mut change = Change::unrecorded(Unrecorded::Step);
    change.publish_snapshot();
    let created = created(origin, &organization, OrganizationView::from(organization.clone()));
    organizations::create(origin, change, &organization, founder).await?;
    Ok(created)
}
