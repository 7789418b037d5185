//! Every verdict of `vectors.json`, and the AP-REP against the one that MIT made.

use der::{Tag, Tagged};
use serde_json::Value;

use super::*;
use crate::core::kerberos::der_read::{
    Fields, application, int32, microseconds, octets, time, uint32,
};

/// Judges a vector to the end: the identity and the answer, or the refusal.
fn judge(world: &World, vector: &Value) -> Result<Option<Established>, Refusal> {
    match begin(world, vector, Bindings::Ignored)? {
        Step::Candidate(candidate) => {
            let step = candidate.admit(true, clock(vector), &Counting::new())?;
            Ok(Some(established(step)))
        }
        Step::Continue(_) => Ok(None),
        step @ Step::Established(_) => panic!("{step:?}"),
    }
}

#[test]
fn every_verdict_holds() {
    let world = World::load();
    let (mut accepted, mut refused) = (0, 0);
    for vector in world.vectors() {
        let name = &vector["name"];
        match (vector["expected"].as_str().unwrap(), judge(&world, vector)) {
            ("accept", Ok(Some(Established { identity, token }))) => {
                assert_eq!(
                    identity.client.to_string(),
                    vector["client"].as_str().unwrap(),
                    "{name}"
                );
                assert_eq!(identity.service.to_string(), vector["service"].as_str().unwrap());
                assert_eq!(
                    identity.ends.0,
                    vector["ticket"]["endtime"].as_i64().unwrap(),
                    "{name}"
                );
                assert_eq!(
                    identity.authenticated.0,
                    vector["ticket"]["authtime"].as_i64().unwrap(),
                    "{name}"
                );
                assert_eq!(
                    format!("{:#010x}", identity.flags.0),
                    vector["ticket"]["flags"].as_str().unwrap(),
                    "{name}"
                );
                assert!(!identity.is_cross_realm() && identity.transited.contents.is_empty());
                check_answer(vector, token.as_deref());
                accepted += 1;
            }
            ("refuse", Err(_) | Ok(None)) => refused += 1,
            (expected, got) => panic!("{name}: {expected} expected: {got:?}"),
        }
    }
    assert_eq!((accepted, refused), (16, 12));
}

#[test]
fn each_refusal_says_which_check_failed() {
    let world = World::load();
    let refusal = |name: &str| {
        let vector = world.vector(name);
        begin(&world, vector, Bindings::Ignored).err().map(|refusal| refusal.to_string())
    };
    for (name, expected) in [
        ("etype18-skew-310", "the clocks differ by 310 s"),
        ("etype18-skew-minus-310", "the ticket is not valid before 2026-11-25T18:43:58Z"),
        ("etype18-ticket-expired", "the ticket ended at 2026-11-26T18:43:58Z"),
        ("ntlm-raw", "the client sent NTLM: it has no Kerberos ticket for this service"),
        ("ntlm-in-spnego", "the client sent NTLM: it has no Kerberos ticket for this service"),
        (
            "wrong-service-key-unknown",
            "the ticket is for HTTP/other.test@HANZO.TEST, which is not this service",
        ),
        (
            "wrong-service-key-unknown-spnego",
            "the ticket is for HTTP/other.test@HANZO.TEST, which is not this service",
        ),
        (
            "etype18-cname-mismatch",
            "the authenticator names mallory@HANZO.TEST, the ticket alice@HANZO.TEST",
        ),
        ("etype18-authenticator-bit", "the authenticator: the integrity check failed"),
    ] {
        assert_eq!(refusal(name).as_deref(), Some(expected), "{name}");
    }
    assert!(refusal("etype18-truncated").unwrap().starts_with("the GSS token is malformed"));
}

#[test]
fn a_client_that_offers_kerberos_is_asked_for_it_in_the_words_of_mit() {
    let world = World::load();
    for name in ["etype18-spnego-no-mechtoken", "ntlm-first-then-krb5"] {
        let vector = world.vector(name);
        let Step::Continue(next) = begin(&world, vector, Bindings::Ignored).unwrap() else {
            panic!("{name}")
        };
        assert_eq!(
            next.token,
            unbase64(vector["reference"]["answer_b64"].as_str().unwrap()),
            "{name}"
        );
    }
}

