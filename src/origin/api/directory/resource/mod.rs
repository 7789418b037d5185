//! The endpoints of a resource: list, create, read, change and delete, from one declaration.
//!
//! ```text
//! resource! {
//!     Role: (OrgName, ObjectName), within: (), read: Role::Admin;
//!     /// Lists roles.
//!     ListRoles = GET "/v1/iam/roles" as "listRoles";
//!     …
//! }
//! ```

pub mod handlers;
pub mod list;
mod within;

use serde::Serialize;
use serde_json::Map;

pub use self::{
    list::ListQuery,
    within::{ItemPath, Within, WithinQuery},
};
use super::{
    caller::{DirectoryCaller, forbidden},
    paging::Listed,
    versioned::{Editable, Versioned},
};
use crate::{
    core::{apikey::KeyScope, token::Role},
    origin::{
        api::endpoint::Described,
        domain::resource::{Actor, Resource},
        http::{EntityTag, RestError},
        store::resource::Meta,
    },
};

/// The HTTP interface of a resource.
pub trait Served: Resource<View: Listed, Patch: Described> {
    /// The role required for reading.
    const READ: Role;
    /// Whether it controls permissions, sign-in or audit delivery, so that a credential of partial
    /// authority may not write it.
    const GRANTS: bool;
    /// Whether it controls sign-in, so that writing requires a recent sign-in or an unlimited key.
    const OPENS_ACCOUNTS: bool = false;
    /// The reply with one resource.
    type Item: Serialize + Described;
    /// The reply to a change.
    type Changed: Serialize + Described;
    /// The reply to a deletion.
    type Gone: Serialize + Described;

    /// The reply with one resource.
    fn item(view: Self::View) -> Self::Item;

    /// The reply to a change.
    fn changed(view: Self::View) -> Self::Changed;

    /// The reply to a deletion.
    fn gone(view: Self::View) -> Self::Gone;
}

impl<R: Resource> Versioned for R {
    const TABLE: &'static str = R::TABLE.name;

    fn version(&self) -> (&str, i64) {
        let Meta { id, version, .. } = self.meta();
        (id, *version)
    }

    fn tag(&self) -> EntityTag {
        let (id, version) = self.version();
        EntityTag::new(id, version).computed(self.members().len())
    }
}

impl<R: Resource> Editable for R {
    type View = R::View;

    fn shown(&self) -> R::View {
        Resource::view(self)
    }

    fn blank(&self) -> Self {
        let no_actor = Actor { id: String::new(), name: String::new(), is_owner: false };
        let meta = self.meta().clone();
        R::blank(Meta { attributes: Map::new(), display_name: String::new(), ..meta }, &no_actor)
    }
}

impl DirectoryCaller {
    /// Requires at least the role `least` to read resources of `owner`.
    pub fn reading(&self, owner: &str, least: Role) -> Result<(), RestError> {
        if least > Role::Member {
            return self.administering(owner);
        }
        self.scoped_to(owner)?;
        self.has_role()
    }

    /// Requires permission to write resources of `owner`; with `grants`, also a credential with the
    /// full authority of its user, because grants would outlive it.
    pub fn writing(&self, owner: &str, grants: bool) -> Result<(), RestError> {
        self.administering(owner)?;
        if !grants
            || (self.scope == KeyScope::default() && !self.principal.authority.is_delegated())
        {
            return Ok(());
        }
        Err(forbidden("a credential for a purpose does not change what would outlive it"))
    }

    /// The caller as the actor of a change in `owner`.
    pub fn acting(&self, owner: &str) -> Actor {
        Actor {
            id: self.principal.subject.clone(),
            name: self.actor(),
            is_owner: self.principal.role_in(owner) == Some(Role::Owner),
        }
    }
}

