//! Linked identities of the signed-in user: list, add, remove (WIRE §4.5).
//!
//! An identity can sign in to the account, so adding or removing one requires the browser session
//! and a sign-in within the last ten minutes. Wallets are added here; identity provider accounts
//! through their redirects.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    account::{cross_site, malformed, person, signed_out},
    schemas::{InEnvelope, LinkQuery, Object, enveloped},
    web3::{Asked, WalletForm, issued_reply, unreadable},
};
use crate::{
    core::{
        signin::{Account, Flow, Method},
        wallet::{Chain, Presented},
    },
    origin::{
        Origin,
        api::endpoint::{Call, Rate, Unread, Who, endpoint},
        authn::{
            caller, csrf,
            federation::{self, Failure, Leading, linking},
            flow::{self, Pending},
            methods::wallet::{self, Purpose},
            session::{self, Current},
        },
        domain::{
            change::{Change, Unrecorded},
            commit::commit,
            counting,
            identities::{self, IdentityError, WALLET},
            signin::SigninRules,
        },
        http::{Envelope, Request, Response, RestError, response},
        store::{attempts::Attempt, identities as rows},
    },
    ports::DatabaseError,
};

/// The account page to return to from identity providers.
const IDENTITIES: &str = "/account/identities";

endpoint! {
    /// Returns the identities by which the person can sign in: wallets, accounts at identity providers.
    pub ListLinkedAccounts = GET "/v1/iam/linked-accounts" as "listLinkedAccounts",
    who: Who::Person;
    reply: InEnvelope<Vec<Object>>,
    error: RestError;
    list_linked_accounts
}

async fn list_linked_accounts(
    origin: &Origin,
    call: Call<'_, ListLinkedAccounts>,
) -> Result<InEnvelope<Vec<Object>>, RestError> {
    Ok(enveloped(listed(origin, call.request).await))
}

endpoint! {
    /// Issues the message that a wallet signs to be linked to the account that is signed in.
    ///
    /// Takes the parameters of a message to sign in; with `provider`, it returns the address of the identity
    /// provider to lead the browser to. The sign-in must not be older than ten minutes.
    pub BeginLink = GET "/v1/iam/link" as "beginLink",
    who: Who::Person, rate: Rate::Guesses;
    query: LinkQuery,
    reply: InEnvelope<Object>,
    error: RestError;
    begin_link
}

async fn begin_link(
    origin: &Origin,
    call: Call<'_, BeginLink>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(match begun(origin, call.request).await {
        Ok(response) => response.into(),
        Err(envelope) => envelope.into_response().into(),
    })
}

endpoint! {
    /// Links the wallet that signed the issued message to the account that is signed in.
    pub LinkIdentity = POST "/v1/iam/link" as "linkIdentity",
    who: Who::Person, rate: Rate::Guesses;
    body: Unread<WalletForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    link_identity
}

async fn link_identity(
    origin: &Origin,
    call: Call<'_, LinkIdentity>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(linked(origin, call.request).await))
}

endpoint! {
    /// Removes a linked identity from the account that is signed in, unless it is the only way to sign in.
    pub UnlinkIdentity = POST "/v1/iam/unlink" as "unlinkIdentity",
    who: Who::Person;
    body: Unread<UnlinkForm>,
    reply: InEnvelope<()>,
    error: RestError;
    unlink_identity
}

async fn unlink_identity(
    origin: &Origin,
    call: Call<'_, UnlinkIdentity>,
) -> Result<InEnvelope<()>, RestError> {
    Ok(enveloped(unlinked(origin, call.request).await))
}

/// The identity to remove.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct UnlinkForm {
    /// `wallet` unless another one is named.
    pub provider: Option<String>,
    /// The account at the provider, as the list returns it.
    pub subject: Option<String>,
    /// Of a wallet, instead of the subject: the chain, `evm` unless another one is named.
    pub chain: Option<Chain>,
    /// Of a wallet: the address.
    pub address: Option<String>,
}

