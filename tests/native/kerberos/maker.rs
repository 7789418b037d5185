//! A client and its KDC: tokens with any name and time in them (RFC 4120 §5, RFC 4121 §4.1).

use base64ct::{Base64, Encoding};
use hanzo_iam::core::{
    kerberos::{Etype, Key, Principal, encrypt, usage},
    time::UnixTime,
};

/// The key of the service, and that of the session.
const SERVICE_KEY: [u8; 32] = [1; 32];
const SESSION_KEY: [u8; 32] = [2; 32];
const AES256: i64 = 18;

/// What a ticket and its authenticator say.
#[derive(Clone)]
pub struct Ticket {
    pub client: String,
    pub service: String,
    /// When the client signed in at its KDC.
    pub since: UnixTime,
    /// The clock of the client.
    pub now: UnixTime,
    /// Whether the ticket says that its way through other realms was checked.
    pub is_checked: bool,
    pub etype: i64,
    pub service_key: [u8; 32],
    /// Distinguishes authenticators of one second.
    pub number: u8,
}

impl Ticket {
    pub fn of(client: &str, now: UnixTime) -> Self {
        Self {
            client: client.to_owned(),
            service: "HTTP/hanzo.id@EXAMPLE.COM".to_owned(),
            since: UnixTime(now.0 - 30),
            now,
            is_checked: false,
            etype: AES256,
            service_key: SERVICE_KEY,
            number: 0,
        }
    }

    /// The value of the header. `flags`: those of the context; 2 wants mutual authentication.
    pub fn header(&self, flags: u32) -> String {
        let mechanism = tlv(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02]);
        let token = tlv(0x60, &[&mechanism[..], &[1, 0], &self.request(flags)].concat());
        format!("Negotiate {}", Base64::encode_string(&token))
    }

    fn request(&self, flags: u32) -> Vec<u8> {
        let client = Principal::parse(&self.client).unwrap();
        let service = Principal::parse(&self.service).unwrap();
        let session = sequence(&[tagged(0, &integer(AES256)), tagged(1, &tlv(4, &SESSION_KEY))]);
        let is_checked = u32::from(self.is_checked) << (31 - 12);
        let part = application(
            3,
            &[
                tagged(0, &bits(is_checked)),
                tagged(1, &session),
                tagged(2, &text(&client.realm)),
                tagged(3, &name(&client)),
                tagged(4, &sequence(&[tagged(0, &integer(1)), tagged(1, &tlv(4, b""))])),
                tagged(5, &time(self.since)),
                tagged(7, &time(UnixTime(self.now.0 + 3600))),
            ],
        );
        let checksum = [&[16, 0, 0, 0][..], &[0; 16], &flags.to_le_bytes()].concat();
        let checksum = sequence(&[tagged(0, &integer(0x8003)), tagged(1, &tlv(4, &checksum))]);
        let authenticator = application(
            2,
            &[
                tagged(0, &integer(5)),
                tagged(1, &text(&client.realm)),
                tagged(2, &name(&client)),
                tagged(3, &checksum),
                tagged(4, &integer(1234)),
                tagged(5, &time(self.now)),
                tagged(7, &integer(77)),
            ],
        );
        let sealed = |key: &[u8; 32], usage, filler: u8, plain: &[u8]| {
            let key = Key::new(Etype::Aes256Sha1, key).unwrap();
            encrypt(&key, usage, &[filler; 16], plain).unwrap()
        };
        let ticket = sealed(&self.service_key, usage::TICKET, 8, &part);
        let ticket = application(
            1,
            &[
                tagged(0, &integer(5)),
                tagged(1, &text(&service.realm)),
                tagged(2, &name(&service)),
                tagged(3, &encrypted(self.etype, &ticket)),
            ],
        );
        let usage = usage::AP_REQ_AUTHENTICATOR;
        let authenticator = sealed(&SESSION_KEY, usage, self.number, &authenticator);
        application(
            14,
            &[
                tagged(0, &integer(5)),
                tagged(1, &integer(14)),
                tagged(2, &bits(0)),
                tagged(3, &ticket),
                tagged(4, &encrypted(AES256, &authenticator)),
            ],
        )
    }
}

/// A keytab in base64 with these keys: principal, kvno, encryption type, key.
pub fn keytab(entries: &[(&str, u8, u16, &[u8])]) -> String {
    let counted =
        |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    let mut file = vec![5, 2];
    for (principal, kvno, etype, key) in entries {
        let principal = Principal::parse(principal).unwrap();
        let count = u16::try_from(principal.components.len()).unwrap();
        let mut entry = count.to_be_bytes().to_vec();
        entry.extend(counted(principal.realm.as_bytes()));
        for part in &principal.components {
            entry.extend(counted(part.as_bytes()));
        }
        entry.extend([0, 0, 0, 1, 0, 0, 0, 0, *kvno]);
        entry.extend(etype.to_be_bytes());
        entry.extend(counted(key));
        file.extend(u32::try_from(entry.len()).unwrap().to_be_bytes());
        file.extend(entry);
    }
    Base64::encode_string(&file)
}

/// The keytab of [`Ticket::of`].
pub fn own_keytab() -> String {
    keytab(&[("HTTP/hanzo.id@EXAMPLE.COM", 3, 18, &SERVICE_KEY)])
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut all = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ 0..=127) => all.push(short),
        Ok(one) => all.extend([0x81, one]),
        _ => {
            all.push(0x82);
            all.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        }
    }
    all.extend(content);
    all
}

fn sequence(members: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &members.concat())
}

fn tagged(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(0xa0 | number, content)
}

fn application(number: u8, members: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x60 | number, &sequence(members))
}

fn integer(value: i64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let from = (0..7).find(|&at| bytes[at] != 0 || bytes[at + 1] >= 128).unwrap_or(7);
    tlv(2, &bytes[from..])
}

fn bits(flags: u32) -> Vec<u8> {
    tlv(3, &[&[0][..], &flags.to_be_bytes()].concat())
}

fn text(text: &str) -> Vec<u8> {
    tlv(0x1b, text.as_bytes())
}

fn name(principal: &Principal) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = principal.components.iter().map(|part| text(part)).collect();
    sequence(&[tagged(0, &integer(1)), tagged(1, &sequence(&parts))])
}

/// `GeneralizedTime`.
fn time(at: UnixTime) -> Vec<u8> {
    let iso: String = at.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    tlv(0x18, format!("{iso}Z").as_bytes())
}

fn encrypted(etype: i64, cipher: &[u8]) -> Vec<u8> {
    sequence(&[tagged(0, &integer(etype)), tagged(2, &tlv(4, cipher))])
}
