//! Result codes (RFC 4511 appendix A), and Active Directory's reasons in diagnostic messages.

use std::fmt;

/// The result code of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResultCode(pub u32);

impl ResultCode {
    /// Success.
    pub const SUCCESS: Self = Self(0);
    /// The time limit was reached.
    pub const TIME_LIMIT_EXCEEDED: Self = Self(3);
    /// The size limit was reached: ours or the server's.
    pub const SIZE_LIMIT_EXCEEDED: Self = Self(4);
    /// The server refers to another server.
    pub const REFERRAL: Self = Self(10);
    /// A critical control is not supported.
    pub const UNAVAILABLE_CRITICAL_EXTENSION: Self = Self(12);
    /// TLS is required.
    pub const CONFIDENTIALITY_REQUIRED: Self = Self(13);
    /// A SASL bind needs another step; never a response to a simple bind.
    pub const SASL_BIND_IN_PROGRESS: Self = Self(14);
    /// The search base does not exist or is not visible.
    pub const NO_SUCH_OBJECT: Self = Self(32);
    /// A text is not a distinguished name.
    pub const INVALID_DN_SYNTAX: Self = Self(34);
    /// The authentication method is not allowed for this entry.
    pub const INAPPROPRIATE_AUTHENTICATION: Self = Self(48);
    /// The name or the password is wrong.
    pub const INVALID_CREDENTIALS: Self = Self(49);
    /// Insufficient access rights.
    pub const INSUFFICIENT_ACCESS_RIGHTS: Self = Self(50);
    /// The server is busy.
    pub const BUSY: Self = Self(51);
    /// The server is shutting down.
    pub const UNAVAILABLE: Self = Self(52);
    /// The server refuses by policy.
    pub const UNWILLING_TO_PERFORM: Self = Self(53);

    /// The name in RFC 4511; `None` for an unknown code.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "success",
            1 => "operationsError",
            2 => "protocolError",
            3 => "timeLimitExceeded",
            4 => "sizeLimitExceeded",
            5 => "compareFalse",
            6 => "compareTrue",
            7 => "authMethodNotSupported",
            8 => "strongerAuthRequired",
            10 => "referral",
            11 => "adminLimitExceeded",
            12 => "unavailableCriticalExtension",
            13 => "confidentialityRequired",
            14 => "saslBindInProgress",
            16 => "noSuchAttribute",
            17 => "undefinedAttributeType",
            18 => "inappropriateMatching",
            19 => "constraintViolation",
            20 => "attributeOrValueExists",
            21 => "invalidAttributeSyntax",
            32 => "noSuchObject",
            33 => "aliasProblem",
            34 => "invalidDNSyntax",
            36 => "aliasDereferencingProblem",
            48 => "inappropriateAuthentication",
            49 => "invalidCredentials",
            50 => "insufficientAccessRights",
            51 => "busy",
            52 => "unavailable",
            53 => "unwillingToPerform",
            54 => "loopDetect",
            64 => "namingViolation",
            65 => "objectClassViolation",
            66 => "notAllowedOnNonLeaf",
            67 => "notAllowedOnRDN",
            68 => "entryAlreadyExists",
            69 => "objectClassModsProhibited",
            71 => "affectsMultipleDSAs",
            80 => "other",
            _ => return None,
        })
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.name().unwrap_or("unknown"))
    }
}

/// Why Active Directory refuses a bind: the `data` of its diagnostic message, a Win32 error in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AdReason {
    /// `525`: no such user.
    NoSuchUser,
    /// `52e`: wrong password.
    WrongPassword,
    /// `52f`: account restriction.
    Restriction,
    /// `530`: outside the permitted logon hours.
    LogonHours,
    /// `531`: not permitted from this workstation.
    Workstation,
    /// `532`: the password has expired.
    PasswordExpired,
    /// `533`: the account is disabled.
    Disabled,
    /// `701`: the account has expired.
    AccountExpired,
    /// `773`: the password must be changed first.
    MustChangePassword,
    /// `775`: the account is locked after too many attempts.
    Locked,
}

impl AdReason {
    /// Parses the reason from a diagnostic message such as `80090308: LdapErr: DSID-0C090439,
    /// comment: AcceptSecurityContext error, data 52e, v4563`.
    pub fn in_diagnostic(message: &str) -> Option<Self> {
        let (_, data) = message.split_once("AcceptSecurityContext error, data ")?;
        let code = data.split(|c: char| !c.is_ascii_hexdigit()).next()?;
        Some(match code.to_ascii_lowercase().as_str() {
            "525" => Self::NoSuchUser,
            "52e" => Self::WrongPassword,
            "52f" => Self::Restriction,
            "530" => Self::LogonHours,
            "531" => Self::Workstation,
            "532" => Self::PasswordExpired,
            "533" => Self::Disabled,
            "701" => Self::AccountExpired,
            "773" => Self::MustChangePassword,
            "775" => Self::Locked,
            _ => return None,
        })
    }
}

impl fmt::Display for AdReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchUser => "there is no such user (525)",
            Self::WrongPassword => "the password is wrong (52e)",
            Self::Restriction => "a restriction of the account forbids it (52f)",
            Self::LogonHours => "sign-in is not allowed at this hour (530)",
            Self::Workstation => "sign-in is not allowed from this workstation (531)",
            Self::PasswordExpired => "the password has expired (532)",
            Self::Disabled => "the account is disabled (533)",
            Self::AccountExpired => "the account has expired (701)",
            Self::MustChangePassword => "the password must be changed first (773)",
            Self::Locked => "the account is locked (775)",
        })
    }
}
