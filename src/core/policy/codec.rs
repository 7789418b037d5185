//! The published encoding of a policy, a list of strings: a single small decoder, because the edge
//! module has no room for one per type.

use super::{
    Narrowing,
    record::{Assignment, Effect, Group, GroupKind, Permission, Policy, Standing},
};
use crate::core::{time::UnixTime, token::Role};

impl Policy {
    /// The texts. What does not count at the moment is expected to have been removed
    /// ([`Policy::in_force`]); a group keeps whether it counts.
    pub fn encode(&self) -> Vec<String> {
        let mut writer = Writer::default();
        writer.list(&self.groups, |writer, group| {
            writer.text(if group.kind == GroupKind::Role { "r" } else { "t" });
            writer.text(&group.name);
            writer.text(if group.standing == Standing::Active { "1" } else { "0" });
            writer.narrowing(&group.narrowing);
            writer.list(&group.member_of, Writer::assignment);
        });
        writer.list(&self.users, |writer, (user, groups)| {
            writer.text(user);
            writer.list(groups, Writer::assignment);
        });
        writer.list(&self.permissions, |writer, permission| {
            writer.text(&permission.name);
            writer.text(permission.effect.as_str());
            writer.text(if permission.standing == Standing::Active { "1" } else { "0" });
            writer.text(&permission.resource_type);
            writer.texts(&permission.resources);
            writer.texts(&permission.actions);
            writer.narrowing(&permission.narrowing);
            writer.list(&permission.users, |writer, (user, end)| {
                writer.text(user);
                writer.time(*end);
            });
            writer.list(&permission.groups, Writer::assignment);
            writer.list(&permission.roles, |writer, (role, end)| {
                writer.text(role.name());
                writer.time(*end);
            });
            writer.time(permission.expires_at);
        });
        writer.0
    }

    /// The policy of these texts; `None` if they are of none.
    pub fn decode(texts: Vec<String>) -> Option<Self> {
        let mut reader = Reader(texts.into_iter());
        let groups = reader.list(|reader| {
            Some(Group {
                kind: if reader.text()? == "r" { GroupKind::Role } else { GroupKind::Team },
                name: reader.text()?,
                standing: reader.standing()?,
                narrowing: reader.narrowing()?,
                member_of: reader.list(Reader::assignment)?,
            })
        })?;
        let users =
            reader.list(|reader| Some((reader.text()?, reader.list(Reader::assignment)?)))?;
        let permissions = reader.list(|reader| {
            Some(Permission {
                name: reader.text()?,
                effect: Effect::stored(&reader.text()?),
                standing: reader.standing()?,
                resource_type: reader.text()?,
                resources: reader.texts()?,
                actions: reader.texts()?,
                narrowing: reader.narrowing()?,
                users: reader.list(|reader| Some((reader.text()?, reader.time()?.0)))?,
                groups: reader.list(Reader::assignment)?,
                roles: reader.list(|reader| Some((reader.role()?, reader.time()?.0)))?,
                expires_at: reader.time()?.0,
            })
        })?;
        reader.0.next().is_none().then_some(Self { groups, users, permissions })
    }
}

#[derive(Default)]
struct Writer(Vec<String>);

impl Writer {
    fn text(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }

    fn time(&mut self, time: Option<UnixTime>) {
        self.0.push(time.map_or_else(String::new, |time| time.0.to_string()));
    }

    fn list<T>(&mut self, list: &[T], write: impl Fn(&mut Self, &T)) {
        self.0.push(list.len().to_string());
        for item in list {
            write(self, item);
        }
    }

    fn texts(&mut self, texts: &[String]) {
        self.list(texts, |writer, text| writer.text(text));
    }

    fn narrowing(&mut self, narrowing: &Narrowing) {
        self.texts(&narrowing.applications);
        self.texts(&narrowing.projects);
        self.texts(&narrowing.domains);
    }

    fn assignment(&mut self, assignment: &Assignment) {
        self.0.push(assignment.group.to_string());
        self.time(assignment.expires_at);
    }
}

/// The end of something, if it has one.
struct End(Option<UnixTime>);

struct Reader(std::vec::IntoIter<String>);

impl Reader {
    fn text(&mut self) -> Option<String> {
        self.0.next()
    }

    fn number(&mut self) -> Option<usize> {
        let number: u64 = self.text()?.parse().ok()?;
        usize::try_from(number).ok()
    }

    fn time(&mut self) -> Option<End> {
        let text = self.text()?;
        if text.is_empty() {
            return Some(End(None));
        }
        let seconds: u64 = text.parse().ok()?;
        Some(End(Some(UnixTime(i64::try_from(seconds).ok()?))))
    }

    /// A list of items, limited to the number of remaining texts.
    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()?;
        let mut list = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            list.push(read(self)?);
        }
        Some(list)
    }

    fn texts(&mut self) -> Option<Vec<String>> {
        self.list(Self::text)
    }

    fn standing(&mut self) -> Option<Standing> {
        Some(if self.text()? == "1" { Standing::Active } else { Standing::Disabled })
    }

    fn role(&mut self) -> Option<Role> {
        let text = self.text()?;
        [Role::Member, Role::Admin, Role::Owner].into_iter().find(|role| role.name() == text)
    }

    fn narrowing(&mut self) -> Option<Narrowing> {
        Some(Narrowing {
            applications: self.texts()?,
            projects: self.texts()?,
            domains: self.texts()?,
        })
    }

    fn assignment(&mut self) -> Option<Assignment> {
        Some(Assignment { group: self.number()?, expires_at: self.time()?.0 })
    }
}
