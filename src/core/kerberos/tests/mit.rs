//! MIT's initiator against this acceptor, with tickets made here: where `libgssapi_krb5.so.2` and Python
//! are installed (`cargo test -- --ignored`).

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use base64ct::{Base64, Encoding};

use super::{maker::*, *};
use crate::core::encoding::hex;

const MUTUAL: u32 = 2;

struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    made: Made,
    now: UnixTime,
}

impl Peer {
    fn start(mode: &str, flags: u32, etype: i32) -> Self {
        let folder = std::env::temp_dir().join(format!("kerberos-{mode}-{flags}-{etype}"));
        std::fs::create_dir_all(&folder).unwrap();
        let script =
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/core/kerberos/tests/mit_initiator.py");
        let mut child = Command::new("python3")
            .args([script, mode, &flags.to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let now = UnixTime(line.trim().strip_prefix("time ").unwrap().parse().unwrap());
        let offered = Made { starts: Some(now.0 - 60), ends: now.0 + 3600, ..Made::new(etype) };
        let session = hex(offered.session().bytes());
        let ticket = hex(&offered.ticket());
        writeln!(input, r#"{{"etype": {etype}, "key": "{session}", "ticket": "{ticket}"}}"#)
            .unwrap();
        Self { child, input, output, made: offered, now }
    }

    /// The peer's next token, and whether it is done.
    fn token(&mut self) -> (bool, Vec<u8>) {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let parts: Vec<&str> = line.trim_end_matches('\n').split(' ').collect();
        assert_eq!(parts[0], "token", "{line}");
        (parts[1] == "complete", Base64::decode_vec(parts[2]).unwrap())
    }

    fn send(&mut self, token: &[u8]) {
        writeln!(self.input, "{}", Base64::encode_string(token)).unwrap();
    }

    fn begin(&self, token: &[u8]) -> Step {
        self.made.at_service(|service| service.begin(token, self.now)).unwrap()
    }

    fn resume(&self, negotiation: Negotiation, token: &[u8]) -> Step {
        self.made.at_service(|service| service.resume(negotiation, token, self.now)).unwrap()
    }

    fn admit(&self, candidate: Candidate) -> Step {
        candidate.admit(true, self.now, &Counting::new()).unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs libgssapi_krb5.so.2 and python3"]
fn mit_signs_in_and_accepts_the_ap_rep_with_every_type() {
    for etype in [17, 18, 19, 20] {
        for mode in ["krb5", "spnego"] {
            for flags in [0, MUTUAL] {
                let mut peer = Peer::start(mode, flags, etype);
                let (complete, token) = peer.token();
                assert_eq!(complete, flags == 0 && mode == "krb5", "{etype} {mode} {flags}");
                let step = peer.begin(&token);
                let done = established(peer.admit(candidate(step)));
                assert_eq!(done.identity.client.to_string(), "alice@HANZO.TEST");
                if let Some(token) = done.token {
                    peer.send(&token);
                    assert_eq!(peer.token(), (true, vec![]), "{etype} {mode} {flags}");
                }
            }
        }
    }
}

#[test]
#[ignore = "needs libgssapi_krb5.so.2 and python3"]
fn mit_and_we_verify_each_others_mic_after_mutual_authentication() {
    for etype in [17, 18, 19, 20] {
        let mut peer = Peer::start("spnego", MUTUAL, etype);
        let (_, token) = peer.token();
        let mut first = candidate(peer.begin(&token));
        first.require_mic();
        let Step::Continue(next) = peer.admit(first) else { panic!("no MIC asked") };
        peer.send(&next.token);
        let (complete, token) = peer.token();
        let negotiation = Negotiation::from_bytes(next.negotiation.to_bytes().expose()).unwrap();
        let done = established(peer.resume(negotiation, &token));
        assert_eq!(done.identity.client.to_string(), "alice@HANZO.TEST");
        if !complete {
            peer.send(&done.token.unwrap());
            assert_eq!(peer.token(), (true, vec![]));
        }
    }
}

#[test]
#[ignore = "needs libgssapi_krb5.so.2 and python3"]
fn mit_and_we_verify_each_others_mic_without_mutual_authentication() {
    const REPLAY_AND_SEQUENCE: u32 = 4 | 8;
    for etype in [17, 18, 19, 20] {
        let mut peer = Peer::start("krb5-mic", REPLAY_AND_SEQUENCE, etype);
        let (_, token) = peer.token();
        let request = candidate(peer.begin(&token)).request;
        let (_, mic) = peer.token();
        let key = request.mic_key();
        assert_eq!(key.verify(request.sequence, b"the list", &mic), Ok(true));
        assert_eq!(key.verify(request.sequence, b"another list", &mic), Ok(false));
        peer.send(&key.sign(request.sequence, b"the list").unwrap());
        assert_eq!(peer.token(), (true, vec![]), "{etype}");
    }
}

/// The plugin is in Debian's `gss-ntlmssp`; `GSS_NTLM_PLUGIN` is its path.
#[test]
#[ignore = "needs libgssapi_krb5.so.2, python3 and gssntlmssp.so"]
fn mit_that_prefers_ntlm_is_asked_for_kerberos_and_exchanges_mics() {
    for etype in [17, 18, 19, 20] {
        for flags in [0, MUTUAL] {
            let mut peer = Peer::start("ntlm-first", flags, etype);
            let (_, token) = peer.token();
            let Step::Continue(asked) = peer.begin(&token) else { panic!("Kerberos was first") };
            peer.send(&asked.token);
            let (mut complete, token) = peer.token();
            let mut step = peer.admit(candidate(peer.resume(asked.negotiation, &token)));
            if let Step::Continue(next) = step {
                assert_eq!(flags, MUTUAL);
                peer.send(&next.token);
                let token;
                (complete, token) = peer.token();
                step = peer.resume(next.negotiation, &token);
            }
            let done = established(step);
            assert_eq!(done.identity.client.to_string(), "alice@HANZO.TEST");
            if !complete {
                peer.send(&done.token.unwrap());
                assert_eq!(peer.token(), (true, vec![]), "{etype} {flags}");
            }
        }
    }
}
