//! Checks for which there is no vector, each with a token that fails only there; and mutations.

use super::{maker::*, *};

const ETYPES: [i32; 4] = [17, 18, 19, 20];

fn refusal(change: impl FnOnce(&mut Made)) -> Refusal {
    let mut made = Made::new(18);
    change(&mut made);
    made.begin().expect_err("refused")
}

fn accepted(change: impl FnOnce(&mut Made)) -> Candidate {
    let mut made = Made::new(18);
    change(&mut made);
    candidate(made.begin().expect("accepted"))
}

#[test]
fn all_four_encryption_types_are_accepted_with_mutual_authentication() {
    for etype in ETYPES {
        let made = Made { options: message::MUTUAL_REQUIRED, ..Made::new(etype) };
        let step = candidate(made.begin().unwrap()).admit(true, NOW, &Counting::new()).unwrap();
        let Established { identity, token } = established(step);
        assert_eq!(identity.client.to_string(), "alice@HANZO.TEST");
        assert!(token.is_some(), "{etype}");
    }
}

#[test]
fn withdrawn_encryption_types_are_refused_wherever_they_are() {
    for number in [1, 3, 16, 23, 24, 25, -133] {
        let refused = |part| Refusal::Etype { part, number };
        assert_eq!(refusal(|made| made.ticket_etype = Some(number)), refused("the ticket"));
        assert_eq!(refusal(|made| made.session_etype = Some(number)), refused("the session key"));
        assert_eq!(refusal(|made| made.subkey_etype = Some(number)), refused("the subkey"));
        assert_eq!(
            refusal(|made| made.authenticator_etype = Some(number)),
            refused("the authenticator")
        );
    }
    assert_eq!(
        refusal(|made| made.ticket_etype = Some(23)).to_string(),
        "the ticket is of encryption type 23 (rc4-hmac, withdrawn), which is refused"
    );
    let other = refusal(|made| made.authenticator_etype = Some(20));
    assert_eq!(other, Refusal::Unexpected("the encryption type of the authenticator"));
}

#[test]
fn a_ticket_for_another_service_is_refused_though_its_key_is_in_the_keytab() {
    for service in ["host/hanzo.test@HANZO.TEST", "HTTP/hanzo.test@OTHER.TEST"] {
        let expected = Refusal::Service(Principal::parse(service).unwrap());
        assert_eq!(refusal(|made| made.service = service), expected);
    }
    let identity = accepted(|made| made.service = "http/HANZO.test@HANZO.TEST");
    assert_eq!(identity.unadmitted_identity().service.to_string(), SERVICE);
}

#[test]
fn the_key_version_must_be_known_if_the_ticket_says_it() {
    assert!(matches!(refusal(|made| made.kvno = Some(4)), Refusal::NoKey { kvno: Some(4), .. }));
    accepted(|made| made.kvno = None);
    let other_type = Made::new(17).at_service(|service| service.begin(&Made::new(19).token(), NOW));
    assert!(matches!(other_type, Err(Refusal::NoKey { etype: 19, .. })));
}

#[test]
fn times_are_judged_to_the_second() {
    for (ahead, good) in [(300, true), (301, false), (-300, true), (-301, false)] {
        let made = Made { time: NOW.0 - ahead, ..Made::new(18) };
        assert_eq!(made.begin().err(), (!good).then_some(Refusal::Skew(ahead)));
    }
    accepted(|made| made.starts = Some(NOW.0 + 300));
    accepted(|made| made.ends = NOW.0 - 300);
    accepted(|made| made.starts = None);
    let at = UnixTime(NOW.0 + 301);
    assert_eq!(refusal(|made| made.starts = Some(at.0)), Refusal::NotYetValid(at));
    let at = UnixTime(NOW.0 - 301);
    assert_eq!(refusal(|made| made.ends = at.0), Refusal::Expired(at));
}

#[test]
fn an_invalid_or_anonymous_ticket_is_refused() {
    assert_eq!(refusal(|made| made.flags = TicketFlags::INVALID), Refusal::Invalid);
    assert_eq!(refusal(|made| made.flags = TicketFlags::ANONYMOUS), Refusal::Anonymous);
    assert_eq!(refusal(|made| made.name_type = NT_WELLKNOWN), Refusal::Anonymous);
    assert_eq!(refusal(|made| made.client = "WELLKNOWN/ANONYMOUS@HANZO.TEST"), Refusal::Anonymous);
}

#[test]
fn the_authenticator_must_name_the_client_in_its_realm() {
    for client in
        ["bob@HANZO.TEST", "alice@OTHER.TEST", "alice/admin@HANZO.TEST", "Alice@HANZO.TEST"]
    {
        let refusal = refusal(|made| made.authenticator_client = client);
        assert!(matches!(refusal, Refusal::ClientMismatch { .. }), "{client}");
    }
}

#[test]
fn a_client_of_another_realm_is_shown_with_the_way_it_came() {
    let foreign = accepted(|made| {
        made.client = "alice@OTHER.TEST";
        made.authenticator_client = made.client;
        made.transited = b"MIDDLE.TEST";
        made.flags = TicketFlags::TRANSITED_POLICY_CHECKED;
    });
    let identity = foreign.unadmitted_identity();
    assert!(identity.is_cross_realm());
    assert_eq!(identity.client.to_string(), "alice@OTHER.TEST");
    assert_eq!(identity.transited.contents, b"MIDDLE.TEST");
    assert!(identity.flags.has(TicketFlags::TRANSITED_POLICY_CHECKED));
}

