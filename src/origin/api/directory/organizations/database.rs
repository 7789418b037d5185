//! `PUT /v1/iam/organizations/admin/{name}/database`: moves an organization to another database.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::{
    core::directory::OrgName,
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, Json, View, Who, endpoint},
        },
        domain::moving::{self, MoveError},
        http::RestError,
    },
};

endpoint! {
    /// Moves an organization to another database.
    ///
    /// Each call does a part and returns how far the move is: it is repeated until the state is `done`.
    /// Meanwhile writes of the organization get 503 with `Retry-After`; reads go on.
    pub MoveOrganization = PUT "/v1/iam/organizations/admin/{name}/database" as "moveOrganization",
    who: Who::Platform;
    caller: DirectoryCaller,
    path: (OrgName,),
    body: Json<Target>,
    reply: View<Moved>,
    error: RestError;
    advance
}

/// Where an organization is to be.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The number of the database.
    database: usize,
}

/// How far a move has come.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Moved {
    /// The organization.
    organization: String,
    /// The number of the database that it leaves.
    from: usize,
    /// The number of the database that it comes to.
    to: usize,
    /// `copying`, `settling`, `clearing` or `done`.
    state: &'static str,
    /// How many rows have been copied.
    copied: i64,
}

async fn advance(
    origin: &Origin,
    call: Call<'_, MoveOrganization>,
) -> Result<View<Moved>, RestError> {
    let moved = moving::advance(origin, call.path.0.as_str(), call.body.0.database).await?;
    Ok(View(Moved {
        organization: moved.organization,
        from: moved.source,
        to: moved.target,
        state: moved.state.as_str(),
        copied: moved.copied,
    }))
}

impl From<MoveError> for RestError {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::Unknown => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            MoveError::Platform | MoveError::NoDatabase => {
                Self::new(StatusCode::BAD_REQUEST, error.to_string())
            }
            MoveError::UnderWay
            | MoveError::NotReady
            | MoveError::SharedKeys
            | MoveError::SharedPlaces => Self::new(StatusCode::CONFLICT, error.to_string()),
            MoveError::Incomplete(_) | MoveError::Database(_) => Self::internal(error),
        }
    }
}
