//! `GET /v1/iam/web3/nonce`: the message for a wallet to sign.

use http::StatusCode;
use serde_json::{Value, json};

use super::{described, form::chain_of, unsupported};
use crate::{
    core::{
        cors::CorsClass,
        signin::{Account, Challenge, Flow, Method},
        wallet::{Address, Message},
    },
    origin::{
        Origin,
        api::{
            endpoint::{Call, Parameter, Query as Queried, Rate, Who, endpoint},
            signin::{
                account::{cross_site, malformed},
                schemas::{InEnvelope, Object},
            },
        },
        authn::{
            csrf,
            flow::{self, Pending},
            methods::wallet::{self, Purpose},
            session,
        },
        domain::{
            change::{Change, Unrecorded},
            commit::commit,
            counting,
            signin::SigninRules,
        },
        http::{Envelope, Parameters, Request, Response, RestError, response},
        store::{
            attempts::Attempt,
            clients::{self, Registered},
            organizations,
            query::Query,
        },
    },
};

/// The wallet that asks for a message.
#[derive(Debug)]
pub struct NonceQuery;

impl Queried for NonceQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("address", "The address of the account."),
        Parameter::optional(
            "chain",
            "`evm` (the default), `solana`, `bitcoin`, `ton`, `xrp`, `polkadot` or `cardano`.",
        ),
        Parameter::optional("chainId", "The EIP-155 id of the chain of a contract wallet."),
        Parameter::optional("clientId", "The client that the sign-in is for."),
        Parameter::optional(
            "organization",
            "The organization of the account, if not the client's.",
        ),
    ];

    fn read(_: &Parameters) -> Result<Self, crate::core::directory::Invalid> {
        Ok(Self)
    }

    fn of(_: &Request) -> Result<Self, RestError> {
        Ok(Self)
    }
}

endpoint! {
    /// Issues the message that a wallet signs to sign in (EIP-4361, CAIP-122).
    ///
    /// It can be answered once, within five minutes, by the browser that it was issued to. Its members are in
    /// `data`, and beside it.
    pub RequestWalletNonce = GET "/v1/iam/web3/nonce" as "requestWalletNonce",
    who: Who::Public, cors: CorsClass::Sessions, rate: Rate::Guesses;
    query: NonceQuery,
    reply: InEnvelope<Object>,
    error: RestError;
    request_wallet_nonce
}

async fn request_wallet_nonce(
    origin: &Origin,
    call: Call<'_, RequestWalletNonce>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(match issued(origin, call.request).await {
        Ok(response) => response.into(),
        Err(envelope) => envelope.into_response().into(),
    })
}

/// The wallet named in a request.
pub(in super::super) struct Asked {
    address: Address,
    chain_id: Option<String>,
}

impl Asked {
    /// Parses the query parameters.
    pub(in super::super) fn read(query: &Parameters) -> Result<Self, String> {
        let chain = chain_of(query.get("chain")).ok_or("the chain is unknown")?;
        let address = query.require("address").map_err(|error| error.to_string())?;
        let address = Address::parse(chain, address).map_err(|error| error.to_string())?;
        Ok(Self { address, chain_id: query.any(&["chainId", "chain_id"]).map(str::to_owned) })
    }

    /// Issues the message, or refuses.
    pub(in super::super) fn issue(
        &self,
        origin: &Origin,
        request: &Request,
        purpose: Purpose,
    ) -> Result<(Message, Challenge), String> {
        let chain_id = self.chain_id.as_deref();
        wallet::issue(origin, request, &self.address, chain_id, purpose)
            .map_err(|field| format!("the message cannot have that {field}"))
    }
}

async fn issued(origin: &Origin, request: &Request) -> Result<Response, Envelope> {
    if !csrf::is_from_ours(origin, request) {
        return Err(cross_site());
    }
    let query = request.query_parameters()?;
    let asked = Asked::read(&query).map_err(|why| malformed(&why))?;
    let client_id = query.any(&["clientId", "client_id"]);
    let (client, organization) = match client_id {
        Some(client_id) => (clients::find(client_id), organizations::of_client(client_id)),
        None => (Query::ready(None), Query::ready(None)),
    };
    let read = client.and(organization);
    let counted = counting::counted(origin, wallet::counted(origin, request), read);
    let (attempt, (client, organization)) = counted.await?;
    if let Attempt::Refused(_) = attempt {
        return Err(too_many());
    }
    let application = client.and_then(Registered::enabled);
    if client_id.is_some() && application.is_none() {
        return Err(malformed("the application is unknown").code("invalid_client"));
    }
    let rules =
        SigninRules { application: application.as_ref(), organization: organization.as_ref() };
    if !rules.first(origin).has(Method::Wallet) {
        return Err(unsupported());
    }
    let (message, challenge) =
        asked.issue(origin, request, Purpose::SignIn).map_err(|why| malformed(&why))?;
    let now = origin.clock.now();
    let policy = rules.policy(origin, None);
    let flow = Flow::new(now).issued(policy, Account::default(), challenge, now);
    let flow = flow.map_err(|_| unsupported())?;
    let client_id = client_id.unwrap_or_default();
    let (id, cookie) = if keeps_cookies(origin, request) {
        flow::bound_id(origin, request, client_id)
    } else {
        (flow::id_of_nonce(message.nonce(), client_id), None)
    };
    let mut change = Change::unrecorded(Unrecorded::Step);
    Pending::begin(id, "", flow).store(origin, &mut change);
    commit(origin, change).await?;
    let response = issued_reply(&message);
    Ok(match cookie {
        Some(cookie) => session::with_cookie(response, &cookie),
        None => response,
    })
}

/// Whether the caller's next request will include our cookies: it already sends one, or is a
/// same-site page. Browsers omit `SameSite=Lax` cookies in cross-site script requests.
fn keeps_cookies(origin: &Origin, request: &Request) -> bool {
    csrf::binding(origin, request).is_some()
        || matches!(request.header("sec-fetch-site"), Some("same-origin" | "same-site"))
}

/// The issued message, in `data` and beside it.
pub(in super::super) fn issued_reply(message: &Message) -> Response {
    let data = described(message);
    let mut body = json!({"status": "ok", "msg": "", "data": data, "data2": null});
    if let (Value::Object(body), Value::Object(data)) = (&mut body, data) {
        body.extend(data);
    }
    response::no_store(response::json(StatusCode::OK, &body))
}

/// The refusal after too many attempts.
pub(in super::super) fn too_many() -> Envelope {
    Envelope::error("too many attempts from this network: please try again in 10 minutes")
        .code("too_many_attempts")
        .with_status(StatusCode::TOO_MANY_REQUESTS)
}
