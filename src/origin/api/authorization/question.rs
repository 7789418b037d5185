//! The authorization query of a request, in each supported format.

use crate::core::{
    directory::Invalid,
    gateway,
    policy::{Place, path_names},
};

/// Maximum length of a name, action or type, in bytes.
const MAXIMUM_TEXT: usize = 2_048;

/// The resource type for service paths.
pub const PATH: &str = "path";

/// The action, resource and context.
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
    /// Creates a query for `action` on the resource of that type and name.
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

    /// The context of the query; `application` is the list of its names.
    pub fn place<'a>(&'a self, application: &'a [&'a str]) -> Place<'a> {
        Place {
            application: (!application.is_empty()).then_some(application),
            project: self.project.as_deref(),
            domain: self.domain.as_deref(),
        }
    }
}

/// The resource names of a path, or an error: an ambiguous path is not a resource (ATTACKS F-88).
pub fn names_of_path(path: &str) -> Result<Vec<String>, Invalid> {
    match gateway::check(path) {
        Ok(_) => Ok(path_names(path)),
        Err(_) => Err(Invalid::member(
            "path",
            "must be an absolute path without a query, empty or dot segments, or needless encoding",
        )),
    }
}
