//! The resource names of a path, in every form that a service may see.

/// The names of an accepted path ([`crate::core::gateway::check`]): a permission must allow all of
/// them, and may deny any. Hexadecimal digits are in upper case; a service may overlook a slash at the
/// end, and decode one inside a segment.
pub fn path_names(path: &str) -> Vec<String> {
    let raw = with_upper_hex(path);
    let mut names = vec![raw];
    for variant in [
        |name: &str| name.replace("%2F", "/"),
        |name: &str| {
            let trimmed = name.trim_end_matches('/');
            if trimmed.is_empty() { name } else { trimmed }.to_owned()
        },
    ] {
        let found: Vec<String> = names.iter().map(|name| variant(name)).collect();
        for name in found {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

fn with_upper_hex(path: &str) -> String {
    let mut digits = 0;
    let upper = path.chars().map(|character| {
        if character == '%' {
            digits = 2;
            return character;
        }
        let is_digit = digits > 0;
        digits = if is_digit { digits - 1 } else { 0 };
        if is_digit { character.to_ascii_uppercase() } else { character }
    });
    upper.collect()
}

/// The names of an HTTP method as an action: its own, and `read` for a safe one (RFC 9110 §9.2.1),
/// `write` for another.
pub fn method_names(method: &http::Method) -> [&str; 2] {
    [method.as_str(), if method.is_safe() { "read" } else { "write" }]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ATTACKS F-88.
    #[test]
    fn a_path_has_a_name_for_each_way_to_read_it() {
        assert_eq!(path_names("/v1/m/a"), ["/v1/m/a"]);
        assert_eq!(path_names("/v1/m/"), ["/v1/m/", "/v1/m"]);
        assert_eq!(path_names("/v1/m/%c3%b6"), ["/v1/m/%C3%B6"]);
        assert_eq!(
            path_names("/v1/m/a%2fb/"),
            ["/v1/m/a%2Fb/", "/v1/m/a/b/", "/v1/m/a%2Fb", "/v1/m/a/b"]
        );
        assert_eq!(path_names("/"), ["/"]);
    }
}
