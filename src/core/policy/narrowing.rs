//! The applicability of a role or permission: applications, projects and domains.

/// The restriction of a role or permission. An empty list does not restrict; entries of one list
/// are alternatives, and every list must admit the query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrowing {
    /// Client ids or names of applications.
    pub applications: Vec<String>,
    /// Names of projects.
    pub projects: Vec<String>,
    /// Domains of the application's own choice.
    pub domains: Vec<String>,
}

/// The context of a query. `None` means unknown, not "none": a restricted Deny applies, a
/// restricted Allow does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place<'a> {
    /// The application, by each of its names.
    pub application: Option<&'a [&'a str]>,
    /// The project.
    pub project: Option<&'a str>,
    /// The domain.
    pub domain: Option<&'a str>,
}

/// Whether something applies to a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Possibly: the query lacks the context.
    Possible,
    /// Certainly.
    Sure,
}

impl Narrowing {
    /// Reads the published member `domains`: `application:<name>`, `project:<name>`, and other
    /// entries as domains. Blank entries are skipped.
    pub fn of_domains(entries: &[String]) -> Self {
        let mut narrowing = Self::default();
        for entry in entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty()) {
            let (list, name) = match entry.split_once(':') {
                Some(("application", name)) => (&mut narrowing.applications, name),
                Some(("project", name)) => (&mut narrowing.projects, name),
                _ => (&mut narrowing.domains, entry),
            };
            list.push(name.to_owned());
        }
        narrowing
    }

    /// Whether it is unrestricted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a query from `place` is admitted; `None` if not.
    pub(super) fn admits(&self, place: &Place<'_>) -> Option<Certainty> {
        let project = place.project.as_slice();
        let domain = place.domain.as_slice();
        let lists = [
            (&self.applications, place.application),
            (&self.projects, (!project.is_empty()).then_some(project)),
            (&self.domains, (!domain.is_empty()).then_some(domain)),
        ];
        let mut certainty = Certainty::Sure;
        for (list, names) in lists {
            if list.is_empty() || list.iter().any(|entry| entry == "*") {
                continue;
            }
            match names {
                None => certainty = Certainty::Possible,
                Some(names) if list.iter().any(|entry| names.contains(&entry.as_str())) => {}
                Some(_) => return None,
            }
        }
        Some(certainty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrowing(entries: &[&str]) -> Narrowing {
        Narrowing::of_domains(&entries.iter().map(|&entry| entry.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn every_kind_must_admit_the_question_and_entries_of_one_kind_are_alternatives() {
        let narrowed = narrowing(&["application:a", "application:b", "project:p", " ", ""]);
        let place = |application: &'static [&'static str], project| Place {
            application: Some(application),
            project: Some(project),
            domain: None,
        };
        assert_eq!(narrowed.admits(&place(&["b", "id-of-b"], "p")), Some(Certainty::Sure));
        assert_eq!(narrowed.admits(&place(&["c"], "p")), None);
        assert_eq!(narrowed.admits(&place(&["a"], "q")), None);
        assert_eq!(narrowing(&["eu"]).admits(&place(&["a"], "p")), Some(Certainty::Possible));
        assert_eq!(narrowing(&["*"]).admits(&Place::default()), Some(Certainty::Sure));
    }

    #[test]
    fn an_unknown_place_is_only_possibly_admitted() {
        let narrowed = narrowing(&["project:p"]);
        assert_eq!(narrowed.admits(&Place::default()), Some(Certainty::Possible));
        assert_eq!(narrowing(&[]).admits(&Place::default()), Some(Certainty::Sure));
    }
}
