//! The query of endpoints that read what one organization has.

use super::caller::DirectoryCaller;
use crate::{
    core::directory::{Invalid, OrgName, Text},
    origin::{
        api::endpoint::{Parameter, Query},
        http::Parameters,
    },
};

/// The organization; the caller's if absent.
#[derive(Debug)]
pub struct OwnerQuery(Option<OrgName>);

impl OwnerQuery {
    /// Its name.
    pub fn owner<'a>(&'a self, caller: &'a DirectoryCaller) -> &'a str {
        self.0.as_ref().map_or(caller.principal.owner.as_str(), OrgName::as_str)
    }
}

impl Query for OwnerQuery {
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::optional("owner", "The organization; the caller's if absent.")];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let owner = parameters.get("owner").map(OrgName::read).transpose();
        Ok(Self(owner.map_err(|error| Invalid::member("owner", &error.why))?))
    }
}