async fn listed(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = person(origin, request).await?;
    let identities = rows::of_user(&user.id).fetch(&*origin.database).await?;
    let data: Value = identities.iter().map(published).collect();
    Ok(Envelope::ok(data).about(&user.id, &user.name))
}

async fn begun(origin: &Origin, request: &Request) -> Result<Response, Envelope> {
    let current = editor(origin, request).await?;
    if let Some(named) = request.query_parameters()?.get("provider") {
        return away(origin, request, &current, named).await;
    }
    let asked = Asked::read(&request.query_parameters()?).map_err(|why| malformed(&why))?;
    let (message, challenge) =
        asked.issue(origin, request, Purpose::Link).map_err(|why| malformed(&why))?;
    let now = origin.clock.now();
    let rules = SigninRules { application: None, organization: None };
    let policy = rules.policy(origin, None);
    let flow = Flow::new(now).issued(policy, Account::default(), challenge, now);
    let flow = flow.map_err(|error| malformed(&error.to_string()))?;
    let mut change = Change::unrecorded(Unrecorded::Step);
    Pending::begin(flow_id(&current), "", flow).store(origin, &mut change);
    commit(origin, change).await?;
    Ok(issued_reply(&message))
}

/// The provider URL to redirect to; the browser returns to the account page.
async fn away(
    origin: &Origin,
    request: &Request,
    current: &Current,
    named: &str,
) -> Result<Response, Envelope> {
    let offered = linking::linkable(origin, &current.person.user.owner).await?;
    let offered = offered.iter().find(|it| it.is_named(named));
    let offered = offered.ok_or_else(|| malformed("no such provider is offered"))?;
    let begun = linking::leave(origin, request, current, offered, IDENTITIES).await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(Failure::Database(error)) => return Err(error.into()),
        Err(Failure::Refused(refusal)) => {
            let refusal =
                federation::noted(origin, &request.client_ip, &offered.provider, "", refusal)
                    .await?;
            let envelope = Envelope::error("the provider cannot be asked");
            return Err(envelope.code("provider_failed").because(refusal.to_string()));
        }
    };
    let data = match begun.leading {
        Leading::To(url) => json!({"url": url, "method": "GET"}),
        Leading::Posting { action, fields } => {
            let fields: Value =
                fields.into_iter().map(|(name, value)| (name, json!(value))).collect();
            json!({"url": action, "method": "POST", "fields": fields})
        }
    };
    let response = response::no_store(Envelope::ok(data).into_response());
    Ok(match begun.cookie {
        Some(cookie) => session::with_cookie(response, &cookie),
        None => response,
    })
}

async fn linked(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let current = editor(origin, request).await?;
    let form = WalletForm::read(request).ok_or_else(unreadable)?;
    let presented = form.presented().ok_or_else(|| malformed("the chain is unknown"))?;
    let user = &current.person.user;
    let identity = link_wallet(origin, request, &current, &presented).await?;
    let identity = identity.map_err(|unlinked| match unlinked {
        Unlinked::TooMany => super::web3::too_many(),
        Unlinked::Wallet(reason) => Envelope::error("the wallet could not be verified")
            .code("invalid_credentials")
            .because(reason),
        Unlinked::Identity(error) => refused(error),
    })?;
    Ok(Envelope::ok(published(&identity)).about(&user.id, &user.name))
}

/// Why a wallet cannot be linked.
#[derive(Debug)]
pub enum Unlinked {
    /// Too many attempts from the network.
    TooMany,
    /// It did not sign the message issued to this session; the reason is for the log.
    Wallet(String),
    /// The identity cannot be linked to the account.
    Identity(IdentityError),
}

