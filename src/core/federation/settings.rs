//! Protocol-independent provider settings.

/// The protocol of a provider, selected by its category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// OAuth 2.0 or OpenID Connect: `OAuth`.
    OAuth,
    /// SAML 2.0: `SAML`.
    Saml,
    /// LDAP: `LDAP`.
    Ldap,
    /// Kerberos by HTTP Negotiate: `Kerberos`.
    Kerberos,
}

impl Protocol {
    /// All protocols.
    pub const ALL: [Self; 4] = [Self::OAuth, Self::Saml, Self::Ldap, Self::Kerberos];

    /// Its category.
    pub const fn category(self) -> &'static str {
        match self {
            Self::OAuth => "OAuth",
            Self::Saml => "SAML",
            Self::Ldap => "LDAP",
            Self::Kerberos => "Kerberos",
        }
    }

    /// The protocol of a category, compared case-insensitively; `None` if the category is not for
    /// sign-in.
    pub fn of_category(category: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.category().eq_ignore_ascii_case(category))
    }

    /// Whether the browser is redirected to the provider and back.
    pub const fn is_redirecting(self) -> bool {
        matches!(self, Self::OAuth | Self::Saml)
    }
}

/// The domain of an e-mail address, in lower case; `None` if invalid.
pub fn domain_of(email: &str) -> Option<String> {
    let (local, domain) = email.trim().rsplit_once('@')?;
    let domain = domain.to_ascii_lowercase();
    (!local.is_empty() && is_domain(&domain)).then_some(domain)
}

/// Whether `text` is a lower-case domain name with at least two labels (RFC 1035 §2.3.1; IDNA in
/// ASCII form).
pub fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_an_address_is_folded_and_checked() {
        assert_eq!(domain_of(" Ada@Example.COM ").as_deref(), Some("example.com"));
        assert_eq!(domain_of("a@b@example.com").as_deref(), Some("example.com"));
        for text in ["", "ada", "@example.com", "a@localhost", "a@-x.com", "a@ex ample.com"] {
            assert_eq!(domain_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_category_names_its_protocol_in_any_case() {
        for protocol in Protocol::ALL {
            let category = protocol.category();
            assert_eq!(Protocol::of_category(&category.to_lowercase()), Some(protocol));
        }
        assert_eq!(Protocol::of_category("Email"), None);
    }
}
