//! `GET /v1/iam/keys` and `GET /v1/iam/users/{owner}/{name}/keys`

use super::view::KeyView;
use crate::{
    core::{
        directory::{Invalid, OrgName, Text, folded},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                merged,
                paging::{ListOf, Paging, sorted},
            },
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::{
            keys::{self, BY_AGE, BY_NAME, Key, KeyState, Selection},
            keyset::{Order, Part},
            users::{Named, target},
        },
    },
    ports::Value,
};

endpoint! {
    /// Lists keys.
    ///
    /// Administrators list the keys of their organizations, other users only their own. Revoked keys are
    /// listed too; no text of a key is shown.
    pub ListKeys = GET "/v1/iam/keys" as "listKeys", who: Who::Directory;
    caller: DirectoryCaller,
    query: KeyQuery,
    reply: View<ListOf<KeyView>>,
    error: RestError;
    list
}

endpoint! {
    /// Lists the keys of a user.
    ///
    /// Revoked keys are listed too; no text of a key is shown.
    pub ListUserKeys = GET "/v1/iam/users/{owner}/{name}/keys" as "listUserKeys",
    who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    query: UserKeyQuery,
    reply: View<ListOf<KeyView>>,
    error: RestError;
    of_user
}

/// Which keys are listed.
#[derive(Debug)]
pub struct KeyQuery {
    owner: Option<String>,
    user: Option<String>,
    application: Option<String>,
    part: UserKeyQuery,
}

/// Which keys of a user are listed.
#[derive(Debug)]
pub struct UserKeyQuery {
    prefix: Option<String>,
    state: Option<KeyState>,
    order: Order,
    paging: Paging,
}

const STATE: Parameter =
    Parameter::optional("state", "Only keys in that state: `Active`, `Disabled` or `Revoked`.");
const SORT: Parameter =
    Parameter::optional("sort", "`name`, the default, or `-createdTime`: the newest first.");

impl Query for UserKeyQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional(
            "q",
            "Only keys whose name, or display name in any case, begins with this text.",
        ),
        STATE,
        SORT,
        Paging::LIMIT,
        Paging::CURSOR,
        Paging::OFFSET,
        Paging::PAGE_SIZE,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let order = sorted(parameters, BY_NAME, BY_AGE)?;
        let state = parameters.get("state").map(KeyState::read).transpose();
        Ok(Self {
            prefix: parameters.get("q").map(str::to_owned),
            state: state.map_err(|why| Invalid::member("state", &why.why))?,
            order,
            paging: Paging::by(order, parameters)?,
        })
    }
}

impl Query for KeyQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "The organization; the caller's if absent."),
        Parameter::optional("user", "Only keys of the user of that name. Needs `owner`."),
        Parameter::optional("application", "Only keys that are bound to that `client_id`."),
        Parameter::optional(
            "q",
            "Only keys whose name, or display name in any case, begins with this text. Needs \
             `owner`, unless the caller has one.",
        ),
        STATE,
        SORT,
        Paging::LIMIT,
        Paging::CURSOR,
        Paging::OFFSET,
        Paging::PAGE_SIZE,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        Ok(Self {
            owner: parameters.get("owner").map(str::to_owned),
            user: parameters.get("user").map(folded),
            application: parameters.get("application").map(str::to_owned),
            part: UserKeyQuery::read(parameters)?,
        })
    }
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListKeys>,
) -> Result<View<ListOf<KeyView>>, RestError> {
    let (caller, KeyQuery { owner, user, application, part }) = (&call.caller, &call.query);
    let owner = caller.listed(owner.as_deref())?;
    if owner.is_none() && (user.is_some() || part.prefix.is_some() || part.order == BY_AGE) {
        return Err(Invalid::member("owner", "is needed for this order, user and q").into());
    }
    let administers = owner.is_none_or(|owner| caller.administers(owner));
    let selection = Selection {
        owner,
        holder: (!administers).then_some(caller.principal.subject.as_str()),
        user: user.as_deref(),
        application: application.as_deref(),
        ..Selection::default()
    };
    part.page(origin, selection).await.map(View)
}

async fn of_user(
    origin: &Origin,
    call: Call<'_, ListUserKeys>,
) -> Result<View<ListOf<KeyView>>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    caller.may_seek(owner, name)?;
    let found = target(Named::Path { owner, name }).fetch(&*origin.database).await?;
    let user = caller.found(owner, found)?.user;
    let selection =
        Selection { owner: Some(owner), holder: Some(&user.id), ..Selection::default() };
    call.query.page(origin, selection).await.map(View)
}

impl UserKeyQuery {
    /// The page of the selected keys.
    async fn page(
        &self,
        origin: &Origin,
        selection: Selection<'_>,
    ) -> Result<ListOf<KeyView>, RestError> {
        let (state, prefix) = (self.state, self.prefix.as_deref());
        let selection = Selection { state, prefix, ..selection };
        let page = |part: &Part| keys::list(&selection, self.order, part).map(|found| (found, 0));
        let (paging, owner) = ((self.order, &self.paging), selection.owner);
        let place = |key: &Key| place(key, self.order);
        let (found, _, cursor) = merged::paged(origin, owner, paging, page, place).await?;
        let now = origin.clock.now();
        let entries: Vec<_> = found.into_iter().map(|key| KeyView::new(key, now)).collect();
        Ok(ListOf { entries, total: 0, cursor })
    }
}

/// The key's values in the columns of that order.
pub fn place(key: &Key, order: Order) -> Vec<Value> {
    let (owner, age) = ((&key.owner).into(), [key.created_at.into(), (&key.id).into()]);
    let name = (order == BY_NAME).then(|| (&key.name).into());
    std::iter::once(owner).chain(name).chain(age).collect()
}
