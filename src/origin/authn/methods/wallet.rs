//! Wallets: the message to sign, its verification, and the sign-in of the linked user.
//!
//! The issued message is the [`Challenge`] of a [`Flow`]; it is consumed before verification, so
//! that it is answered once, right or wrong. The row is bound to one browser's cookie. A caller
//! without cookies (a cross-site page) is identified by the nonce.

use std::fmt;

use serde_json::{Value, json};

use crate::{
    core::{
        encoding::hex,
        network::network,
        signin::{Challenge, Evidence, Flow, Method},
        time::UnixTime,
        wallet::{
            self, Address, ContractCheck, Draft, Field, Message, Outcome, Presented,
            VerifiedWallet, WalletError,
        },
    },
    origin::{
        Origin,
        authn::{flow, password::SigninError},
        domain::{
            change_error::ChangeError,
            counting,
            identities::{External, WALLET},
            signup::{Admission, Door, SignupError},
        },
        http::Request,
        store::{
            accounts::{self, Account, Named},
            attempts::{self, Attempt},
            identities,
            query::{Query, load},
        },
    },
    ports::{DatabaseError, HttpRequest},
};

/// Lifetime of a message, in seconds.
const LIFETIME: i64 = 300;

/// The purpose of a message. A signature is valid only for its purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To link the wallet to the account that is signed in.
    Link,
}

impl Purpose {
    /// The statement shown by the wallet, in the characters allowed by EIP-4361.
    const fn statement(self) -> &'static str {
        match self {
            Self::SignIn => "Sign in to your account. This costs nothing and moves nothing.",
            Self::Link => {
                "Link this wallet to your account, so that it can sign in to it. \
                 This costs nothing and moves nothing."
            }
        }
    }
}

/// A message for the wallet at `address`, and the challenge that it answers. `chain_id`: of an EVM chain
/// other than the main one.
pub fn issue(
    origin: &Origin,
    request: &Request,
    address: &Address,
    chain_id: Option<&str>,
    purpose: Purpose,
) -> Result<(Message, Challenge), Field> {
    let now = origin.clock.now();
    let issuer = origin.config.issuer_for(&request.base);
    let domain = issuer.split_once("://").map_or(issuer, |(_, authority)| authority);
    let nonce = hex(&origin.random.bytes::<16>());
    let message = Message::issue(&Draft {
        domain,
        address,
        statement: Some(purpose.statement()),
        uri: issuer,
        chain_id,
        nonce: &nonce,
        issued_at: now,
        expires_at: now.plus(LIFETIME),
        request_id: None,
        resources: &[],
    })?;
    let challenge = Challenge {
        method: Method::Wallet,
        content: message.text().to_owned(),
        sent_to: String::new(),
        failures: 0,
        expires_at: now.plus(LIFETIME),
    };
    Ok((message, challenge))
}

/// Counts wallet requests per network.
pub fn counted(origin: &Origin, request: &Request) -> Query<Attempt> {
    let slot = origin.slot("wallet", &network(&request.client_ip));
    attempts::counted(&slot, origin.config.limits.signin_attempts, origin.clock.now())
}

/// Why a wallet is refused, for the log.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No message was issued to this caller, or it was used or has expired.
    #[error("no message was issued to this browser, or it has been answered or has expired")]
    NoChallenge,
    /// The proof is wrong.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The signature needs the account's contract, and no node of its chain is configured.
    #[error("{0}; WEB3_RPC has no node of chain {1} to ask the account's contract")]
    NoNode(WalletError, u64),
    /// The node did not answer.
    #[error("the node of chain {0} gave no answer: {1}")]
    Node(u64, String),
    /// The signature is valid, but no user of the organization has linked the wallet.
    #[error("the wallet is linked to no account")]
    Unlinked,
}

/// Verifies that the wallet signed the message of `challenge`, querying its contract if necessary.
pub async fn verified(
    origin: &Origin,
    challenge: Option<&Challenge>,
    presented: &Presented<'_>,
) -> Result<VerifiedWallet, Refused> {
    let challenge = challenge.ok_or(Refused::NoChallenge)?;
    let issued = Message::parse(&challenge.content).map_err(|_| Refused::NoChallenge)?;
    match wallet::verify(&issued, presented, origin.clock.now())? {
        Outcome::Verified(wallet) => Ok(wallet),
        Outcome::AskContract(check) => asked(origin, check).await,
    }
}

/// Asks a node of the contract's chain (`eth_call`).
async fn asked(origin: &Origin, check: ContractCheck) -> Result<VerifiedWallet, Refused> {
    let chain_id = check.call().chain_id;
    let node = origin.config.nodes.get(&chain_id);
    let node = node.ok_or_else(|| Refused::NoNode(check.reason(), chain_id))?;
    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": check.call().params(),
    });
    let request = HttpRequest {
        method: "POST",
        url: node.clone(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("accept", "application/json".to_owned()),
        ],
        body: call.to_string().into_bytes(),
    };
    let failed = |why: String| Refused::Node(chain_id, why);
    // Node URLs often contain a key and are never logged.
    let response = origin.outbound.ask(request).await;
    let response = response.map_err(|_| failed("the request failed".to_owned()))?;
    if !response.is_success() {
        return Err(failed(format!("status {}", response.status)));
    }
    let answer: Value =
        response.json().ok_or_else(|| failed("the response is not JSON".to_owned()))?;
    // A revert is an `error`: the contract does not accept the signature.
    let result = answer.get("result").and_then(Value::as_str).ok_or(WalletError::Contract)?;
    Ok(check.conclude(result)?)
}

