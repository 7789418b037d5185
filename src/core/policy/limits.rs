//! The limits of a credential, which bound every decision about its own holder.

use http::Method;

use super::Question;
use crate::core::{apikey::KeyScope, gateway::ServicePath};

/// The limits of a credential. The default is unlimited, for queries about a user rather than a
/// credential's holder.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits<'a> {
    /// The scope of the key.
    pub scope: Option<&'a KeyScope>,
    /// Whether it only reads.
    pub read_only: bool,
}

impl Limits<'_> {
    /// Whether the credential allows the query. A path resource belongs to the path's service, any
    /// other to the service named like its type.
    pub(super) fn permit(&self, question: &Question<'_>) -> bool {
        let reads = question.actions.iter().all(|action| is_read(action));
        if self.read_only && !reads {
            return false;
        }
        let Some(scope) = self.scope.filter(|scope| !scope.is_unlimited()) else { return true };
        let method = if reads { Method::GET } else { Method::POST };
        let project = question.place.project;
        question.names.iter().all(|name| {
            let path = ServicePath::of(name).map(|path| path.service);
            let service = path.or(question.resource_type).unwrap_or_default();
            scope.permits(service, &method) && scope.covers(question.resource_type, name, project)
        })
    }
}

/// Whether an action changes nothing: a safe method (RFC 9110 §9.2.1), or a word for reading, alone or
/// after the last `:` or `.`.
fn is_read(action: &str) -> bool {
    let word = action.rsplit([':', '.']).next().unwrap_or(action);
    ["read", "get", "list", "view", "head", "options"]
        .iter()
        .any(|read| word.eq_ignore_ascii_case(read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::policy::Place;

    fn permits(scope: &str, action: &str, kind: Option<&str>, name: &str) -> bool {
        let scope = KeyScope::stored(scope);
        let limits = Limits { scope: Some(&scope), read_only: false };
        limits.permit(&Question {
            actions: &[action],
            resource_type: kind,
            names: &[name],
            place: Place { project: Some("p"), ..Place::default() },
        })
    }

    /// ATTACKS F-85.
    #[test]
    fn a_key_gets_no_more_by_a_decision_than_by_its_scope() {
        assert!(permits("", "write", None, "anything"));
        assert!(permits("read:*", "read", None, "anything"));
        assert!(permits("read:*", "models:read", None, "anything"));
        assert!(!permits("read:*", "write", None, "anything"));
        assert!(!permits("read:*", "read:all", None, "anything"));
        assert!(permits("product:echo", "write", None, "/v1/echo/x"));
        assert!(!permits("product:echo", "write", None, "/v1/billing/x"));
        assert!(permits("product:invoice", "write", Some("invoice"), "7"));
        assert!(!permits("product:invoice", "write", None, "7"));
        assert!(permits("model:zen5", "use", Some("model"), "zen5"));
        assert!(!permits("model:zen5", "use", Some("model"), "zen6"));
        assert!(permits("project:p", "use", Some("model"), "zen5"));
        assert!(!permits("project:q", "use", Some("model"), "zen5"));
        assert!(!permits("write:*", "read", None, "anything"));
    }

    #[test]
    fn a_credential_that_reads_carries_no_other_action() {
        let limits = Limits { scope: None, read_only: true };
        let asks = |actions: &[&str]| {
            let place = Place::default();
            limits.permit(&Question { actions, resource_type: None, names: &["x"], place })
        };
        assert!(asks(&["GET", "read"]));
        assert!(!asks(&["POST", "write"]));
        assert!(!asks(&["read", "write"]));
    }
}