/// Declares the five endpoints of a resource.
macro_rules! resource {
    (
        $record:ty: $segments:ty, within: $within:ty, read: $read:expr;
        $(#[doc = $listing:literal])+
        $list:ident = GET $path:literal as $list_operation:literal;
        $(#[doc = $creating:literal])+
        $create:ident = POST as $create_operation:literal;
        $(#[doc = $reading:literal])+
        $get:ident = GET $item:literal as $get_operation:literal;
        $(#[doc = $updating:literal])+
        $update:ident = PUT as $update_operation:literal;
        $(#[doc = $deleting:literal])+
        $delete:ident = DELETE as $delete_operation:literal;
    ) => {
        $crate::origin::api::endpoint::endpoint! {
            $(#[doc = $listing])+
            pub $list = GET $path as $list_operation, who: $crate::origin::api::endpoint::Who::Organization($read);
            caller: $crate::origin::api::directory::caller::DirectoryCaller,
            query: $crate::origin::api::directory::resource::ListQuery<$record>,
            reply: $crate::origin::api::endpoint::View<$crate::origin::api::directory::paging::ListOf<<$record as $crate::origin::domain::resource::Resource>::View>>,
            error: $crate::origin::http::RestError;
            $crate::origin::api::directory::resource::handlers::list::<$record, _>
        }
        $crate::origin::api::endpoint::endpoint! {
            $(#[doc = $creating])+
            pub $create = POST $path as $create_operation,
            who: $crate::origin::api::endpoint::Who::Organization($crate::core::token::Role::Admin);
            caller: $crate::origin::api::directory::caller::DirectoryCaller,
            query: $within,
            body: $crate::origin::api::endpoint::Object<<$record as $crate::origin::domain::resource::Resource>::Patch>,
            reply: $crate::origin::api::endpoint::Entity<<$record as $crate::origin::api::directory::resource::Served>::Item>,
            error: $crate::origin::http::RestError;
            $crate::origin::api::directory::resource::handlers::create::<$record, _>
        }
        $crate::origin::api::endpoint::endpoint! {
            $(#[doc = $reading])+
            pub $get = GET $item as $get_operation, who: $crate::origin::api::endpoint::Who::Organization($read);
            caller: $crate::origin::api::directory::caller::DirectoryCaller,
            path: $segments,
            query: $within,
            reply: $crate::origin::api::endpoint::Entity<<$record as $crate::origin::api::directory::resource::Served>::Item>,
            error: $crate::origin::http::RestError;
            $crate::origin::api::directory::resource::handlers::read::<$record, _>
        }
        $crate::origin::api::endpoint::endpoint! {
            $(#[doc = $updating])+
            pub $update = PUT $item as $update_operation,
            who: $crate::origin::api::endpoint::Who::Organization($crate::core::token::Role::Admin),
            also: &[$crate::origin::api::endpoint::Verb::Patch];
            caller: $crate::origin::api::directory::caller::DirectoryCaller,
            path: $segments,
            query: $within,
            body: $crate::origin::api::endpoint::Patched<<$record as $crate::origin::domain::resource::Resource>::Patch>,
            reply: $crate::origin::api::endpoint::Entity<<$record as $crate::origin::api::directory::resource::Served>::Changed>,
            error: $crate::origin::http::RestError;
            $crate::origin::api::directory::resource::handlers::update::<$record, _>
        }
        $crate::origin::api::endpoint::endpoint! {
            $(#[doc = $deleting])+
            pub $delete = DELETE $item as $delete_operation,
            who: $crate::origin::api::endpoint::Who::Organization($crate::core::token::Role::Admin);
            caller: $crate::origin::api::directory::caller::DirectoryCaller,
            path: $segments,
            query: $within,
            reply: $crate::origin::api::endpoint::Entity<<$record as $crate::origin::api::directory::resource::Served>::Gone>,
            error: $crate::origin::http::RestError;
            $crate::origin::api::directory::resource::handlers::delete::<$record, _>
        }
    };
}

/// Implements [`Served`] for a resource with bare object replies and `{deleted}`.
macro_rules! bare {
    ($record:ty, $view:ty, $plural:literal, read: $read:expr, grants: $grants:literal) => {
        impl $crate::origin::api::directory::paging::Listed for $view {
            const PLURAL: &'static str = $plural;
        }

        impl $crate::origin::api::directory::resource::Served for $record {
            const READ: $crate::core::token::Role = $read;
            const GRANTS: bool = $grants;
            type Item = $view;
            type Changed = $view;
            type Gone = $crate::origin::api::endpoint::Deleted;

            fn item(view: $view) -> $view {
                view
            }

            fn changed(view: $view) -> $view {
                view
            }

            fn gone(_: $view) -> $crate::origin::api::endpoint::Deleted {
                $crate::origin::api::endpoint::Deleted::default()
            }
        }
    };
}

pub(crate) use {bare, resource};
