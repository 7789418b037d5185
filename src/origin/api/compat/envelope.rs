//! The envelope of earlier generations: `{status, msg, data, data2}`.

use http::StatusCode;
use serde_json::{Value, json};

use crate::origin::http::{Parameters, Response, RestError, response};

/// The response format of a legacy path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Unchanged.
    Today,
    /// In the envelope; `data` is the named member, `data2` the count.
    List(&'static str),
    /// The same for a list without numbered pages: `data` is a slice, `data2` the count.
    Slice {
        /// The member.
        member: &'static str,
        /// How many entries are left out before the first.
        offset: usize,
        /// Maximum number of entries.
        limit: usize,
    },
    /// In the envelope; `data` is a list with the object, or empty.
    Alone,
    /// In the envelope; `data` is the first entry of the named member, which must exist.
    First(&'static str),
    /// In the envelope; `data` is the count.
    Count,
    /// In the envelope; `data` is the object.
    Object,
    /// In the envelope; `data` is the named member.
    Member(&'static str),
    /// In the envelope, with unchanged status: a refusal.
    Refusal,
    /// In the envelope; `data` is the word `Affected`.
    Affected,
}

impl Style {
    /// The style for the page requested in `query`, for a list without numbered pages.
    pub(super) fn of_page(self, query: &Parameters) -> Self {
        let number = |name| query.get(name).and_then(|text| text.parse::<usize>().ok());
        match (self, number("pageSize")) {
            (Self::Slice { member, .. }, Some(limit)) => {
                let page = number("p").unwrap_or(1).max(1);
                Self::Slice { member, offset: (page - 1).saturating_mul(limit), limit }
            }
            (style, _) => style,
        }
    }

    /// Returns `answer` in this style. A failure is HTTP 200 with `status: "error"`, as legacy
    /// clients expect; 401, 403 and server errors keep their status, so that they are not taken for
    /// success.
    pub fn applied(self, answer: Response) -> Response {
        if self == Self::Today {
            return answer;
        }
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        if body.get("status").is_some_and(Value::is_string) {
            return answer; // in the envelope already
        }
        let status = answer.status();
        if self == Self::Alone && status == StatusCode::NOT_FOUND {
            return enveloped(&answer, StatusCode::OK, "ok", "", &json!([]), &json!(0));
        }
        if !status.is_success() {
            let message = body.get("error").and_then(Value::as_str);
            let message = message.unwrap_or("the request could not be completed");
            let kept = match status {
                StatusCode::BAD_REQUEST
                | StatusCode::NOT_FOUND
                | StatusCode::CONFLICT
                | StatusCode::UNSUPPORTED_MEDIA_TYPE
                    if self != Self::Refusal =>
                {
                    StatusCode::OK
                }
                other => other,
            };
            return enveloped(&answer, kept, "error", message, &Value::Null, &Value::Null);
        }
        let total = body.get("total").cloned().unwrap_or(Value::Null);
        let (data, data2) = match self {
            Self::List(member) => (body.get(member).cloned().unwrap_or_else(|| json!([])), total),
            Self::Slice { member, offset, limit } => match slice(&body, member, offset, limit) {
                Ok((part, count)) => (part, json!(count)),
                Err(refusal) => return Self::Object.applied(refusal.into_response()),
            },
            Self::Alone => (json!([body]), json!(1)),
            Self::First(member) => match body.get(member).and_then(|list| list.get(0)) {
                Some(first) => (first.clone(), Value::Null),
                None => return Self::Object.applied(RestError::not_found().into_response()),
            },
            Self::Count => (total, Value::Null),
            Self::Affected => (json!("Affected"), Value::Null),
            Self::Member(member) => (body.get(member).cloned().unwrap_or_default(), Value::Null),
            Self::Object | Self::Today | Self::Refusal => (body, Value::Null),
        };
        let data = with_older_names(data);
        enveloped(&answer, StatusCode::OK, "ok", "", &data, &data2)
    }
}

/// At most `limit` entries of the list `member` from `offset` on, and the total. A list with
/// further pages is refused, because the sender would take a part for the whole.
fn slice(
    body: &Value,
    member: &str,
    offset: usize,
    limit: usize,
) -> Result<(Value, usize), RestError> {
    if body.get("cursor").and_then(Value::as_str).is_some_and(|cursor| !cursor.is_empty()) {
        let why =
            format!("the list is too long for one reply: page by cursor at GET /v1/iam/{member}");
        return Err(RestError::new(StatusCode::CONFLICT, why));
    }
    let list = body.get(member).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let part: Vec<&Value> = list.iter().skip(offset).take(limit).collect();
    Ok((json!(part), list.len()))
}

/// Adds the legacy names that clients read and send back: `groups` for `teams`, `parentId` for
/// `parent`.
fn with_older_names(mut data: Value) -> Value {
    let objects = match &mut data {
        Value::Array(list) => list.as_mut_slice(),
        one => std::slice::from_mut(one),
    };
    for object in objects.iter_mut().filter_map(Value::as_object_mut) {
        for (today, older) in OLDER_NAMES {
            if let Some(value) = object.get(today).cloned() {
                object.entry(older).or_insert(value);
            }
        }
    }
    data
}

/// Members of roles, permissions and teams, and their legacy names.
pub(super) const OLDER_NAMES: [(&str, &str); 2] = [("teams", "groups"), ("parent", "parentId")];

fn enveloped(
    answer: &Response,
    http: StatusCode,
    status: &str,
    message: &str,
    data: &Value,
    data2: &Value,
) -> Response {
    let body = json!({"status": status, "msg": message, "data": data, "data2": data2});
    let mut enveloped = response::json(http, &body);
    *enveloped.extensions_mut() = answer.extensions().clone();
    for (name, value) in answer.headers() {
        if name != http::header::CONTENT_LENGTH {
            enveloped.headers_mut().insert(name, value.clone());
        }
    }
    enveloped
}
