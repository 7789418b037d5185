//! SPNEGO over several requests, and its MIC.

use super::{maker::*, vectors::response_token, *};
use crate::core::kerberos::{
    der_write::{SEQUENCE, element, enumerated, octets, tagged},
    mic::MicKey,
};

const NEGOEX: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1e];

/// `MechTypeList` in DER.
fn list(mechanisms: &[&[u8]]) -> Vec<u8> {
    let elements: Vec<u8> = mechanisms.iter().flat_map(|name| element(6, &[name])).collect();
    element(SEQUENCE, &[&elements])
}

fn init(list: &[u8], token: Option<&[u8]>, mic: Option<&[u8]>) -> Vec<u8> {
    let token = token.map(|token| tagged(2, &octets(token))).unwrap_or_default();
    let mic = mic.map(|mic| tagged(3, &octets(mic))).unwrap_or_default();
    let members = tagged(0, &element(SEQUENCE, &[&tagged(0, list), &token, &mic]));
    element(0x60, &[&element(6, &[gss::oid::SPNEGO]), &members])
}

fn answer(state: Option<u8>, token: Option<&[u8]>, mic: Option<&[u8]>) -> Vec<u8> {
    let state = state.map(|state| tagged(0, &enumerated(state))).unwrap_or_default();
    let token = token.map(|token| tagged(2, &octets(token))).unwrap_or_default();
    let mic = mic.map(|mic| tagged(3, &octets(mic))).unwrap_or_default();
    element(0xa1, &[&element(SEQUENCE, &[&state, &token, &mic])])
}

/// The client's MIC with its own subkey: key usage 25, and the sequence number of the authenticator.
fn client_mic(key: &Key, of_acceptor: bool, list: &[u8]) -> Vec<u8> {
    let header =
        [4, 4, if of_acceptor { 4 } else { 0 }, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 77];
    let mac = checksum(key, usage::INITIATOR_SIGN, &[list, &header]).unwrap();
    [&header[..], &mac].concat()
}

fn next(step: Step) -> Continue {
    let Step::Continue(next) = step else { panic!("{step:?}") };
    next
}

/// `negState`, and the MIC, of our answer.
fn state_and_mic(token: &[u8]) -> (u8, Option<Vec<u8>>) {
    let response = negotiate::Response::read(token).unwrap();
    let state = der_read::only(token).unwrap().value()[6];
    (state, response.mic.map(<[u8]>::to_vec))
}

/// The negotiation after its state went through its bytes.
fn stored(negotiation: &Negotiation) -> Negotiation {
    Negotiation::from_bytes(negotiation.to_bytes().expose()).unwrap()
}

fn begin(made: &Made, token: &[u8]) -> Result<Step, Refusal> {
    made.at_service(|service| service.begin(token, NOW))
}

fn resume(made: &Made, negotiation: &Negotiation, token: &[u8]) -> Result<Step, Refusal> {
    made.at_service(|service| service.resume(stored(negotiation), token, NOW))
}

#[test]
fn without_mutual_authentication_the_mics_are_exchanged_in_the_second_request() {
    for etype in [17, 18, 19, 20] {
        let made = Made::new(etype);
        let list = list(&[NEGOEX, gss::oid::KERBEROS]);
        let asked = next(begin(&made, &init(&list, Some(b"negoex"), None)).unwrap());
        assert_eq!(state_and_mic(&asked.token), (3, None), "request-mic");
        let (token, mic) = (made.token(), client_mic(&made.subkey(), false, &list));

        let without = resume(&made, &asked.negotiation, &answer(None, Some(&token), None));
        assert_eq!(without.unwrap_err(), Refusal::MicMissing);
        let wrong = client_mic(&made.session(), false, &list);
        let wrong = resume(&made, &asked.negotiation, &answer(None, Some(&token), Some(&wrong)));
        assert_eq!(wrong.unwrap_err(), Refusal::Mic);

        let good = answer(None, Some(&token), Some(&mic));
        let step = candidate(resume(&made, &asked.negotiation, &good).unwrap());
        let done = established(step.admit(true, NOW, &Counting::new()).unwrap());
        let (state, ours) = state_and_mic(&done.token.unwrap());
        let key = MicKey { key: made.subkey(), of_acceptor: false };
        assert_eq!((state, ours), (0, Some(key.sign(77, &list).unwrap())));
    }
}

