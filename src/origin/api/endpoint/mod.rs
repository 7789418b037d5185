//! Endpoints as data: declaration, typed input and output, and handler.
//!
//! [`endpoint!`] declares one next to its handler; [`super::list`] lists all of them. Dispatch,
//! `HEAD`, 405 and its `Allow`, 415, body limits, CORS, legacy paths, audit action names, the
//! OpenAPI document and the authorization table are derived from that list.

mod input;
mod once;
mod output;
#[cfg(not(target_arch = "wasm32"))]
mod schemas;

use futures_util::future::LocalBoxFuture;
use http::Method;

#[cfg(not(target_arch = "wasm32"))]
pub(super) use self::input::MERGE_PATCH;
#[cfg(not(target_arch = "wasm32"))]
pub use self::output::Contents;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use self::schemas::Schemas;
pub use self::{
    input::{
        Body, Caller, Described, Form, Json, Kind, NoBody, Object, OptionalJson, Parameter,
        Patched, Path, Posted, Query, Segment, Unread,
    },
    output::{Deleted, Documented, Empty, Entity, ErrorReply, Internal, Lines, Page, Reply, View},
};
use crate::{
    core::{cors::CorsClass, token::Role},
    origin::{
        Occasion, Origin,
        domain::{audit::Subject, change::Change, commit::commit},
        http::{Request, Response, RestError, request::MAXIMUM_BODY},
    },
};

/// The method of an endpoint. `HEAD` is derived from `GET` (RFC 9110 §9.3.2), `OPTIONS` from CORS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is its RFC's own word")]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// The method name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl From<Verb> for Method {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Get => Self::GET,
            Verb::Post => Self::POST,
            Verb::Put => Self::PUT,
            Verb::Patch => Self::PATCH,
            Verb::Delete => Self::DELETE,
        }
    }
}

impl PartialEq<Method> for Verb {
    fn eq(&self, method: &Method) -> bool {
        self.as_str() == method.as_str()
    }
}

/// The authorization of an endpoint. Checks that need database rows are made by the handler, and
/// are in the authorization table (`tests/golden/authority.txt`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Every caller, without a credential.
    Public,
    /// An OAuth client, authenticated according to its registration (RFC 6749 §2.3); a public
    /// client is only identified.
    Client,
    /// The bearer of a token or code in the request.
    Bearer,
    /// A user with a browser session, or with a token for the account.
    Person,
    /// An OAuth client acting for itself, with the capability.
    Capability(&'static str),
    /// Any credential with directory access; the reply is limited to visible objects.
    Directory,
    /// The user named in the path, or a holder of the role in the user's organization.
    SelfOr(Role),
    /// A holder of the role in the named organization.
    Organization(Role),
    /// An administrator of the platform.
    Platform,
    /// An edge, by its proof.
    Edge,
    /// The operator, by the bootstrap secret.
    Operator,
}

impl Who {
    /// The description for the documentation.
    pub fn described(self) -> String {
        let holder = |role| match role {
            Role::Member => "a member",
            Role::Admin => "an administrator",
            Role::Owner => "an owner",
        };
        match self {
            Self::Public => "everyone".to_owned(),
            Self::Client => "an OAuth client".to_owned(),
            Self::Bearer => "the holder of the token".to_owned(),
            Self::Person => "a signed-in person".to_owned(),
            Self::Capability(name) => format!("a client with the capability `{name}`"),
            Self::Directory => "any credential of the directory".to_owned(),
            Self::SelfOr(role) => format!("the user, or {} of the organization", holder(role)),
            Self::Organization(role) => format!("{} of the organization", holder(role)),
            Self::Platform => "an administrator of the platform".to_owned(),
            Self::Edge => "an edge".to_owned(),
            Self::Operator => "the operator".to_owned(),
        }
    }
}

/// The worker that serves an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worker {
    /// The edge, from its snapshot and without the origin.
    Edge,
    /// The origin.
    Origin,
}

/// Rate limits of an endpoint, in addition to the edge's limits per credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Nothing.
    Unlimited,
    /// Password attempts, per network and account (docs/OPERATIONS.md, "Limits").
    Passwords,
    /// Guesses of an identifier or code, per network.
    Guesses,
}

/// Auditing of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    /// An entry for each change and for each privileged read.
    Entry,
    /// No entry despite an unsafe method, for this reason.
    Nothing(&'static str),
}

/// The static declaration of an endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Declaration {
    /// The method.
    pub method: Verb,
    /// Additional methods of the same operation.
    pub also: &'static [Verb],
    /// The path template, with `{name}` for variable segments.
    pub path: &'static str,
    /// Unique name: `operationId` of the OpenAPI document, and the action in the audit trail.
    pub operation: &'static str,
    /// The lines of its documentation; the first is the summary. Empty in the workers, which embed
    /// the OpenAPI document.
    pub description: &'static [&'static str],
    /// Its authorization.
    pub who: Who,
    /// Its CORS class.
    pub cors: CorsClass,
    /// Its rate limit.
    pub rate: Rate,
    /// Maximum body size, in bytes.
    pub body_limit: usize,
    /// The worker that serves it.
    pub worker: Worker,
    /// Its auditing.
    pub audit: Audit,
}

