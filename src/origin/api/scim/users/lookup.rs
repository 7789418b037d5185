//! Candidates for a filter: users found by an index, or a bounded number of all users.

use crate::{
    core::scim::{Comparison, Filter, Operator, Target},
    origin::store::scim::Lookup,
};

/// Maximum number of users that a filter is evaluated on.
pub(super) const MAXIMUM_SCAN: usize = 1000;

/// Maximum number of index look-ups per filter.
const MAXIMUM_LOOKUPS: usize = 20;

/// The index look-ups that find every matching user; `None` if no index applies.
pub(super) fn lookups(filter: &Filter) -> Option<Vec<Lookup>> {
    filter.lookups(&lookup).filter(|lookups| lookups.len() <= MAXIMUM_LOOKUPS)
}

fn lookup(list: Option<&Target>, comparison: &Comparison) -> Option<Lookup> {
    let Comparison { target, operator, .. } = comparison;
    if target.extension.is_some() {
        return None;
    }
    let operand = comparison.operand()?.to_owned();
    let outer = list.map(|list| list.attribute.name);
    let name = target.attribute.name;
    let sub = target.sub.map(|sub| sub.name);
    match (outer, name, sub, operator) {
        (None, "id", None, Operator::Eq) => Some(Lookup::Id(operand)),
        (None, "externalId", None, Operator::Eq) => Some(Lookup::ExternalId(operand)),
        (None, "userName", None, Operator::Eq) => Some(Lookup::UserName(operand)),
        (None, "userName", None, Operator::Sw) if !operand.is_empty() => {
            Some(Lookup::UserNamePrefix(operand))
        }
        (None, "emails", Some("value"), Operator::Eq)
        | (Some("emails"), "value", None, Operator::Eq) => Some(Lookup::Email(operand)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::scim::USERS;

    #[test]
    fn the_usual_filters_of_clients_are_searches() {
        let (email, name) = (Lookup::Email("a@x.y".into()), Lookup::UserName("a@x.y".into()));
        for (filter, expected) in [
            (r#"userName eq "A@x.y""#, Some(vec![name.clone()])),
            (r#"userName eq "a@x.y" and active eq true"#, Some(vec![name.clone()])),
            (r#"emails eq "a@x.y""#, Some(vec![email.clone()])),
            (r#"emails[type eq "work"].value eq "a@x.y""#, None),
            (r#"emails[type eq "work" and value eq "A@x.y"]"#, Some(vec![email.clone()])),
            (r#"userName eq "a@x.y" or emails.value eq "a@x.y""#, Some(vec![name, email])),
            (r#"externalId eq "X1""#, Some(vec![Lookup::ExternalId("X1".into())])),
            (r#"userName sw "A""#, Some(vec![Lookup::UserNamePrefix("a".into())])),
            (r#"userName sw """#, None),
            ("externalId eq null", None),
            ("active eq true", None),
        ] {
            let found = Filter::parse(&USERS, filter).ok().and_then(|filter| lookups(&filter));
            assert_eq!(found, expected, "{filter}");
        }
    }
}