#[test]
fn with_mutual_authentication_nobody_is_signed_in_before_the_clients_mic() {
    let made = Made { checksum: Some(gss_checksum(2)), ..Made::new(20) };
    let list = list(&[gss::oid::NTLM, gss::oid::KERBEROS]);
    let asked = next(begin(&made, &init(&list, Some(b"NTLMSSP\0"), None)).unwrap());
    let token = made.token();
    let step = resume(&made, &asked.negotiation, &answer(Some(1), Some(&token), None)).unwrap();
    let waiting = next(candidate(step).admit(true, NOW, &Counting::new()).unwrap());
    let (state, mic) = state_and_mic(&waiting.token);
    assert_eq!(state, 1, "accept-incomplete");
    assert!(mic.is_some() && response_token(&waiting.token).is_some());

    // `Counting` begins with the subkey.
    let subkey = Key::new(Etype::Aes256Sha384, &(1..=32).collect::<Vec<u8>>()).unwrap();
    let good = client_mic(&subkey, true, &list);
    for (token, refusal) in [
        (answer(Some(0), None, None), Refusal::MicMissing),
        (answer(Some(0), None, Some(&client_mic(&subkey, false, &list))), Refusal::Mic),
        (answer(Some(0), None, Some(&client_mic(&made.subkey(), true, &list))), Refusal::Mic),
        (answer(Some(0), None, Some(&client_mic(&subkey, true, b"other"))), Refusal::Mic),
        (answer(Some(0), None, Some(&mic.unwrap())), Refusal::Mic), // ours, reflected
        (answer(Some(2), None, Some(&good)), Refusal::Rejected),
        (init(&list, Some(&token), None), Refusal::OutOfOrder),
        (b"NTLMSSP\0".to_vec(), Refusal::Ntlm),
    ] {
        assert_eq!(resume(&made, &waiting.negotiation, &token).unwrap_err(), refusal);
    }
    let good = answer(Some(0), None, Some(&good));
    let done = established(resume(&made, &waiting.negotiation, &good).unwrap());
    assert_eq!(done.identity.client.to_string(), "alice@HANZO.TEST");
    assert_eq!(state_and_mic(&done.token.unwrap()), (0, None));

    let late = made.at_service(|service| {
        service.resume(waiting.negotiation.clone(), &good, waiting.negotiation.until())
    });
    assert_eq!(late.unwrap_err(), Refusal::NegotiationExpired);
}

#[test]
fn where_kerberos_is_preferred_the_mic_is_optional_but_must_be_right() {
    let made = Made::new(19);
    let list = list(&[gss::oid::MICROSOFT_KERBEROS, gss::oid::KERBEROS, gss::oid::NTLM]);
    let token = made.token();
    let answer_to = |mic: Option<&[u8]>| {
        let step = candidate(begin(&made, &init(&list, Some(&token), mic))?);
        let step = established(step.admit(true, NOW, &Counting::new())?);
        Ok::<_, Refusal>(state_and_mic(&step.token.unwrap()))
    };
    assert_eq!(answer_to(None), Ok((0, None)));
    assert_eq!(answer_to(Some(b"wrong")), Err(Refusal::Mic));
    let (state, ours) = answer_to(Some(&client_mic(&made.subkey(), false, &list))).unwrap();
    assert!(state == 0 && ours.is_some());
}

#[test]
fn a_first_request_without_a_token_is_asked_for_one() {
    let made = Made::new(18);
    let list = list(&[gss::oid::KERBEROS]);
    let asked = next(begin(&made, &init(&list, None, None)).unwrap());
    assert_eq!(state_and_mic(&asked.token), (1, None));
    let nothing = resume(&made, &asked.negotiation, &answer(None, None, None));
    assert_eq!(nothing.unwrap_err(), Refusal::OutOfOrder);
    let ntlm = resume(&made, &asked.negotiation, &answer(None, Some(b"NTLMSSP\0\x03"), None));
    assert_eq!(ntlm.unwrap_err(), Refusal::Ntlm);
    let step = resume(&made, &asked.negotiation, &answer(None, Some(&made.token()), None)).unwrap();
    let done = established(candidate(step).admit(true, NOW, &Counting::new()).unwrap());
    assert_eq!(state_and_mic(&done.token.unwrap()), (0, None));
}

#[test]
fn other_mechanisms_and_tokens_out_of_order_are_refused() {
    let made = Made::new(18);
    for (token, refusal) in [
        (init(&list(&[NEGOEX]), None, None), Refusal::Mechanism),
        (init(&list(&[]), None, None), Refusal::Mechanism),
        (init(&list(&[gss::oid::NTLM]), None, None), Refusal::Ntlm),
        (init(&list(&[gss::oid::KERBEROS]), Some(b"NTLMSSP\0"), None), Refusal::Ntlm),
        (answer(None, Some(&made.token()), None), Refusal::OutOfOrder),
        (element(0x60, &[&element(6, &[NEGOEX])]), Refusal::Mechanism),
    ] {
        assert_eq!(begin(&made, &token).unwrap_err(), refusal);
        assert_eq!(continues_negotiation(&token), refusal == Refusal::OutOfOrder);
    }
    let many = list(&[gss::oid::KERBEROS; 33]);
    assert!(matches!(begin(&made, &init(&many, None, None)), Err(Refusal::Malformed { .. })));
    let long = list(&[gss::oid::KERBEROS, &[7; 1024]]);
    assert_eq!(begin(&made, &init(&long, None, None)).unwrap_err(), Refusal::TooLong);
}
