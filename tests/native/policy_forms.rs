//! The forms in which decisions are asked for: Casdoor's and AuthZEN's.

use serde_json::{Value, json};

use crate::{
    policy_world::{Permission, Policies},
    world::{Answer, CLOUD_SECRET, World},
};

/// Bob may read documents of hanzo, and may not read secret ones.
fn world() -> World {
    let world = World::demo();
    let policies = Policies(&world);
    policies.permission(&Permission {
        name: "read",
        resources: &["doc/*"],
        actions: &["Read"],
        subjects: &[("user", "bob")],
        ..Permission::default()
    });
    policies.permission(&Permission {
        name: "write",
        resources: &["doc/*"],
        actions: &["Write"],
        subjects: &[("user", "bob")],
        ..Permission::default()
    });
    policies.permission(&Permission {
        name: "secret",
        effect: "Deny",
        resources: &["doc/secret"],
        ..Permission::default()
    });
    world
}

/// As the Python SDK `casdoor` 1.43 sends it: the client's secret in Basic, and no media type.
fn casdoor(world: &World, path: &str, body: &Value) -> Answer {
    let mut call = world.post(path).basic("hanzo-cloud", CLOUD_SECRET);
    call.request.body = body.to_string().into_bytes();
    call.send()
}

#[test]
fn casdoors_sdks_are_answered_in_their_form() {
    let world = world();
    let tuple = json!(["hanzo/bob", "doc/1", "read"]);
    for path in [
        "/api/enforce?permissionId=hanzo/read",
        "/api/enforce?modelId=hanzo/model",
        "/api/enforce?resourceId=hanzo/doc",
        "/api/enforce?enforcerId=hanzo/e",
        "/api/enforce?owner=hanzo",
        "/v1/iam/enforce",
        // npm casdoor-nodejs-sdk sends the others empty
        "/api/enforce?permissionId=hanzo%2Fread&modelId=&resourceId=",
    ] {
        let answer = casdoor(&world, path, &tuple).ok();
        assert_eq!((&answer["status"], &answer["data"]), (&json!("ok"), &json!([true])), "{path}");
    }
    let tuples = json!([tuple, ["hanzo/bob", "doc/secret", "read"], ["alice", "doc/1", "read"]]);
    for path in ["/api/batch-enforce?owner=hanzo", "/v1/iam/batch-enforce?permissionId=hanzo/read"]
    {
        let answer = casdoor(&world, path, &tuples).ok();
        assert_eq!(answer["data"], json!([[true, false, false]]), "{path}");
    }
}

#[test]
fn a_permission_that_is_named_must_allow_it_itself_and_a_deny_still_overrides() {
    let world = world();
    let asked = |permission: &str, object: &str, action: &str| {
        let path = format!("/v1/iam/enforce?permissionId=hanzo/{permission}");
        casdoor(&world, &path, &json!(["bob", object, action])).ok()["data"].clone()
    };
    assert_eq!(asked("read", "doc/1", "read"), json!([true]));
    assert_eq!(asked("write", "doc/1", "read"), json!([false]));
    assert_eq!(asked("nothing", "doc/1", "read"), json!([false]));
    assert_eq!(asked("read", "doc/secret", "read"), json!([false]));
}

#[test]
fn a_question_that_is_none_is_refused() {
    let world = world();
    for body in [
        json!({}),
        json!("x"),
        json!([]),
        json!(["a"]),
        json!(["a", "b", "c", "d", "e"]),
        json!(["a", 1, "c"]),
        json!(["bob", "", "read"]),
        json!(["bob", "x", "r".repeat(3000)]),
    ] {
        casdoor(&world, "/v1/iam/enforce", &body).refused(400);
    }
    let many = json!(vec![["bob", "x", "read"]; 101]);
    casdoor(&world, "/v1/iam/batch-enforce", &many).refused(400);
    let users: Vec<_> = (0..21).map(|number| json!([format!("u{number}"), "x", "read"])).collect();
    casdoor(&world, "/v1/iam/batch-enforce", &json!(users)).refused(400);
    for query in ["permissionId=x", "permissionId=hanzo/read&owner=acme", "modelId=/"] {
        let tuple = json!(["bob", "x", "read"]);
        casdoor(&world, &format!("/v1/iam/enforce?{query}"), &tuple).refused(400);
    }
    casdoor(&world, "/v1/iam/enforce?owner=acme", &json!(["erin", "x", "read"])).refused(403);
    casdoor(&world, "/v1/iam/enforce", &json!(["acme/erin", "x", "read"])).refused(403);
}

fn evaluation(subject: &str, action: &str, id: &str) -> Value {
    json!({
        "subject": {"type": "user", "id": subject, "properties": {"department": "Sales"}},
        "action": {"name": action, "properties": {"method": "GET"}},
        "resource": {"type": "document", "id": id, "properties": {}},
        "context": {"time": "1985-10-26T01:22-07:00"},
    })
}