#[test]
fn authorization_data_that_restricts_is_refused_unless_it_is_understood() {
    let expected = |part, number| Refusal::AuthorizationData { part, number };
    assert_eq!(refusal(|made| made.ticket_data = &[1, 5]), expected("the ticket", 5));
    let armor = refusal(|made| made.authenticator_data = &[71]);
    assert_eq!(armor, expected("the authenticator", 71));
    accepted(|made| made.authenticator_data = &[1, 4, 8]);
    let many = refusal(|made| made.ticket_data = &[1; 65]);
    assert!(matches!(many, Refusal::Malformed { .. }));
}

#[test]
fn what_rfc_4121_demands_of_the_authenticator_must_be_there() {
    assert_eq!(refusal(|made| made.checksum = None), Refusal::Checksum);
    assert_eq!(refusal(|made| made.checksum = Some((16, vec![0; 24]))), Refusal::Checksum);
    assert_eq!(refusal(|made| made.sequence = None), Refusal::SequenceMissing);
    assert_eq!(refusal(|made| made.checksum = Some(gss_checksum(0x1000))), Refusal::DceStyle);
    assert_eq!(refusal(|made| made.options = message::USE_SESSION_KEY), Refusal::UserToUser);
    accepted(|made| made.sequence = Some(-1)); // 2^32 - 1, as old clients write it
    assert!(matches!(refusal(|made| made.sequence = Some(1 << 32)), Refusal::Malformed { .. }));
}

#[test]
fn versions_and_message_types_are_checked() {
    let version = Refusal::Unexpected("the version of the AP-REQ or its ticket");
    assert_eq!(refusal(|made| made.version = 4), version);
    let kind = Refusal::Unexpected("the message type of the AP-REQ");
    assert_eq!(refusal(|made| made.message_type = 15), kind);
}

#[test]
fn a_replay_is_not_answered_and_its_key_outlives_it() {
    let made = Made { options: message::MUTUAL_REQUIRED, time: NOW.0 + 20, ..Made::new(18) };
    let first = candidate(made.begin().unwrap());
    let again = candidate(made.begin().unwrap());
    assert_eq!(first.replay(), again.replay());
    assert_eq!(again.admit(false, NOW, &Counting::new()).unwrap_err(), Refusal::Replayed);
    let until = first.replay().until;
    let late = |at| made.at_service(|service| service.begin(&made.token(), at)).is_ok();
    assert!(late(UnixTime(until.0 - 1)) && !late(until));
    // Another case of the service's name in clear does not make it another authenticator.
    let disguised = Made { service: "HTTP/HANZO.test@HANZO.TEST", ..made };
    assert_eq!(candidate(disguised.begin().unwrap()).replay(), first.replay());
    let other = candidate(Made { time: NOW.0, ..disguised }.begin().unwrap());
    assert_ne!(other.replay().key, first.replay().key);
}

#[test]
fn nothing_secret_is_in_debug_texts() {
    let made = Made { options: message::MUTUAL_REQUIRED, ..Made::new(17) };
    let shown = format!("{:?} {:?}", made.keytab(), made.begin().unwrap());
    for fill in [1, 2, 3] {
        assert!(!shown.contains(&format!("{fill}, {fill}, {fill}, {fill}")), "{shown}");
    }
}

#[test]
fn a_token_that_is_too_long_is_not_read() {
    let made = Made::new(18);
    let long = vec![0x60; 64 * 1024 + 1];
    let refusal = made.at_service(|service| service.begin(&long, NOW)).unwrap_err();
    assert_eq!(refusal, Refusal::TooLong);
}

/// What a mutated token may lead to: nothing, or the same client.
fn harmless(step: Result<Step, Refusal>) -> bool {
    match step {
        Err(_) | Ok(Step::Continue(_)) => true,
        Ok(Step::Candidate(candidate)) => {
            candidate.unadmitted_identity().client.to_string() == "alice@HANZO.TEST"
        }
        Ok(Step::Established(_)) => false,
    }
}

#[test]
fn every_truncation_of_every_vector_is_refused() {
    let world = World::load();
    for vector in world.vectors() {
        let Ok(token) = token(vector) else { continue };
        let keytab = world.keytab(vector["keytab"].as_str().unwrap());
        let principals = service_names(vector["service"].as_str().unwrap());
        let service =
            Service { keytab: &keytab, principals: &principals, bindings: Bindings::Ignored };
        for length in 0..token.len() {
            assert!(service.begin(&token[..length], clock(vector)).is_err(), "{}", vector["name"]);
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(2000))]

    #[test]
    fn no_mutation_signs_in_another(
        which in 0..16_usize, changes in proptest::collection::vec((0.0..1.0, 0_u8..), 1..4),
    ) {
        thread_local!(static WORLD: World = World::load());
        WORLD.with(|world| {
            let good: Vec<_> =
                world.vectors().iter().filter(|vector| vector["expected"] == "accept").collect();
            let vector = good[which];
            let mut token = token(vector).unwrap();
            for (at, value) in changes {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
                let at = (at * token.len() as f64) as usize;
                token[at] = value;
            }
            let keytab = world.keytab(vector["keytab"].as_str().unwrap());
            let principals = service_names(vector["service"].as_str().unwrap());
            let service =
                Service { keytab: &keytab, principals: &principals, bindings: Bindings::Ignored };
            assert!(harmless(service.begin(&token, clock(vector))));
        });
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, prefix in 0..4_usize) {
        let prefixes: [&[u8]; 4] = [&[], b"\x60\x82", b"\xa1\x82", b"NTLMSSP\0"];
        let token = [prefixes[prefix], &bytes].concat();
        Made::new(18).at_service(|service| assert!(harmless(service.begin(&token, NOW))));
        assert!(Negotiation::from_bytes(&token).is_none());
    }
}
