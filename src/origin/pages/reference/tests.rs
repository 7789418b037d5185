use serde_json::json;

use super::*;

fn api() -> Value {
    json!({
        "info": {"title": "IAM", "description": "About."},
        "paths": {
            "/v1/iam/users/{name}": {
                "put": {
                    "operationId": "updateUser", "tags": ["users"], "summary": "Changes a <user>.",
                    "description": "Changes a <user>.\n\nThe `name` stays.", "x-who": "an admin",
                    "security": [{"bearer": []}],
                    "parameters": [
                        {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}},
                        {"name": "dry", "in": "query", "required": true, "description": "Or `not`.",
                         "schema": {"type": "integer", "maximum": 9}},
                    ],
                    "requestBody": {"content": {"application/json":
                        {"schema": {"$ref": "#/components/schemas/Patch"}}}},
                    "responses": {
                        "200": {"description": "Success."},
                        "409": {"$ref": "#/components/responses/Conflict"},
                        "500": {"description": "Failure."},
                    },
                },
                "get": {"operationId": "getUser", "tags": ["users"], "summary": "Returns a user."},
            },
        },
        "components": {
            "schemas": {
                "Patch": {
                    "required": ["email"],
                    "properties": {
                        "email": {"type": ["string", "null"], "description": "An \"address\"."},
                        "home": {"$ref": "#/components/schemas/Home"},
                    },
                },
                "Home": {"properties": {"parent": {"$ref": "#/components/schemas/Home"}}},
            },
            "responses": {"Conflict": {"description": "It has changed."}},
        },
    })
}

fn page_of(words: &str, operation: &str) -> (StatusCode, String) {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    render(&api(), "/openapi.json", &Wanted { words: some(words), operation: some(operation) })
}

#[test]
fn an_operation_has_its_curl_members_and_own_errors() {
    let (_, page) = page_of("", "");
    let put = page.split("<article").find(|article| article.contains("id=updateUser")).unwrap();
    for part in [
        "PUT /v1/iam/users/{name}",
        "Changes a &lt;user&gt;. <em>By an admin.</em>",
        "Query: dry<br>Body: email, home<br>Errors: 409<pre>",
        "curl -X PUT \"$IAM/v1/iam/users/$name?dry=$dry\" --oauth2-bearer \"$TOKEN\" \
         --json '{\"email\":\"alice@example.com\"}'",
    ] {
        assert!(put.contains(part), "{part}\n{put}");
    }
    assert!(page.contains("curl \"$IAM/v1/iam/users/$name\"<"));
}

#[test]
fn a_search_finds_what_contains_every_word() {
    let found = |words: &str| {
        let (_, page) = page_of(words, "");
        (page.contains("id=getUser"), page.contains("id=updateUser"))
    };
    assert_eq!(found("user"), (true, true));
    assert_eq!(found("CHANGES email"), (false, true));
    assert_eq!(found("changes returns"), (false, false));
    let (_, page) = page_of("\"><script>", "");
    assert!(page.contains("value=\"&quot;&gt;&lt;script&gt;\"") && !page.contains("<script>"));
}

#[test]
fn the_page_of_an_operation_describes_every_member_once() {
    let (status, page) = page_of("", "updateUser");
    assert_eq!(status, StatusCode::OK);
    for part in [
        "The <code>name</code> stays.",
        "<dt><code>dry</code> integer ≤ 9, required<dd>Or <code>not</code>.",
        "<dt><code>email</code> string or null, required<dd>An \"address\".",
        "<dt><code>home</code> <a href=\"#Home\">Home</a>",
        "<dt>409<dd>It has changed.",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert_eq!(page.matches("<h2 id=\"Home\">").count(), 1);
    let (status, page) = page_of("", "<b>");
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("<code>&lt;b&gt;</code>"));
}
