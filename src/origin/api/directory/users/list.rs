//! `GET /v1/iam/users`

use super::view::UserView;
use crate::{
    core::directory::Invalid,
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                merged,
                paging::{ListOf, Paging, flag, sorted},
            },
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::{
            keyset::{BY_NAME, Order, Part},
            users::{self, BY_AGE, Deleted, Selection},
        },
    },
    ports::Value,
};

endpoint! {
    /// Lists users.
    ///
    /// Administrators list the users of their organizations, other users only themselves.
    pub ListUsers = GET "/v1/iam/users" as "listUsers", who: Who::Directory;
    caller: DirectoryCaller,
    query: UserQuery,
    reply: View<ListOf<UserView>>,
    error: RestError;
    list
}

/// Which users are listed.
#[derive(Debug)]
pub struct UserQuery {
    owner: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    prefix: Option<String>,
    r#type: Option<String>,
    is_admin: Option<bool>,
    is_forbidden: Option<bool>,
    deleted: Deleted,
    order: Order,
    paging: Paging,
}

impl Query for UserQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "The organization; the caller's if absent."),
        Parameter::optional("email", "Only users with that address."),
        Parameter::optional("phone", "Only users with that phone number."),
        Parameter::optional(
            "q",
            "Only users whose name, e-mail address, or display name in any case, begins with this \
             text. Needs `owner`, unless the caller has one.",
        ),
        Parameter::optional("type", "Only users of that type: `service-account`."),
        Parameter::optional("isAdmin", "Only users who administer the organization, or do not.")
            .flag(),
        Parameter::optional("isForbidden", "Only users who are disabled, or are not.").flag(),
        Parameter::optional(
            "deleted",
            "`with` lists deleted users who keep their row too, `only` lists these alone.",
        ),
        Parameter::optional("sort", "`name`, the default, or `-createdTime`: the newest first."),
        Paging::LIMIT,
        Paging::CURSOR,
        Paging::OFFSET,
        Paging::PAGE_SIZE,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let order = sorted(parameters, BY_NAME, BY_AGE)?;
        Ok(Self {
            owner: parameters.get("owner").map(str::to_owned),
            email: parameters.get("email").map(str::to_lowercase),
            phone: parameters.get("phone").map(str::to_owned),
            prefix: parameters.get("q").map(str::to_owned),
            r#type: parameters.get("type").map(str::to_owned),
            is_admin: flag(parameters, "isAdmin")?,
            is_forbidden: flag(parameters, "isForbidden")?,
            deleted: match parameters.get("deleted") {
                None | Some("" | "without") => Deleted::Without,
                Some("with") => Deleted::With,
                Some("only") => Deleted::Only,
                Some(_) => return Err(Invalid::member("deleted", "must be with or only")),
            },
            order,
            paging: Paging::by(order, parameters)?,
        })
    }
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListUsers>,
) -> Result<View<ListOf<UserView>>, RestError> {
    let Call { caller, query, .. } = call;
    let owner = caller.listed(query.owner.as_deref())?;
    if owner.is_none() && (query.order == BY_AGE || query.prefix.is_some()) {
        return Err(Invalid::member("owner", "is needed for this order, and for q").into());
    }
    let administers = owner.is_none_or(|owner| caller.administers(owner));
    let only = (!administers).then_some(caller.principal.subject.as_str());
    let selection = Selection {
        owner,
        email: query.email.as_deref(),
        phone: query.phone.as_deref(),
        prefix: query.prefix.as_deref(),
        r#type: query.r#type.as_deref(),
        is_admin: query.is_admin,
        is_forbidden: query.is_forbidden,
        only,
        deleted: query.deleted,
    };
    let order = query.order;
    let page = |part: &Part| users::list(&selection, order, part);
    let place = |user: &users::User| {
        let age = (order == BY_AGE).then_some(user.created_at.into());
        let owner = Value::from(&user.owner);
        std::iter::once(owner).chain(age).chain([(&user.name).into()]).collect()
    };
    let paging = (order, &query.paging);
    let (users, total, cursor) = merged::paged(origin, owner, paging, page, place).await?;
    let entries = users.into_iter().map(UserView::from).collect();
    Ok(View(ListOf { entries, total, cursor }))
}
