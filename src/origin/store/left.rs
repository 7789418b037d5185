//! The state of a membership after a change, as a condition of other statements.

use crate::core::token::Role;

/// What a change leaves of a membership. Statements that depend on the change stand after it in its
/// batch, under [`Left::condition`]: they do nothing if it was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// A smaller role.
    Role(Role),
}

impl Left {
    /// That the membership of the user in the parameter `user` in the organization in the parameter
    /// `organization` is what was left.
    pub(super) fn condition(self, user: u8, organization: u8) -> String {
        let row = format!(
            "EXISTS (SELECT 1 FROM memberships AS own WHERE own.user_id = ?{user} \
             AND own.organization = ?{organization}"
        );
        match self {
            Self::Nothing => format!("NOT {row})"),
            Self::Role(role) => format!("{row} AND own.role = '{}')", role.name()),
        }
    }
}
