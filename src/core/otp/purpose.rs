//! The purpose of a code sent to an address.

/// What a code is for: a code of one purpose is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The first factor of a sign-in.
    Signin,
    /// The second factor of a sign-in.
    Second,
    /// A new account.
    Signup,
    /// A forgotten password.
    Reset,
    /// The address of a signed-in person.
    Verify,
}

impl Purpose {
    /// The name that the code is bound to, by which clients ask for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signin => "signin",
            Self::Second => "second",
            Self::Signup => "signup",
            Self::Reset => "reset",
            Self::Verify => "verify",
        }
    }
}