#[test]
fn a_refusal_is_told_in_the_words_of_mit() {
    let world = World::load();
    let mut compared = 0;
    for vector in world.vectors() {
        let Some(Err(refusal)) =
            (vector["expected"] == "refuse").then(|| begin(&world, vector, Bindings::Ignored))
        else {
            continue;
        };
        let keytab = world.keytab(vector["keytab"].as_str().unwrap());
        let principals = service_names(vector["service"].as_str().unwrap());
        let service =
            Service { keytab: &keytab, principals: &principals, bindings: Bindings::Ignored };
        let ours = service.refusal_token(&token(vector).unwrap(), &refusal, clock(vector));
        // MIT's binding answers nothing where its call failed without a token.
        let Some(mit) = vector["reference"]["answer_b64"].as_str().map(unbase64) else { continue };
        let ours = ours.unwrap();
        if vector["name"] == "ntlm-in-spnego" {
            assert_eq!(ours, mit);
        } else {
            assert_eq!(krb_error(&ours), krb_error(&mit), "{}", vector["name"]);
        }
        compared += 1;
    }
    assert_eq!(compared, 3);
}

/// Code, realm and service of the KRB-ERROR in a token of Kerberos or SPNEGO.
fn krb_error(token: &[u8]) -> (i32, Vec<u8>, Vec<u8>) {
    let inner = negotiate::Response::is(token).then(|| response_token(token).unwrap());
    let (_, content) = gss::initial_token(inner.as_deref().unwrap_or(token)).unwrap();
    let mut members = application(content.strip_prefix(&[3, 0]).unwrap(), 30).unwrap();
    assert_eq!(int32(members.required(0).unwrap()), Ok(5));
    assert_eq!(int32(members.required(1).unwrap()), Ok(30));
    time(members.required(4).unwrap()).unwrap();
    microseconds(members.required(5).unwrap()).unwrap();
    let code = int32(members.required(6).unwrap()).unwrap();
    let realm = members.bytes(9).unwrap().unwrap().to_vec();
    let name = members.bytes(10).unwrap().unwrap().to_vec();
    members.finish().unwrap();
    (code, realm, name)
}

#[test]
fn channel_bindings_are_those_that_mit_sends() {
    let world = World::load();
    let vector = world.vector("etype18-channel-bindings");
    let data = vector["channel_bindings_application_data"].as_str().unwrap();
    let same = [ChannelBinding::of(data.as_bytes())];
    let other = [ChannelBinding::of(b"tls-server-end-point:other")];
    let bound = |bindings| {
        begin(&world, vector, bindings)
            .map(|step| candidate(step).unadmitted_identity().channel_bound)
    };
    assert_eq!(bound(Bindings::Required(&same)), Ok(true));
    assert_eq!(bound(Bindings::Ignored), Ok(false));
    assert_eq!(bound(Bindings::IfSent(&other)), Err(Refusal::Bindings));
    let without = begin(&world, world.vector("etype18-krb5"), Bindings::Required(&same));
    assert_eq!(without.unwrap_err(), Refusal::BindingsMissing);
}

#[test]
fn keytabs_have_the_entries_listed() {
    let file = file("vectors.json");
    let world = World::load();
    for (name, listed) in file["keytabs"].as_object().unwrap() {
        let keytab = world.keytab(name);
        let listed = listed["entries"].as_array().unwrap();
        assert_eq!(keytab.entries().len(), listed.len(), "{name}");
        for (ours, listed) in keytab.entries().iter().zip(listed) {
            assert_eq!(ours.principal.to_string(), listed["principal"].as_str().unwrap());
            assert_eq!(i64::from(ours.kvno), listed["kvno"].as_i64().unwrap());
            assert_eq!(i64::from(ours.key.etype().number()), listed["etype"].as_i64().unwrap());
            assert_eq!(ours.key.bytes(), unhex(listed["key_hex"].as_str().unwrap()));
        }
    }
}