impl Declaration {
    /// The defaults of optional members.
    pub const DEFAULT: Self = Self {
        method: Verb::Get,
        also: &[],
        path: "",
        operation: "",
        description: &[],
        who: Who::Platform,
        cors: CorsClass::Applications,
        rate: Rate::Unlimited,
        body_limit: MAXIMUM_BODY,
        worker: Worker::Origin,
        audit: Audit::Entry,
    };

    /// The accepted methods.
    pub fn verbs(&self) -> impl Iterator<Item = Verb> {
        std::iter::once(self.method).chain(self.also.iter().copied())
    }

    /// Whether it accepts `method`.
    pub fn takes(&self, method: &Method) -> bool {
        self.verbs().any(|verb| verb == *method)
    }

    /// The operation id under one of its methods.
    pub fn operation_of(&self, verb: Verb) -> String {
        if verb == self.method {
            return self.operation.to_owned();
        }
        let name = verb.as_str();
        let rest = name.get(1..).unwrap_or_default().to_lowercase();
        format!("{}By{}{rest}", self.operation, name.get(..1).unwrap_or_default())
    }

    /// The first line of the documentation.
    pub fn summary(&self) -> &'static str {
        self.description.first().map_or("", |line| line.trim())
    }

    /// The OpenAPI tag: the first path segment below `/v1/iam` or `/v1`.
    pub fn tag(&self) -> &'static str {
        let path = self.path.strip_prefix("/v1/").unwrap_or(self.path);
        let path = path.strip_prefix("iam/").unwrap_or(path);
        path.trim_start_matches('/').split('/').next().unwrap_or_default()
    }

    /// The values of the variable segments; `None` if the path does not match.
    pub fn segments<'a>(&self, segments: &[&'a str]) -> Option<Vec<&'a str>> {
        let mut values = Vec::new();
        let mut template = self.path.trim_start_matches('/').split('/');
        for segment in segments {
            let expected = template.next()?;
            if expected.starts_with('{') {
                values.push(*segment);
            } else if expected != *segment {
                return None;
            }
        }
        template.next().is_none().then_some(values)
    }
}

/// A parsed request to an endpoint.
#[derive(Debug)]
pub struct Call<'a, E: Endpoint + ?Sized> {
    /// The original request.
    pub request: &'a Request,
    /// The caller.
    pub caller: E::Caller,
    /// The variable segments of the path.
    pub path: E::Path,
    /// The query.
    pub query: E::Query,
    /// The body.
    pub body: E::Body,
}

/// One operation of the API.
pub trait Endpoint: 'static {
    /// Its static declaration.
    const DECLARATION: Declaration;
    /// The type of its caller.
    type Caller: Caller;
    /// The variable segments of the path.
    type Path: Path;
    /// Its query.
    type Query: Query;
    /// Its body.
    type Body: Body;
    /// The type of its reply.
    type Reply: Reply;
    /// The type of its error.
    type Error: ErrorReply + From<<Self::Body as Body>::Error>;

    /// Checks the rows, calls the domain, returns the reply.
    fn handle(
        origin: &Origin,
        call: Call<'_, Self>,
    ) -> impl Future<Output = Result<Self::Reply, Self::Error>>;
}

/// What a handler made of a request.
enum Answer {
    /// What it was asked for.
    Reply(Response),
    /// The endpoint's error.
    Refusal(Response),
}

type Handler = for<'a> fn(&'a Origin, &'a Request, &'a [&'a str]) -> LocalBoxFuture<'a, Answer>;

/// An endpoint in the list.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its static declaration.
    pub declaration: Declaration,
    /// Whether the request may have an `Idempotency-Key`.
    is_repeatable: bool,
    /// Handles a matching request, given the variable segments.
    handler: Handler,
    /// Renders a refusal before dispatch, in the endpoint's error format.
    pub(super) refuse: fn(RestError) -> Response,
    /// Its part of the OpenAPI document.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) schemas: fn(&mut schemars::SchemaGenerator) -> schemas::Schemas,
}

impl Entry {
    /// The entry of `E`.
    pub const fn of<E: Endpoint>() -> Self {
        Self {
            declaration: E::DECLARATION,
            is_repeatable: E::Reply::CONDITIONAL,
            handler: |origin, request, segments| {
                Box::pin(async move {
                    match answer::<E>(origin, request, segments).await {
                        Ok(reply) => Answer::Reply(reply.into_response()),
                        Err(error) => Answer::Refusal(error.into_response()),
                    }
                })
            },
            refuse: |error| E::Error::from(error).into_response(),
            #[cfg(not(target_arch = "wasm32"))]
            schemas: schemas::Schemas::of::<E>,
        }
    }

