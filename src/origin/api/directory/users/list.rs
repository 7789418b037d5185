//! `GET /v1/iam/users`

use serde::Serialize;

use super::view::UserView;
use crate::{
    core::directory::Invalid,
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, merged, paging::Paging},
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::users::{self, Deleted, Order, Selection},
    },
};

endpoint! {
    /// Lists users.
    ///
    /// Administrators list the users of their organizations, other users only themselves.
    pub ListUsers = GET "/v1/iam/users" as "listUsers", who: Who::Directory;
    caller: DirectoryCaller,
    query: UserQuery,
    reply: View<UserList>,
    error: RestError;
    list
}

/// Which users are listed.
#[derive(Debug)]
pub struct UserQuery {
    owner: Option<String>,
    email: Option<String>,
    deleted: Deleted,
    phone: Option<String>,
    order: Order,
    paging: Paging,
}

impl Query for UserQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "The organization; the caller's if absent."),
        Parameter::optional("email", "Only users with that address."),
        Parameter::optional(
            "deleted",
            "`with` lists deleted users who keep their row too, `only` lists these alone.",
        ),
        Parameter::optional("phone", "Only users with that phone number."),
        Parameter::optional("sort", "`name`, the default, or `-createdTime`: the newest first."),
        Paging::LIMIT,
        Paging::OFFSET,
        Paging::PAGE_SIZE,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        Ok(Self {
            owner: parameters.get("owner").map(str::to_owned),
            email: parameters.get("email").map(str::to_lowercase),
            deleted: match parameters.get("deleted") {
                None | Some("" | "without") => Deleted::Without,
                Some("with") => Deleted::With,
                Some("only") => Deleted::Only,
                Some(_) => return Err(Invalid::member("deleted", "must be with or only")),
            },
            phone: parameters.get("phone").map(str::to_owned),
            order: match parameters.get("sort") {
                None | Some("name") => Order::Name,
                Some("-createdTime") => Order::Newest,
                Some(_) => return Err(Invalid::member("sort", "must be name or -createdTime")),
            },
            paging: Paging::of(parameters)?,
        })
    }
}

/// A page of users.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct UserList {
    /// By organization and name.
    users: Vec<UserView>,
    /// The number of users on all pages.
    total: i64,
}

async fn list(origin: &Origin, call: Call<'_, ListUsers>) -> Result<View<UserList>, RestError> {
    let Call { caller, query, .. } = call;
    let owner = caller.listed(query.owner.as_deref())?;
    if query.order == Order::Newest && owner.is_none() {
        return Err(Invalid::member("owner", "is needed for this order").into());
    }
    let administers = owner.is_none_or(|owner| caller.administers(owner));
    let only = (!administers).then_some(caller.principal.subject.as_str());
    let selection = Selection {
        owner,
        email: query.email.as_deref(),
        phone: query.phone.as_deref(),
        only,
        deleted: query.deleted,
        order: query.order,
    };
    let page = |limit, offset| users::list(&selection, limit, offset);
    let key = |user: &users::User| (user.owner.clone(), user.name.clone());
    let (users, total) = merged::paged(origin, owner, query.paging, page, key).await?;
    Ok(View(UserList { users: users.into_iter().map(UserView::from).collect(), total }))
}