/// The AP-REP in an answer, opened with the session key: time, microseconds, subkey's type, sequence.
fn ap_rep(vector: &Value, answer: &[u8]) -> (i64, u32, i32, u32) {
    let token = if vector["form"] == "spnego" {
        response_token(answer).expect("a responseToken")
    } else {
        answer.to_vec()
    };
    let (mechanism, content) = gss::initial_token(&token).unwrap();
    assert!(gss::is_kerberos(mechanism));
    let mut members = application(content.strip_prefix(&[2, 0]).unwrap(), 15).unwrap();
    assert_eq!(int32(members.required(0).unwrap()), Ok(5));
    assert_eq!(int32(members.required(1).unwrap()), Ok(15));
    let mut encrypted = Fields::of(members.required(2).unwrap()).unwrap();
    members.finish().unwrap();
    let session = key(&vector["ticket"]["session_etype"], &vector["ticket"]["session_key"]);
    assert_eq!(int32(encrypted.required(0).unwrap()), Ok(session.etype().number()));
    let cipher = octets(encrypted.required(2).unwrap()).unwrap();
    let plain = decrypt(&session, usage::AP_REP, cipher).unwrap();
    let mut part = application(plain.expose(), 27).unwrap();
    let read = (
        time(part.required(0).unwrap()).unwrap().0,
        microseconds(part.required(1).unwrap()).unwrap(),
        int32(Fields::of(part.required(2).unwrap()).unwrap().required(0).unwrap()).unwrap(),
        uint32(part.required(3).unwrap()).unwrap(),
    );
    part.finish().unwrap();
    read
}

/// `responseToken` of a `NegTokenResp`.
pub(super) fn response_token(answer: &[u8]) -> Option<Vec<u8>> {
    negotiate::Response::read(answer).unwrap().token.map(<[u8]>::to_vec)
}

fn check_answer(vector: &Value, answer: Option<&[u8]>) {
    let name = &vector["name"];
    let theirs = vector["reference"]["answer_b64"].as_str().map(unbase64);
    assert_eq!(answer.is_some(), theirs.is_some(), "{name}");
    let (Some(ours), Some(theirs)) = (answer, theirs) else { return };
    if vector["mutual_required"] != true {
        assert_eq!(ours, theirs, "{name}: an answer without AP-REP is the same");
        return;
    }
    // Ours and MIT's are alike but for subkey and sequence number, by which lengths may differ.
    let (ours, mit) = (ap_rep(vector, ours), ap_rep(vector, &theirs));
    assert_eq!((ours.0, ours.1, ours.2), (mit.0, mit.1, mit.2), "{name}");
    assert_eq!(ours.0, vector["authenticator"]["ctime"].as_i64().unwrap());
    assert_eq!(i64::from(ours.1), vector["authenticator"]["cusec"].as_i64().unwrap());
    assert_eq!(i64::from(mit.3), vector["reference"]["ap_rep"]["seq_number"].as_i64().unwrap());
    assert!(ours.3 < 1 << 30);
}

#[test]
fn the_first_answer_names_kerberos() {
    let world = World::load();
    let vector = world.vector("etype18-spnego-mutual");
    let step = candidate(begin(&world, vector, Bindings::Ignored).unwrap());
    let answer =
        established(step.admit(true, clock(vector), &Counting::new()).unwrap()).token.unwrap();
    let element = der_read::only(&answer).unwrap();
    assert!(matches!(element.tag(), Tag::ContextSpecific { .. }));
    let mut members = Fields::of(der_read::only(element.value()).unwrap()).unwrap();
    assert_eq!(members.required(0).unwrap().value(), [0]);
    assert_eq!(members.required(1).unwrap().value(), gss::oid::KERBEROS);
}
