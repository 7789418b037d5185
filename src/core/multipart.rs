//! The text fields of a `multipart/form-data` body (RFC 7578), as HTTP libraries write small forms.

/// The most fields of a form.
const MAXIMUM_FIELDS: usize = 64;

/// The longest boundary (RFC 2046 §5.1.1).
const MAXIMUM_BOUNDARY: usize = 70;

/// The fields in order, or `None` if the body is malformed, has a file, or has more than 64 fields.
pub fn fields<'a>(content_type: &str, body: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let boundary = parameter(content_type, "boundary")?;
    if boundary.is_empty() || boundary.len() > MAXIMUM_BOUNDARY {
        return None;
    }
    let delimiter = format!("--{boundary}");
    // The first delimiter begins the body; each further one ends a part, with the line break before it.
    let mut rest = body.strip_prefix(delimiter.as_str())?;
    let delimiter = format!("\r\n{delimiter}");
    let mut found = Vec::new();
    while !rest.starts_with("--") {
        let (part, next) = rest.strip_prefix("\r\n")?.split_once(delimiter.as_str())?;
        found.push(field(part)?);
        if found.len() > MAXIMUM_FIELDS {
            return None;
        }
        rest = next;
    }
    Some(found)
}

/// Name and value of a part.
fn field(part: &str) -> Option<(&str, &str)> {
    let (head, value) = part.split_once("\r\n\r\n")?;
    let mut headers = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let (_, disposition) =
        headers.find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"))?;
    let kind = disposition.split(';').next()?.trim();
    if !kind.eq_ignore_ascii_case("form-data") || parameter(disposition, "filename").is_some() {
        return None;
    }
    Some((parameter(disposition, "name")?, value))
}

/// The parameter of a header's value, without its quotes.
fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value.split(';').skip(1).find_map(|part| {
        let (key, text) = part.split_once('=')?;
        let text = text.trim();
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        key.trim().eq_ignore_ascii_case(name).then(|| quoted.unwrap_or(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=abc";

    fn part(disposition: &str, value: &str) -> String {
        format!("--abc\r\nContent-Disposition: {disposition}\r\n\r\n{value}\r\n")
    }

    #[test]
    fn the_fields_of_a_form_are_read_in_order() {
        let body = [
            part("form-data; name=\"userOwner\"", "hanzo"),
            part("form-data; name=\"old\"", ""),
            part("form-data; name=new", "a\r\nb; --ab"),
            "--abc--\r\n".to_owned(),
        ]
        .concat();
        let expected = [("userOwner", "hanzo"), ("old", ""), ("new", "a\r\nb; --ab")];
        assert_eq!(fields(TYPE, &body).unwrap(), expected);
        let quoted = "multipart/form-data; charset=utf-8; boundary=\"abc\"";
        assert_eq!(fields(quoted, &body).unwrap().len(), 3);
        assert_eq!(fields(TYPE, "--abc--").unwrap(), []);
    }

    #[test]
    fn files_and_malformed_bodies_are_not_read() {
        let end = "--abc--\r\n";
        let file = part("form-data; name=\"file\"; filename=\"a\"", "x");
        assert_eq!(fields(TYPE, &[file.as_str(), end].concat()), None);
        let good = part("form-data; name=\"a\"", "x");
        for (content_type, body) in [
            (TYPE, String::new()),
            (TYPE, good.clone()),
            (TYPE, good.replace("\r\n\r\n", "\r\n") + end),
            (TYPE, good.replace("form-data", "attachment") + end),
            (TYPE, good.replace("name", "label") + end),
            (TYPE, good.repeat(MAXIMUM_FIELDS + 1) + end),
            ("multipart/form-data", good.clone() + end),
            ("multipart/form-data; boundary=", good.clone() + end),
            ("multipart/form-data; boundary=other", good.clone() + end),
        ] {
            assert_eq!(fields(content_type, &body), None, "{content_type} {body:?}");
        }
    }
}
