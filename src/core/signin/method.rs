//! Sign-in methods, their `amr` values (RFC 8176), and their combined strength (`acr`).

use serde::{Deserialize, Serialize};

/// An authentication method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A password.
    Password,
    /// A code or link sent to the account's e-mail address.
    Email,
    /// A code sent to the account's phone.
    Sms,
    /// A Web Authentication credential.
    Passkey,
    /// A signature of a linked wallet.
    Wallet,
    /// A time-based one-time password (RFC 6238).
    Totp,
    /// A recovery code, which works once.
    Recovery,
    /// An identity provider.
    Provider,
}

impl Method {
    /// All methods.
    pub const ALL: [Self; 8] = [
        Self::Password,
        Self::Email,
        Self::Sms,
        Self::Passkey,
        Self::Wallet,
        Self::Totp,
        Self::Recovery,
        Self::Provider,
    ];

    /// Whether it answers a challenge that this server issued.
    pub const fn needs_challenge(self) -> bool {
        matches!(self, Self::Email | Self::Sms | Self::Passkey | Self::Wallet | Self::Provider)
    }

    /// Whether it identifies the user and can be a first factor.
    pub const fn is_first(self) -> bool {
        !matches!(self, Self::Totp | Self::Recovery)
    }

    /// Whether it can be a second factor.
    pub const fn is_second(self) -> bool {
        matches!(self, Self::Passkey | Self::Totp | Self::Recovery | Self::Email | Self::Sms)
    }

    /// The published name of a second factor (WIRE §4.5, `mfaType`).
    pub const fn wire_name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Passkey => "webauthn",
            Self::Wallet => "web3",
            Self::Totp => "app",
            Self::Recovery => "recovery",
            Self::Provider => "provider",
        }
    }

    /// The method of a [`wire_name`](Self::wire_name), or of another name that clients use.
    pub fn of_wire_name(name: &str) -> Option<Self> {
        let name = match name {
            "totp" => "app",
            "phone" => "sms",
            "passkey" => "webauthn",
            other => other,
        };
        Self::ALL.into_iter().find(|method| method.wire_name() == name)
    }
}

/// A set of methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Methods(u8);

impl Methods {
    /// No method.
    pub const NONE: Self = Self(0);

    /// The set of those.
    pub fn of(methods: impl IntoIterator<Item = Method>) -> Self {
        methods.into_iter().fold(Self::NONE, Self::with)
    }

    /// The set with `method`.
    #[must_use]
    pub const fn with(self, method: Method) -> Self {
        Self(self.0 | Self::bit(method))
    }

    /// The set with `method` if `condition` holds.
    #[must_use]
    pub const fn with_if(self, condition: bool, method: Method) -> Self {
        if condition { self.with(method) } else { self }
    }

    /// The set without `method`.
    #[must_use]
    pub const fn without(self, method: Method) -> Self {
        Self(self.0 & !Self::bit(method))
    }

    /// The set without those of `other`.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The intersection.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The union.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of which `condition` holds.
    #[must_use]
    pub fn that(self, condition: impl Fn(Method) -> bool) -> Self {
        Self::of(self.iter().filter(|method| condition(*method)))
    }

    /// Whether these enrolled methods include a second factor. A recovery code replaces one, and is
    /// none by itself.
    pub const fn has_second(self) -> bool {
        !self.without(Method::Recovery).is_empty()
    }

    /// Whether `method` is in the set.
    pub const fn has(self, method: Method) -> bool {
        self.0 & Self::bit(method) != 0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The methods in the set.
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |method| self.has(*method))
    }

    const fn bit(method: Method) -> u8 {
        1 << method as u8
    }
}

/// The strength of a sign-in: the Authentication Context Class Reference (OIDC Core §2, RFC 9470;
/// `phr` and `phrh` as defined in OpenID EAP ACR Values 1.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acr {
    /// One factor.
    One,
    /// Two factors.
    Two,
    /// Two factors, one of which resists phishing.
    PhishingResistant,
    /// The same, with a key that cannot be copied.
    PhishingResistantHardware,
}

impl Acr {
    /// All of them, the weakest first.
    pub const ALL: [Self; 4] =
        [Self::One, Self::Two, Self::PhishingResistant, Self::PhishingResistantHardware];

    /// The value of the claim.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "aal1",
            Self::Two => "aal2",
            Self::PhishingResistant => "phr",
            Self::PhishingResistantHardware => "phrh",
        }
    }

    /// The class of that value.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == text)
    }

    /// The class of a sign-in by methods of these names (`amr`).
    pub fn of(amr: &[String]) -> Self {
        let has = |name: &str| amr.iter().any(|known| known == name);
        match (has("mfa"), has("user") && has("hwk"), has("user") && has("swk")) {
            (false, ..) => Self::One,
            (true, true, _) => Self::PhishingResistantHardware,
            (true, false, true) => Self::PhishingResistant,
            (true, false, false) => Self::Two,
        }
    }
}
