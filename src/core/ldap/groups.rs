//! The groups of a user: from `memberOf`, or by searching level by level.

use std::collections::HashSet;

use super::{
    Asked, Directory, Dn, Entry, Filter, GroupRule, LdapError, Scope, Search, person::within,
    settings::GroupSearch,
};

/// Maximum number of names per group search.
const NAMES_PER_SEARCH: usize = 16;

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group {
    /// Its distinguished name.
    pub dn: Dn,
}

impl Group {
    /// Its own name (first RDN), in lower case. Not unique: two branches may have the same.
    pub fn name(&self) -> Option<&str> {
        self.dn.leaf()
    }

    /// The values of `memberOf`.
    pub(super) fn of_entry(directory: &Directory, entry: &Entry) -> Result<Vec<Self>, LdapError> {
        entry.complete("memberOf")?;
        let most = directory.settings().limits.groups;
        let values = entry.values("memberOf");
        if values.len() > most {
            return Err(LdapError::TooManyGroups(most));
        }
        let mut groups = Vec::with_capacity(values.len());
        for value in values {
            let name = String::from_utf8_lossy(value).into_owned();
            let dn = Dn::parse(&name).map_err(|source| LdapError::Dn { name, source })?;
            groups.push(Self { dn });
        }
        groups.sort_by_cached_key(|group| group.dn.normalized());
        Ok(groups)
    }
}

/// A recursive search for the groups of a name.
#[derive(Debug)]
pub(super) struct Walk {
    search: GroupSearch,
    /// Names still to be searched, with their level.
    open: Vec<(String, usize)>,
    /// The level of the pending search.
    level: usize,
    seen: HashSet<Dn>,
    found: Vec<Group>,
}

impl Walk {
    /// Starts at a user; `None` if groups are not searched.
    pub(super) fn begin(directory: &Directory, person: &Dn) -> Option<Self> {
        let search = match directory.settings().groups {
            GroupRule::Search { .. } => directory.group_search.clone()?,
            GroupRule::None | GroupRule::MemberOf => return None,
        };
        Some(Self {
            search,
            open: vec![(person.as_str().to_owned(), 0)],
            level: 0,
            seen: HashSet::from([person.clone()]),
            found: Vec::new(),
        })
    }

    /// The next search; `None` when complete.
    pub(super) fn next(&mut self, directory: &Directory) -> Option<(Asked, Search)> {
        let (_, level) = self.open.first()?;
        self.level = *level;
        let same = self.open.iter().take_while(|(_, level)| *level == self.level).count();
        let names: Vec<_> = self.open.drain(..same.min(NAMES_PER_SEARCH)).collect();
        let mut filters: Vec<Filter> =
            names.iter().map(|(name, _)| self.search.filter.fill(name.as_bytes())).collect();
        let filter = match filters.pop() {
            Some(only) if filters.is_empty() => only,
            last => Filter::Or(filters.into_iter().chain(last).collect()),
        };
        let limits = &directory.settings().limits;
        let search = Search {
            base: self.search.base.as_str().to_owned(),
            scope: Scope::Subtree,
            size_limit: u32::try_from(limits.groups).unwrap_or(u32::MAX >> 1).saturating_add(1),
            time_limit: limits.seconds,
            filter,
            attributes: vec!["1.1".to_owned()], // none (RFC 4511 §4.5.1.8)
            page: None,
        };
        Some((Asked::Groups, search))
    }

    /// Adds a found group. Known groups are not searched again, so that cycles terminate.
    pub(super) fn take(&mut self, directory: &Directory, entry: &Entry) -> Result<(), LdapError> {
        let limits = &directory.settings().limits;
        let dn = within(&entry.dn, &self.search.base)?;
        if !self.seen.insert(dn.clone()) {
            return Ok(());
        }
        if self.found.len() == limits.groups {
            return Err(LdapError::TooManyGroups(limits.groups));
        }
        if self.search.nested {
            if self.level == limits.group_depth {
                return Err(LdapError::GroupsTooDeep(limits.group_depth));
            }
            self.open.push((entry.dn.clone(), self.level + 1));
        }
        self.found.push(Group { dn });
        Ok(())
    }

    /// The groups, in a deterministic order.
    pub(super) fn finish(mut self) -> Vec<Group> {
        self.found.sort_by_cached_key(|group| group.dn.normalized());
        self.found
    }
}
