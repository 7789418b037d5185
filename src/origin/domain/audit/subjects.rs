//! How users, organizations, applications and keys are recorded.

use super::Audited;
use crate::{
    core::audit::Members,
    origin::store::{
        applications::Application, keys::Key, organizations::Organization, users::User,
    },
};

impl Audited for User {
    const KIND: &'static str = "user";

    fn organization(&self) -> &str {
        &self.owner
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn members(&self) -> Members {
        Members::of(self, &["passwordHash"])
    }
}

impl Audited for Organization {
    const KIND: &'static str = "organization";

    fn organization(&self) -> &str {
        &self.name
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn members(&self) -> Members {
        Members::of(self, &[])
    }
}

impl Audited for Application {
    const KIND: &'static str = "application";

    /// The organization that administers it, not `admin` for each of the platform's own.
    fn organization(&self) -> &str {
        &self.organization
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn members(&self) -> Members {
        Members::of(self, &["clientSecretDigest"])
    }
}

impl Audited for Key {
    const KIND: &'static str = "key";

    fn organization(&self) -> &str {
        &self.owner
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn members(&self) -> Members {
        Members::of(self, &["digest"])
    }
}
