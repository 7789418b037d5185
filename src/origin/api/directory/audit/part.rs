//! The requested part of a trail.

use crate::{
    core::directory::Invalid,
    origin::{
        api::endpoint::{Parameter, Query},
        http::Parameters,
    },
};

/// The entries of an organization after a number.
#[derive(Debug)]
pub struct Part {
    /// The organization; the caller's if absent.
    pub owner: Option<String>,
    /// Entries up to that number are left out.
    pub after: i64,
}

impl Query for Part {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "The organization; the caller's if absent."),
        Parameter::optional("after", "Entries up to that number are left out.")
            .integer(0, 9_007_199_254_740_991),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let after = parameters.get("after").map_or(Ok(0), str::parse);
        Ok(Self {
            owner: parameters.get("owner").map(str::to_owned),
            after: after
                .ok()
                .filter(|after: &i64| *after >= 0)
                .ok_or_else(|| Invalid::member("after", "must be a number"))?,
        })
    }
}
