//! The `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-11 §3 and §4). `Retry-After`
//! (RFC 9110 §10.2.3) of a refused call is its [`Admission::reset_in`].

use super::{Admission, Rate};

/// `RateLimit-Policy`: the limit. `name` needs no escaping.
fn policy(name: &str, rate: Rate) -> String {
    field(name, "q", rate.limit(), "w", rate.window())
}

/// `RateLimit`: the rest of it.
fn remaining(name: &str, admission: Admission) -> String {
    field(name, "r", admission.remaining, "t", admission.reset_in)
}

/// Both fields as headers.
pub fn rate_limit_headers(
    name: &str,
    rate: Rate,
    admission: Admission,
) -> [(&'static str, String); 2] {
    [("ratelimit-policy", policy(name, rate)), ("ratelimit", remaining(name, admission))]
}

fn field(name: &str, first: &str, a: u32, second: &str, b: u32) -> String {
    ["\"", name, "\";", first, "=", &a.to_string(), ";", second, "=", &b.to_string()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_as_the_draft_writes_them() {
        let rate = Rate::per_minute(100).unwrap();
        assert_eq!(policy("key", rate), r#""key";q=100;w=60"#);
        let admission = Admission { allowed: true, remaining: 50, reset_in: 30 };
        assert_eq!(remaining("key", admission), r#""key";r=50;t=30"#);
    }
}
