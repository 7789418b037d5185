//! The SCIM caller: an administrator of an organization, possibly with a provisioning-only key.

use std::ops::Deref;

use crate::{
    core::authority::Directory,
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Caller, Who},
        },
        http::{Request, RestError},
    },
};

/// The authenticated caller, whose credential allows the method.
#[derive(Debug)]
pub struct ScimCaller(DirectoryCaller);

impl Deref for ScimCaller {
    type Target = DirectoryCaller;

    fn deref(&self) -> &DirectoryCaller {
        &self.0
    }
}

impl Caller for ScimCaller {
    async fn authenticate(origin: &Origin, request: &Request, _: Who) -> Result<Self, RestError> {
        // A search by POST reads (RFC 7644 §3.4.3).
        let reads = request.method.is_safe() || request.path.ends_with("/.search");
        let needed = if reads { Directory::Read } else { Directory::Open };
        DirectoryCaller::provisioning(origin, request, needed).await.map(Self)
    }
}

impl ScimCaller {
    /// The organization of the credential, which the caller must administer.
    pub fn organization(&self) -> Result<&str, RestError> {
        let owner = self.principal.owner.as_str();
        self.administering(owner)?;
        Ok(owner)
    }
}
