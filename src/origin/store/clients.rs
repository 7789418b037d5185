//! Clients, each with the state of the organization that it belongs to, in one row.

use super::{applications::Application, query::Query};
use crate::ports::Statement;

/// An application together with what decides whether it may act.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The application.
    pub application: Application,
    /// Whether its organization exists and is not suspended.
    pub organization_is_live: bool,
}

impl Registered {
    /// Whether neither the application nor its organization is disabled.
    pub const fn is_enabled(&self) -> bool {
        !self.application.is_disabled && self.organization_is_live
    }

    /// The application, unless it or its organization is disabled.
    pub fn enabled(self) -> Option<Application> {
        self.is_enabled().then_some(self.application)
    }
}

/// The client with that `client_id`.
pub fn find(client_id: &str) -> Query<Option<Registered>> {
    let statement = Statement::new(
        "SELECT applications.*, EXISTS (SELECT 1 FROM organizations \
         WHERE organizations.name = applications.organization AND NOT is_disabled) \
         AS organization_is_live FROM applications WHERE client_id = ?1",
    );
    Query::rows(statement.bind(client_id), |rows| {
        let registered = rows.into_iter().next().map(|row| {
            let organization_is_live = row.is_set("organization_is_live");
            row.into_record().map(|application| Registered { application, organization_is_live })
        });
        registered.transpose()
    })
}
