//! Where a request names the organization of a resource: in the path, the query or the body.

use crate::{
    core::directory::{Invalid, ObjectName, OrgName, Text},
    origin::{
        api::endpoint::{Parameter, Query, Segment},
        http::Parameters,
    },
};

/// The path of one resource.
pub trait ItemPath {
    /// The organization, if the path names it.
    fn owner(&self) -> Option<&str>;

    /// The name.
    fn name(&self) -> &str;
}

impl ItemPath for (OrgName, ObjectName) {
    fn owner(&self) -> Option<&str> {
        Some(self.0.as_str())
    }

    fn name(&self) -> &str {
        self.1.as_str()
    }
}

impl ItemPath for (ObjectName,) {
    fn owner(&self) -> Option<&str> {
        None
    }

    fn name(&self) -> &str {
        self.0.as_str()
    }
}

impl Segment for ObjectName {
    fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }
}

/// A query that may name the organization.
pub trait Within {
    /// The organization, if the query names it.
    fn owner(&self) -> Option<&str>;
}

impl Within for () {
    fn owner(&self) -> Option<&str> {
        None
    }
}

/// The query of a resource whose path does not name the organization.
#[derive(Debug)]
pub struct WithinQuery(Option<String>);

impl Within for WithinQuery {
    fn owner(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl Query for WithinQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("organization", "The organization; the caller's if absent."),
        Parameter::optional("owner", "The same as `organization`."),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let (organization, owner) = (parameters.get("organization"), parameters.get("owner"));
        if organization.is_some() && owner.is_some() && organization != owner {
            return Err(Invalid::member("owner", "must be the same as organization"));
        }
        Ok(Self(organization.or(owner).map(str::to_owned)))
    }
}