/// Links the wallet that signed the message issued to the session `current`.
pub async fn link_wallet(
    origin: &Origin,
    request: &Request,
    current: &Current,
    presented: &Presented<'_>,
) -> Result<Result<rows::Identity, Unlinked>, DatabaseError> {
    let now = origin.clock.now();
    let taken = flow::take(&flow_id(current), now);
    let counted = counting::counted(origin, wallet::counted(origin, request), taken);
    let (attempt, flow) = counted.await?;
    if let Attempt::Refused(_) = attempt {
        return Ok(Err(Unlinked::TooMany));
    }
    let challenge = flow.as_ref().and_then(|flow| flow.challenge(Method::Wallet, now));
    let wallet = match wallet::verified(origin, challenge, presented).await {
        Ok(wallet) => wallet,
        Err(refused) => return Ok(Err(Unlinked::Wallet(refused.to_string()))),
    };
    let account = wallet.account();
    let external = wallet::external(&wallet, &account);
    let linked = identities::link(origin, &current.person.user, external).await;
    Ok(linked.map_err(Unlinked::Identity))
}

async fn unlinked(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let current = editor(origin, request).await?;
    let form: UnlinkForm = serde_json::from_slice(&request.body).map_err(|_| {
        malformed("the body must be an object of provider and subject, or chain and address")
    })?;
    let provider = form.provider.as_deref().unwrap_or(WALLET);
    let subject = match (form.subject, form.address) {
        (Some(subject), _) => subject,
        (None, Some(address)) if provider == WALLET => {
            let chain = form.chain.unwrap_or(Chain::Evm);
            let address = crate::core::wallet::Address::parse(chain, &address);
            format!("{chain}:{}", address.map_err(|error| malformed(&error.to_string()))?)
        }
        _ => return Err(malformed("the subject is required")),
    };
    let user = &current.person.user;
    identities::unlink(origin, user, provider, &subject).await.map_err(refused)?;
    Ok(Envelope::ok(Value::Null).about(&user.id, &user.name))
}

/// The browser session of a same-origin request with a recent proof. Tokens cannot change sign-in
/// methods.
async fn editor(origin: &Origin, request: &Request) -> Result<Current, Envelope> {
    if caller::is_presented(request) {
        return Err(Envelope::error("this takes the browser's own sign-in")
            .with_status(StatusCode::FORBIDDEN));
    }
    if !csrf::is_from_ours(origin, request) {
        return Err(cross_site());
    }
    let current = session::current(origin, request).await?.ok_or_else(signed_out)?;
    if !current.is_fresh(origin.clock.now()) {
        return Err(Envelope::error("please sign in again to change how you sign in")
            .code("reauthentication_required")
            .with_status(StatusCode::FORBIDDEN));
    }
    Ok(current)
}

/// The id of the row with the issued message: one per session.
fn flow_id(current: &Current) -> String {
    flow::id_of_nonce(&current.session.id, "link")
}

/// An identity in its published form.
fn published(identity: &rows::Identity) -> Value {
    let mut object = identity.details.clone();
    // Needed only for logout.
    object.remove("session");
    object.extend([
        ("provider".to_owned(), json!(identity.provider)),
        ("subject".to_owned(), json!(identity.subject)),
        ("createdTime".to_owned(), json!(identity.created_at.to_string())),
        ("lastUsedTime".to_owned(), json!(identity.used_at.map(|at| at.to_string()))),
    ]);
    Value::Object(object)
}

fn refused(error: IdentityError) -> Envelope {
    let envelope = Envelope::error(error.to_string());
    match error {
        IdentityError::Taken => envelope.code("identity_taken").with_status(StatusCode::CONFLICT),
        IdentityError::TooMany | IdentityError::Full => {
            envelope.code("too_many_identities").with_status(StatusCode::CONFLICT)
        }
        IdentityError::Unknown => {
            envelope.code("unknown_identity").with_status(StatusCode::NOT_FOUND)
        }
        IdentityError::Last => envelope.code("last_identity").with_status(StatusCode::CONFLICT),
        IdentityError::Database(error) => Envelope::internal(error),
    }
}
