//! Presets for common servers.

use serde::{Deserialize, Serialize};

use super::{Active, GroupRule, KeyRule, Limits, Scope, Settings, SubjectRule, TlsMode};

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Preset {
    /// OpenLDAP with `inetOrgPerson` (RFC 2798) and `groupOfNames`.
    OpenLdap,
    /// Active Directory.
    ActiveDirectory,
}

impl Preset {
    /// The settings for a server of this kind. Groups are searched below `base`.
    pub fn settings(self, host: &str, base: &str, service_account: &str) -> Settings {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let common = Settings {
            host: host.to_owned(),
            port: None,
            tls: TlsMode::Ldaps,
            base: base.to_owned(),
            scope: Scope::Subtree,
            service_account: service_account.to_owned(),
            login_filter: "(&(objectClass=inetOrgPerson)(uid={login}))".to_owned(),
            people_filter: "(objectClass=inetOrgPerson)".to_owned(),
            subject: SubjectRule::EntryUuid,
            attributes: names(&["uid", "cn", "sn", "givenName", "displayName", "mail"]),
            groups: GroupRule::Search {
                base: base.to_owned(),
                filter: "(|(member={dn})(uniqueMember={dn}))".to_owned(),
                nested: true,
            },
            active: Active::Everyone,
            modified: "modifyTimestamp".to_owned(),
            key: KeyRule::Uuid("entryUUID".to_owned()),
            limits: Limits::default(),
        };
        match self {
            Self::OpenLdap => common,
            Self::ActiveDirectory => Settings {
                login_filter: "(&(objectCategory=person)(objectClass=user)\
                    (|(sAMAccountName={login})(userPrincipalName={login})))"
                    .to_owned(),
                people_filter: "(&(objectCategory=person)(objectClass=user))".to_owned(),
                subject: SubjectRule::ObjectGuid,
                attributes: names(&[
                    "sAMAccountName",
                    "userPrincipalName",
                    "cn",
                    "sn",
                    "givenName",
                    "displayName",
                    "mail",
                ]),
                groups: GroupRule::Search {
                    base: base.to_owned(),
                    filter: format!("(member:{}:={{dn}})", super::super::IN_CHAIN),
                    nested: false,
                },
                active: Active::UserAccountControl,
                modified: "whenChanged".to_owned(),
                key: KeyRule::Time("whenCreated".to_owned()),
                ..common
            },
        }
    }
}
