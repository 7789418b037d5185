//! The configuration of a worker: variables, secrets and bindings.

#[cfg(feature = "origin")]
use std::rc::Rc;
use std::{fmt, ops::RangeInclusive};

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

#[cfg(feature = "origin")]
use super::D1;
use super::{Kv, Service};
#[cfg(feature = "edge")]
use crate::core::gateway::GatewayHosts;
use crate::core::{
    limit::Rate,
    publication::Route,
    root_key::{RootKey, RootKeys},
};
#[cfg(feature = "origin")]
use crate::{core::revocation::Sequence, ports::Database};

/// The environment of a worker.
#[derive(Debug, Clone)]
pub struct Environment(pub Object);

/// A required setting is missing or invalid.
#[derive(Debug, Clone)]
pub struct EnvironmentError {
    name: &'static str,
    problem: &'static str,
}

impl EnvironmentError {
    /// The setting `name` has that problem.
    #[cfg(feature = "origin")]
    pub(super) const fn new(name: &'static str, problem: &'static str) -> Self {
        Self { name, problem }
    }
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration: {} {}", self.name, self.problem)
    }
}

impl std::error::Error for EnvironmentError {}

impl From<EnvironmentError> for JsValue {
    fn from(error: EnvironmentError) -> Self {
        js_sys::Error::new(&error.to_string()).into()
    }
}

impl Environment {
    /// A variable or secret; `None` if it is absent or empty. A structured one is JSON text.
    pub fn text(&self, name: &str) -> Option<String> {
        let value = self.binding(name)?;
        let text = match value.as_string() {
            Some(text) => text,
            None => JSON::stringify(&value).ok()?.into(),
        };
        (!text.is_empty()).then_some(text)
    }

    /// A variable or secret that must be set.
    pub fn require(&self, name: &'static str) -> Result<String, EnvironmentError> {
        self.text(name).ok_or(EnvironmentError { name, problem: "is not set" })
    }

    /// A JSON document; the default if it is not set.
    pub fn json<T>(&self, name: &'static str) -> Result<T, EnvironmentError>
    where
        T: serde::de::DeserializeOwned + Default,
    {
        self.text(name).map_or_else(
            || Ok(T::default()),
            |text| {
                serde_json::from_str(&text)
                    .map_err(|_| EnvironmentError { name, problem: "is not the JSON it should be" })
            },
        )
    }

    /// A comma separated list; empty if it is not set.
    pub fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(str::to_owned).collect()
    }

    /// A number of seconds in `range`; `None` if it is not set.
    pub fn seconds(
        &self,
        name: &'static str,
        range: RangeInclusive<i64>,
    ) -> Result<Option<i64>, EnvironmentError> {
        let parse = |text: String| {
            let seconds = text.parse().ok().filter(|seconds| range.contains(seconds));
            seconds.ok_or(EnvironmentError { name, problem: "is not a number of seconds in range" })
        };
        self.text(name).map(parse).transpose()
    }

    /// A deadline: a number of seconds; `default` if it is not set.
    #[cfg(feature = "edge")]
    pub fn deadline(&self, name: &'static str, default: u32) -> Result<u32, EnvironmentError> {
        let seconds = self.seconds(name, 1..=Route::MAXIMUM_DEADLINE.into())?;
        Ok(seconds.and_then(|seconds| seconds.try_into().ok()).unwrap_or(default))
    }

    /// `GATEWAY_HOSTS` and `DANGER_GATEWAY_ON_ISSUER_HOST`.
    #[cfg(feature = "edge")]
    pub fn gateway_hosts(&self) -> Result<GatewayHosts, EnvironmentError> {
        let issuer = self.issuer()?;
        let mapped = self.issuers_by_host()?;
        let sign_in = mapped.iter().flat_map(|(host, issuer)| [host.as_str(), issuer.as_str()]);
        GatewayHosts::new(
            self.list("GATEWAY_HOSTS"),
            self.text("DANGER_GATEWAY_ON_ISSUER_HOST"),
            sign_in.chain([issuer.as_str()]),
        )
        .map_err(|error| EnvironmentError { name: "GATEWAY_HOSTS", problem: error.problem() })
    }

    /// A rate, `<calls>/<seconds>`, or `none`; `default` if it is not set.
    pub fn rate(
        &self,
        name: &'static str,
        default: Option<Rate>,
    ) -> Result<Option<Rate>, EnvironmentError> {
        match self.text(name).as_deref() {
            None => Ok(default),
            Some("none") => Ok(None),
            Some(text) => Rate::parse(text)
                .map(Some)
                .ok_or(EnvironmentError { name, problem: "is neither <calls>/<seconds> nor none" }),
        }
    }