    /// The response to a request whose path and method are the endpoint's, given the variable
    /// segments.
    pub(super) async fn serve(
        &self,
        origin: &Origin,
        request: &Request,
        segments: &[&str],
    ) -> Response {
        let repeatable = if self.is_repeatable { once::read(origin, request) } else { Ok(None) };
        let once = match repeatable {
            Ok(once) => once,
            Err(refused) => return (self.refuse)(refused),
        };
        let Some(once) = once else {
            return self.recorded(origin, request, segments).await;
        };
        let occasion = Occasion { once: Some(once.clone()), ..origin.occasion.clone() };
        let origin = origin.during(occasion);
        let response = self.recorded(&origin, request, segments).await;
        once::repeated(&origin, request, &once, response).await
    }

    /// The response of the handler; a privileged read is in the audit trail before it is shown.
    async fn recorded(&self, origin: &Origin, request: &Request, segments: &[&str]) -> Response {
        let response = match (self.handler)(origin, request, segments).await {
            Answer::Reply(response) => response,
            Answer::Refusal(response) => return response,
        };
        let privileged = request.trace.privileged_read();
        if let Some(organization) = privileged.filter(|_| request.method.is_safe()) {
            let read = Subject::new(&organization, "read", self.declaration.tag());
            if let Err(error) = commit(origin, Change::of(read)).await {
                return (self.refuse)(RestError::from(error));
            }
        }
        response
    }
}

/// Parses the request, the caller first: an unauthenticated request does not learn about its other
/// errors. All of this is compiled for each endpoint.
async fn answer<E: Endpoint>(
    origin: &Origin,
    request: &Request,
    segments: &[&str],
) -> Result<E::Reply, E::Error> {
    let caller = Box::pin(E::Caller::authenticate(origin, request, E::DECLARATION.who)).await?;
    let path = E::Path::read(segments)?;
    let query = E::Query::of(request)?;
    let body = E::Body::read(request)?;
    E::handle(origin, Call { request, caller, path, query, body }).await
}

/// Declares an endpoint. Its documentation is the OpenAPI description, the first line the summary.
///
/// ```text
/// endpoint! {
///     /// Returns a user.
///     pub Get = GET "/v1/iam/users/{owner}/{name}" as "getUser", who: Who::SelfOr(Role::Admin);
///     caller: Access, path: (OrgName, String), reply: View<UserView>, error: RestError;
///     get
/// }
/// ```
macro_rules! endpoint {
    (
        $(#[doc = $line:literal])+
        $visibility:vis $name:ident = $method:ident $path:literal as $operation:literal,
        who: $who:expr $(, $field:ident: $value:expr)*;
        $(caller: $caller:ty,)?
        $(path: $segments:ty,)?
        $(query: $query:ty,)?
        $(body: $body:ty,)?
        reply: $reply:ty,
        error: $error:ty;
        $handler:path
    ) => {
        $(#[doc = $line])+
        #[derive(Debug)]
        $visibility struct $name;

        impl $crate::origin::api::endpoint::Endpoint for $name {
            const DECLARATION: $crate::origin::api::endpoint::Declaration =
                $crate::origin::api::endpoint::Declaration {
                    method: $crate::origin::api::endpoint::endpoint!(@method $method),
                    path: $path,
                    operation: $operation,
                    #[cfg(not(target_arch = "wasm32"))]
                    description: &[$($line),+],
                    who: $who,
                    $($field: $value,)*
                    ..$crate::origin::api::endpoint::Declaration::DEFAULT
                };
            type Caller = $crate::origin::api::endpoint::endpoint!(@or $($caller)?, ());
            type Path = $crate::origin::api::endpoint::endpoint!(@or $($segments)?, ());
            type Query = $crate::origin::api::endpoint::endpoint!(@or $($query)?, ());
            type Body =
                $crate::origin::api::endpoint::endpoint!(@or $($body)?, $crate::origin::api::endpoint::NoBody);
            type Reply = $reply;
            type Error = $error;

            async fn handle(
                origin: &$crate::origin::Origin,
                call: $crate::origin::api::endpoint::Call<'_, Self>,
            ) -> Result<Self::Reply, Self::Error> {
                $handler(origin, call).await
            }
        }
    };
    (@method GET) => { $crate::origin::api::endpoint::Verb::Get };
    (@method POST) => { $crate::origin::api::endpoint::Verb::Post };
    (@method PUT) => { $crate::origin::api::endpoint::Verb::Put };
    (@method PATCH) => { $crate::origin::api::endpoint::Verb::Patch };
    (@method DELETE) => { $crate::origin::api::endpoint::Verb::Delete };
    (@or , $default:ty) => { $default };
    (@or $given:ty, $default:ty) => { $given };
}

pub(crate) use endpoint;