/// The identity of a verified wallet.
pub fn external<'a>(wallet: &VerifiedWallet, account: &'a str) -> External<'a> {
    let mut details = serde_json::Map::new();
    details.insert("chain".to_owned(), json!(wallet.chain()));
    details.insert("address".to_owned(), json!(wallet.address().to_string()));
    if wallet.is_contract() {
        details.insert("isContract".to_owned(), json!(true));
    }
    External { provider: WALLET.into(), provider_id: None, subject: account, details }
}

/// A wallet sign-in request.
#[derive(Debug, Clone, Copy)]
pub struct WalletLogin<'a> {
    /// The HTTP request.
    pub request: &'a Request,
    /// The client; empty for the account pages.
    pub client_id: &'a str,
    /// Where a user with an unlinked wallet can sign up, if anywhere.
    pub door: Option<Door<'a>>,
    /// Additional input for a sign-up.
    pub admission: Admission<'a>,
    /// The organization whose people sign in.
    pub owner: &'a str,
    /// The wallet's proof.
    pub presented: Presented<'a>,
}

/// A user whose wallet signed the message of this sign-in.
#[derive(Debug)]
pub struct Verified<T> {
    /// The user.
    pub account: Account,
    /// The further data.
    pub further: T,
    /// The sign-in that the message was issued in.
    pub flow: Flow,
    key: String,
}

impl<T> Verified<T> {
    /// The evidence.
    pub fn evidence(&self, now: UnixTime) -> Evidence {
        Evidence::by(Method::Wallet, self.account.user.id.clone(), now)
    }

    /// The key of the identity ([`identities::key`]).
    pub fn key(&self) -> String {
        self.key.clone()
    }
}

/// Why a sign-in is refused, and the reason for the log.
#[derive(Debug)]
pub struct Refusal {
    /// The error for the caller, which does not distinguish a wrong signature from an unknown
    /// wallet.
    pub error: SigninError,
    /// The reason for the log.
    pub reason: Option<String>,
    /// Why a valid wallet cannot create an account, where wallet sign-up is enabled.
    pub signup: Option<SignupError>,
}

impl Refusal {
    /// [`SigninError::Wrong`] for that reason.
    pub fn wrong(reason: &impl fmt::Display) -> Self {
        Self { error: SigninError::Wrong, reason: Some(reason.to_string()), signup: None }
    }
}

impl From<SigninError> for Refusal {
    fn from(error: SigninError) -> Self {
        Self { error, reason: None, signup: None }
    }
}

impl From<SignupError> for Refusal {
    fn from(error: SignupError) -> Self {
        match error {
            SignupError::Change(ChangeError::Database(error)) => error.into(),
            error => Self { signup: Some(error), ..Self::wrong(&Refused::Unlinked) },
        }
    }
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Self {
        SigninError::from(error).into()
    }
}

/// Counts the attempt and consumes the issued message in one round trip, verifies the wallet, and
/// reads its user together with the data of `further`. A wrong signature takes the same round
/// trips. If no user has linked the wallet, one is created where the application allows it.
pub async fn verify<T: 'static>(
    origin: &Origin,
    login: WalletLogin<'_>,
    further: impl Fn(Named<'_>) -> Query<T>,
) -> Result<Verified<T>, Refusal> {
    let WalletLogin { request, client_id, door, admission, owner, ref presented } = login;
    let now = origin.clock.now();
    let nonce = Message::parse(presented.message).ok().map(|message| message.nonce().to_owned());
    let ids = [
        flow::id(origin, request, client_id),
        nonce.map(|nonce| flow::id_of_nonce(&nonce, client_id)),
    ];
    let taken = Query::list(ids.into_iter().flatten().map(|id| flow::take(&id, now)));
    let (attempt, flows) = counting::counted(origin, counted(origin, request), taken).await?;
    if let Attempt::Refused(until) = attempt {
        return Err(SigninError::RateLimited(until).into());
    }
    let (flow, challenge) = answered(flows, presented.message, now);
    let wallet = verified(origin, challenge.as_ref(), presented).await;
    let subject = match &wallet {
        Ok(wallet) => wallet.account(),
        Err(_) => format!("{}:{}", presented.chain, presented.address),
    };
    let key = identities::key(owner, WALLET, &subject);
    let read = || {
        let named = Named::Identity(&key);
        (accounts::find(named), further(named))
    };
    let (mut account, mut further) = load(&*origin.database, read()).await?;
    let wallet = wallet.map_err(|refused| Refusal::wrong(&refused))?;
    let door = door.filter(|door| door.takes_wallets() && door.application.organization == owner);
    if let (None, Some(_), Some(door)) = (&account, &flow, door) {
        door.create_by(origin, external(&wallet, &subject), admission).await?;
        (account, further) = load(&*origin.database, read()).await?;
    }
    match (account, flow) {
        (Some(account), Some(flow)) => Ok(Verified { account, further, flow, key }),
        (None, _) => Err(Refusal::wrong(&Refused::Unlinked)),
        (_, None) => Err(Refusal::wrong(&Refused::NoChallenge)),
    }
}

/// The sign-in in which `message` was issued, if there is one, and its challenge.
fn answered(
    flows: Vec<Option<Flow>>,
    message: &str,
    now: UnixTime,
) -> (Option<Flow>, Option<Challenge>) {
    let mut first = None;
    for flow in flows.into_iter().flatten() {
        let challenge = flow.challenge(Method::Wallet, now).cloned();
        if challenge.as_ref().is_some_and(|challenge| challenge.content == message) {
            return (Some(flow), challenge);
        }
        // The verification reports how the signed message differs from this one.
        first.get_or_insert((Some(flow), challenge));
    }
    first.unwrap_or_default()
}