    /// A limit that cannot be switched off, `<attempts>/<seconds>`; `None` if it is not set.
    #[cfg(feature = "origin")]
    pub fn limit(&self, name: &'static str) -> Result<Option<Rate>, EnvironmentError> {
        let parse = |text: String| {
            Rate::parse(&text)
                .ok_or(EnvironmentError { name, problem: "is not <attempts>/<seconds>" })
        };
        self.text(name).map(parse).transpose()
    }

    /// `true` or `false`, which is what it is if it is not set.
    pub fn flag(&self, name: &'static str) -> Result<bool, EnvironmentError> {
        match self.text(name).as_deref() {
            Some("true") => Ok(true),
            Some("false") | None => Ok(false),
            Some(_) => Err(EnvironmentError { name, problem: "is neither true nor false" }),
        }
    }

    /// `ROOT_KEY` and `ROOT_KEY_PREVIOUS`.
    pub fn root_keys(&self) -> Result<RootKeys, EnvironmentError> {
        let parse = |name: &'static str, text: &str| {
            RootKey::parse(text)
                .ok_or(EnvironmentError { name, problem: "is not base64url of 32 bytes" })
        };
        let previous = self.text("ROOT_KEY_PREVIOUS");
        Ok(RootKeys {
            current: parse("ROOT_KEY", &self.require("ROOT_KEY")?)?,
            previous: previous.map(|text| parse("ROOT_KEY_PREVIOUS", &text)).transpose()?,
        })
    }

    /// `IAM_ISSUER`, without a trailing slash: tokens are compared with it as it stands.
    pub fn issuer(&self) -> Result<String, EnvironmentError> {
        let issuer = self.require("IAM_ISSUER")?;
        let sound = issuer.starts_with("https://") || issuer.starts_with("http://");
        if sound && !issuer.ends_with('/') {
            Ok(issuer)
        } else {
            Err(EnvironmentError {
                name: "IAM_ISSUER",
                problem: "is not scheme://host without a slash at its end",
            })
        }
    }

    /// `IAM_ISSUER_MAP`: hosts and their issuers.
    pub fn issuers_by_host(&self) -> Result<Vec<(String, String)>, EnvironmentError> {
        let map: std::collections::BTreeMap<String, String> = self.json("IAM_ISSUER_MAP")?;
        Ok(map.into_iter().collect())
    }

    /// `ROUTES`: the services behind the gateway.
    #[cfg(feature = "origin")]
    pub fn routes(&self) -> Result<Vec<Route>, EnvironmentError> {
        let name = "ROUTES";
        let routes: Vec<Route> = self.json(name)?;
        let problem = "has a route with a service, address or identity header that cannot be";
        if routes.iter().all(Route::is_sound) {
            Ok(routes)
        } else {
            Err(EnvironmentError { name, problem })
        }
    }

    /// The KV namespace `SNAPSHOTS`.
    pub fn snapshots(&self) -> Result<Kv, EnvironmentError> {
        self.required_binding("SNAPSHOTS").map(|binding| Kv(binding.unchecked_into()))
    }

    /// The D1 database `DB`.
    #[cfg(feature = "origin")]
    pub fn database(&self) -> Result<D1, EnvironmentError> {
        self.required_binding("DB").map(|binding| D1(binding.unchecked_into()))
    }

    /// All D1 databases: `DB`, and as far as they are bound `DB_1`, `DB_2` and so on.
    #[cfg(feature = "origin")]
    pub fn databases(&self) -> Result<Vec<Rc<dyn Database>>, EnvironmentError> {
        let mut all: Vec<Rc<dyn Database>> = vec![Rc::new(self.database()?)];
        while let Some(binding) = self.binding(&format!("DB_{}", all.len())) {
            if all.len() >= Sequence::DATABASES {
                return Err(EnvironmentError {
                    name: "DB_64",
                    problem: "is one database too many",
                });
            }
            all.push(Rc::new(D1(binding.unchecked_into())));
        }
        Ok(all)
    }

    /// A service binding.
    pub fn service(&self, name: &'static str) -> Result<Service, EnvironmentError> {
        self.required_binding(name).map(|binding| Service(binding.unchecked_into()))
    }

    /// A binding that must be there.
    pub(super) fn required_binding(&self, name: &'static str) -> Result<JsValue, EnvironmentError> {
        self.binding(name).ok_or(EnvironmentError { name, problem: "is not bound" })
    }

    /// A binding, if there is one.
    pub(super) fn binding(&self, name: &str) -> Option<JsValue> {
        Reflect::get(&self.0, &JsValue::from_str(name))
            .ok()
            .filter(|value| !value.is_undefined() && !value.is_null())
    }
}
