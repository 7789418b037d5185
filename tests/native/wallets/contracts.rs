//! Wallets of contracts (EIP-1271; ATTACKS 100).

use super::*;

/// EIP-1271; ATTACKS 100: exact answers only.
#[test]
fn a_contract_decides_by_an_exact_answer_of_the_configured_node() {
    let (mut world, _) = linked(1);
    let owner = Wallet::new(5);
    let contract = "0x1111111111111111111111111111111111111111";
    let prove = |issued: &Value| {
        let message = issued["message"].as_str().unwrap();
        json!({
            "application": "hanzo-app", "organization": "hanzo", "scheme": "eip1271",
            "address": contract, "message": message, "signature": owner.sign(message),
        })
    };
    let accepted = format!("0x1626ba7e{}", "0".repeat(56));
    let answers = |world: &World, body: Value| {
        world.outbound.status.set(200);
        *world.outbound.body.borrow_mut() = body.to_string();
    };
    let link_path = format!("/v1/iam/link?address={contract}&chainId=8453");
    let refusal = {
        let mut bob = signed_in(&world, "bob");
        let issued = bob.ask(&world, &link_path).ok()["data"].clone();
        bob.tell(&world, "/v1/iam/link", &prove(&issued)).body()
    };
    assert_eq!(refusal["code"], "invalid_credentials");
    let why = "WEB3_RPC has no node of chain 8453";
    assert!(world.log.take().iter().any(|line| line.to_string().contains(why)));

    world.config_mut().nodes.insert(8453, "https://base.example/secret-key".to_owned());
    answers(&world, json!({"jsonrpc": "2.0", "id": 1, "result": accepted}));
    let subject = {
        let mut bob = signed_in(&world, "bob");
        let issued = bob.ask(&world, &link_path).ok()["data"].clone();
        let linked = bob.tell(&world, "/v1/iam/link", &prove(&issued)).ok();
        linked["data"]["subject"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject, format!("eip155:8453:{contract}"));
    let call = world.outbound.requests.borrow().last().unwrap().clone();
    let call: Value = serde_json::from_slice(&call.body).unwrap();
    assert_eq!(call["method"], "eth_call");
    assert_eq!(call["params"][0]["to"], contract);

    let sign_in = |world: &World| {
        let mut browser = Browser::new(world);
        let path = format!("{}&chainId=8453", nonce_path(contract));
        let issued = browser.ask(world, &path).ok()["data"].clone();
        browser.tell(world, &verify_path(), &prove(&issued))
    };
    assert!(is_code(&sign_in(&world).ok()));
    for (answer, why) in [
        (json!({"result": "0x1626ba7e"}), "does not accept"),
        (json!({"result": "0x"}), "does not accept"),
        (json!({"result": format!("{accepted}00")}), "does not accept"),
        (json!({"result": format!("0xffffffff{}", "0".repeat(56))}), "does not accept"),
        (json!({"result": format!("0x{}1", "0".repeat(63))}), "does not accept"),
        (json!({"result": true}), "does not accept"),
        (json!({"error": {"code": 3, "message": "execution reverted"}}), "does not accept"),
        (json!("no object"), "does not accept"),
    ] {
        answers(&world, answer);
        refused(&world, &sign_in(&world), why);
    }
    *world.outbound.body.borrow_mut() = "<html>".to_owned();
    refused(&world, &sign_in(&world), "the response is not JSON");
    for (status, why) in [(500, "status 500"), (0, "the request failed")] {
        world.outbound.status.set(status);
        let answer = sign_in(&world);
        assert_eq!(answer.body()["code"], "invalid_credentials");
        let lines = world.log.take();
        let text = format!("{lines:?}");
        assert!(text.contains(why) && !text.contains("secret-key"), "{text}");
    }
}