fn evaluate(world: &World, path: &str, body: &Value) -> Answer {
    world.post(path).of("alice").json(body).send()
}

#[test]
fn authzen_evaluates_one_question() {
    let world = world();
    let evaluated = |subject: &str, action: &str, id: &str| {
        evaluate(&world, "/access/v1/evaluation", &evaluation(subject, action, id)).ok()
    };
    let permitted = evaluated("hanzo/bob", "read", "doc/1");
    assert_eq!(permitted["decision"], true);
    assert_eq!(permitted["context"]["rule"]["permission"], "hanzo/read");
    assert_eq!(evaluated("bob", "read", "doc/secret")["context"]["code"], "denied");
    assert_eq!(evaluated("nobody", "read", "doc/1")["context"]["code"], "not_a_member");
    for member in ["subject", "action", "resource"] {
        let mut body = evaluation("bob", "read", "doc/1");
        body.as_object_mut().unwrap().remove(member);
        evaluate(&world, "/access/v1/evaluation", &body).refused(400);
    }
    let mut client = evaluation("bob", "read", "doc/1");
    client["subject"]["type"] = "client".into();
    evaluate(&world, "/access/v1/evaluation", &client).refused(400);
}

/// AuthZEN §7.1.1: what an evaluation states replaces the default as a whole.
#[test]
fn authzen_evaluations_take_what_they_leave_out_from_the_request() {
    let world = world();
    let mut body = evaluation("bob", "read", "doc/1");
    body["evaluations"] = json!([
        {},
        {"resource": {"type": "document", "id": "doc/secret"}},
        {"action": {"name": "write"}},
        {"subject": {"type": "user", "id": "hanzo/alice"}},
        {"subject": {"type": "robot", "id": "x"}},
    ]);
    let answer = evaluate(&world, "/access/v1/evaluations", &body).ok();
    let decisions: Vec<_> =
        answer["evaluations"].as_array().unwrap().iter().map(|it| it["decision"].clone()).collect();
    assert_eq!(decisions, [true, false, true, false, false]);
    assert_eq!(answer["evaluations"][4]["context"]["error"]["status"], 400);
}

#[test]
fn authzen_evaluations_end_with_the_decision_that_their_semantic_names() {
    let world = world();
    let mut body = evaluation("bob", "read", "doc/1");
    let of = |id: &str| json!({"resource": {"type": "document", "id": id}});
    body["evaluations"] = json!([of("doc/1"), of("doc/secret"), of("doc/2")]);
    for (semantic, expected) in [
        ("execute_all", vec![true, false, true]),
        ("deny_on_first_deny", vec![true, false]),
        ("permit_on_first_permit", vec![true]),
    ] {
        body["options"] = json!({"evaluations_semantic": semantic});
        let answer = evaluate(&world, "/access/v1/evaluations", &body).ok();
        let evaluations = answer["evaluations"].as_array().unwrap();
        let decisions: Vec<_> =
            evaluations.iter().map(|it| it["decision"].as_bool().unwrap()).collect();
        assert_eq!(decisions, expected, "{semantic}");
    }
    body["options"] = json!({"evaluations_semantic": "first_come"});
    evaluate(&world, "/access/v1/evaluations", &body).refused(400);
}

/// AuthZEN §7.1: without `evaluations` the request is one question, and so is the reply.
#[test]
fn authzen_evaluations_without_any_is_one_evaluation() {
    let world = world();
    for evaluations in [None, Some(json!([]))] {
        let mut body = evaluation("bob", "read", "doc/1");
        if let Some(evaluations) = evaluations {
            body["evaluations"] = evaluations;
        }
        let answer = evaluate(&world, "/access/v1/evaluations", &body).ok();
        assert_eq!(answer["decision"], true);
        assert!(answer.get("evaluations").is_none());
    }
}

#[test]
fn authzen_refuses_a_request_that_asks_about_one_user_too_many() {
    let world = world();
    let mut body = evaluation("bob", "read", "doc/1");
    body["evaluations"] = json!([{}, {"subject": {"type": "user", "id": "hanzo/alice"}}]);
    world.post("/access/v1/evaluations").of("bob").json(&body).send().refused(403);
    body["evaluations"] = json!(vec![json!({}); 101]);
    evaluate(&world, "/access/v1/evaluations", &body).refused(400);
}

/// AuthZEN §9.
#[test]
fn authzen_publishes_where_decisions_are_asked_for() {
    let world = World::demo();
    let metadata = world.get("/.well-known/authzen-configuration").send().ok();
    assert_eq!(
        metadata,
        json!({
            "policy_decision_point": "https://hanzo.id",
            "access_evaluation_endpoint": "https://hanzo.id/access/v1/evaluation",
            "access_evaluations_endpoint": "https://hanzo.id/access/v1/evaluations",
        })
    );
}
