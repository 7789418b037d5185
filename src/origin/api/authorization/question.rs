//! The question of a request, in each form that clients send.

use crate::core::{
    directory::Invalid,
    gateway,
    policy::{Place, path_names},
};

/// The most bytes of a name, an action or a type.
const MAXIMUM_TEXT: usize = 2_048;

/// The type of resources that are paths of a service.
pub const PATH: &str = "path";

/// What is to be done, to what, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The names of the action.
    pub actions: Vec<String>,
    /// The type of the resource.
    pub resource_type: Option<String>,
    /// The names of the resource.
    pub names: Vec<String>,
    /// The application, by name or client id.
    pub application: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The domain.
    pub domain: Option<String>,
}

impl Asked {
    /// The question whether `action` may be done to the resource of that type and name.
    pub fn new(action: &str, resource_type: Option<&str>, name: &str) -> Result<Self, Invalid> {
        for (member, text) in [
            ("action", action),
            ("resource type", resource_type.unwrap_or("-")),
            ("resource", name),
        ] {
            if text.is_empty() || text.len() > MAXIMUM_TEXT {
                return Err(Invalid::member(member, "must have 1 to 2048 bytes"));
            }
        }
        let is_path = resource_type.is_some_and(|kind| kind.eq_ignore_ascii_case(PATH));
        Ok(Self {
            actions: vec![action.to_owned()],
            resource_type: resource_type.map(str::to_owned),
            names: if is_path { names_of_path(name)? } else { vec![name.to_owned()] },
            ..Self::default()
        })
    }

    /// Where it is asked; `application` is the list of its names.
    pub fn place<'a>(&'a self, application: &'a [&'a str]) -> Place<'a> {
        Place {
            application: (!application.is_empty()).then_some(application),
            project: self.project.as_deref(),
            domain: self.domain.as_deref(),
        }
    }
}

/// The names of a path, or why it has none: a path that two readers could read differently is no
/// resource (ATTACKS F-88).
pub fn names_of_path(path: &str) -> Result<Vec<String>, Invalid> {
    match gateway::check(path) {
        Ok(_) => Ok(path_names(path)),
        Err(_) => Err(Invalid::member(
            "path",
            "must be an absolute path without a query, empty or dot segments, or needless encoding",
        )),
    }
}
