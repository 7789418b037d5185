//! Previews the mapping of sample claims to an account.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{super::caller::DirectoryCaller, found};
use crate::{
    core::{
        directory::{Invalid, ObjectName, OrgName},
        federation::{Mapping, MappingError, Profile},
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Json, View, Who, endpoint},
        authn::federation::sampling::sample,
        http::RestError,
        store::resource::Stored,
    },
};

endpoint! {
    /// Returns what an account would take of a sample: name, address, groups, and the roles and teams that
    /// these give. Changes nothing.
    ///
    /// `userMapping` and `groupMapping` are tried in place of those of the record if they are sent.
    pub TryMapping = POST "/v1/iam/providers/{owner}/{name}/mapping" as "tryProviderMapping",
    who: Who::Organization(Role::Admin), audit: Audit::Nothing("changes nothing");
    caller: DirectoryCaller,
    path: (OrgName, ObjectName),
    body: Json<Sample>,
    reply: View<Tried>,
    error: RestError;
    tried
}

/// A sample of what a provider says.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "MappingSample"))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sample {
    /// The claims, or the attributes with their values.
    attributes: Map<String, Value>,
    /// In place of that of the record.
    user_mapping: Option<Map<String, Value>>,
    /// In place of that of the record.
    group_mapping: Option<Map<String, Value>>,
}

/// What an account would take.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "TriedMapping"))]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    /// The person at the provider; empty: the sample names none, and is refused.
    subject: String,
    /// A proposal for the username.
    username: String,
    /// The name for people.
    display_name: String,
    /// The e-mail address.
    email: String,
    /// Whether the address counts as verified.
    email_verified: bool,
    /// The phone number.
    phone: String,
    /// The `https` address of a picture.
    avatar: String,
    /// The groups at the provider.
    groups: Vec<String>,
    /// What they give: `admin`, `role:<name>`, `team:<name>`.
    grants: Vec<String>,
    /// What they would give to others, and takes from this person.
    withdraws: Vec<String>,
}

async fn tried(origin: &Origin, call: Call<'_, TryMapping>) -> Result<View<Tried>, RestError> {
    let provider = found(origin, &call.caller, &call.path).await?;
    let Json(Sample { attributes, user_mapping, group_mapping }) = call.body;
    let mut record = provider.meta().attributes.clone();
    for (name, sent) in [("userMapping", user_mapping), ("groupMapping", group_mapping)] {
        if let Some(sent) = sent {
            record.insert(name.to_owned(), sent.into());
        }
    }
    let refused = |error: MappingError| Invalid::member(error.member(), &error.why());
    let mapping = Mapping::read(&record).map_err(refused)?;
    let assertion = sample(origin, &provider, &attributes);
    let assertion = assertion.map_err(|refusal| Invalid::new(refusal.to_string()))?;
    let profile = mapping.profile(&assertion);
    let all = mapping.grants();
    let withdraws = all.iter().filter(|group| !profile.grants.contains(group));
    let withdraws = withdraws.map(ToString::to_string).collect();
    let grants = profile.grants.iter().map(ToString::to_string).collect();
    let Profile {
        subject,
        username,
        display_name,
        email,
        email_verified,
        phone,
        picture,
        groups,
        ..
    } = profile;
    Ok(View(Tried {
        subject,
        username,
        display_name,
        email,
        email_verified,
        phone,
        avatar: picture,
        groups,
        grants,
        withdraws,
    }))
}
