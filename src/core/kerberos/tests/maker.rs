//! A client and KDC for tests: tickets and authenticators with anything in them.

use super::*;
use crate::core::kerberos::der_write::{
    SEQUENCE, application, element, integer, octets, tagged, text, time,
};

pub(super) const NOW: UnixTime = UnixTime(1_795_632_239);
pub(super) const SERVICE: &str = "HTTP/hanzo.test@HANZO.TEST";

/// `KerberosFlags`.
fn bits(flags: u32) -> Vec<u8> {
    element(3, &[&[0], &flags.to_be_bytes()])
}

/// What a token is made of; the default is accepted.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) etype: i32,
    pub(super) ticket_etype: Option<i32>,
    pub(super) session_etype: Option<i32>,
    pub(super) subkey_etype: Option<i32>,
    pub(super) authenticator_etype: Option<i32>,
    pub(super) kvno: Option<u32>,
    pub(super) options: u32,
    pub(super) service: &'static str,
    pub(super) client: &'static str,
    pub(super) authenticator_client: &'static str,
    pub(super) flags: u32,
    pub(super) name_type: i32,
    pub(super) starts: Option<i64>,
    pub(super) ends: i64,
    pub(super) transited: &'static [u8],
    pub(super) ticket_data: &'static [i32],
    pub(super) authenticator_data: &'static [i32],
    pub(super) checksum: Option<(i32, Vec<u8>)>,
    pub(super) time: i64,
    pub(super) sequence: Option<i64>,
    pub(super) version: i64,
    pub(super) message_type: i64,
}

/// The GSS checksum with these flags.
pub(super) fn gss_checksum(flags: u32) -> (i32, Vec<u8>) {
    (0x8003, [&[16, 0, 0, 0][..], &[0; 16], &flags.to_le_bytes()].concat())
}

impl Made {
    pub(super) fn new(etype: i32) -> Self {
        Self {
            etype,
            ticket_etype: None,
            session_etype: None,
            subkey_etype: None,
            authenticator_etype: None,
            kvno: Some(3),
            options: 0,
            service: SERVICE,
            client: "alice@HANZO.TEST",
            authenticator_client: "alice@HANZO.TEST",
            flags: 0,
            name_type: 1,
            starts: Some(NOW.0 - 60),
            ends: NOW.0 + 3600,
            transited: b"",
            ticket_data: &[1],
            authenticator_data: &[],
            checksum: Some(gss_checksum(0)),
            time: NOW.0,
            sequence: Some(77),
            version: 5,
            message_type: 14,
        }
    }

    fn key(&self, fill: u8) -> Key {
        let etype = Etype::from_number(self.etype).unwrap();
        Key::new(etype, &vec![fill; etype.key_length()]).unwrap()
    }

    pub(super) fn subkey(&self) -> Key {
        self.key(3)
    }

    pub(super) fn session(&self) -> Key {
        self.key(2)
    }

    /// A keytab with the service's key, and another service's.
    pub(super) fn keytab(&self) -> Keytab {
        let counted =
            |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
        let entry = |service: &[u8]| {
            let key = self.key(1);
            let body = [
                &[0, 2][..],
                &counted(b"HANZO.TEST"),
                &counted(service),
                &counted(b"hanzo.test"),
                &[0, 0, 0, 1, 0, 0, 0, 0, 3],
                &u16::try_from(self.etype).unwrap().to_be_bytes(),
                &counted(key.bytes()),
            ]
            .concat();
            [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &body].concat()
        };
        Keytab::read(&[&[5, 2][..], &entry(b"HTTP"), &entry(b"host")].concat()).unwrap()
    }

    fn encrypted(etype: i32, kvno: Option<u32>, cipher: &[u8]) -> Vec<u8> {
        let kvno = kvno.map(|kvno| tagged(1, &integer(i64::from(kvno)))).unwrap_or_default();
        let etype = tagged(0, &integer(i64::from(etype)));
        element(SEQUENCE, &[&etype, &kvno, &tagged(2, &octets(cipher))])
    }

    fn encryption_key(etype: i32, key: &Key) -> Vec<u8> {
        let etype = tagged(0, &integer(i64::from(etype)));
        element(SEQUENCE, &[&etype, &tagged(1, &octets(key.bytes()))])
    }

    fn data(types: &[i32]) -> Vec<u8> {
        let elements: Vec<u8> = types
            .iter()
            .flat_map(|kind| {
                let kind = tagged(0, &integer(i64::from(*kind)));
                element(SEQUENCE, &[&kind, &tagged(1, &octets(b"data"))])
            })
            .collect();
        element(SEQUENCE, &[&elements])
    }

    /// The ticket.
    pub(super) fn ticket(&self) -> Vec<u8> {
        let client =
            Principal { name_type: self.name_type, ..Principal::parse(self.client).unwrap() };
        let transited =
            element(SEQUENCE, &[&tagged(0, &integer(1)), &tagged(1, &octets(self.transited))]);
        let starts = self.starts.map(|at| tagged(6, &time(UnixTime(at)))).unwrap_or_default();
        let session_etype = self.session_etype.unwrap_or(self.etype);
        let part = application(
            3,
            &[
                &tagged(0, &bits(self.flags)),
                &tagged(1, &Self::encryption_key(session_etype, &self.session())),
                &tagged(2, &text(&client.realm)),
                &tagged(3, &client.name_der()),
                &tagged(4, &transited),
                &tagged(5, &time(UnixTime(NOW.0 - 600))),
                &starts,
                &tagged(7, &time(UnixTime(self.ends))),
                &tagged(10, &Self::data(self.ticket_data)),
            ],
        );
        let sealed = encrypt(&self.key(1), usage::TICKET, &[8; 16], &part).unwrap();
        let service = Principal::parse(self.service).unwrap();
        let ticket_etype = self.ticket_etype.unwrap_or(self.etype);
        application(
            1,
            &[
                &tagged(0, &integer(5)),
                &tagged(1, &text(&service.realm)),
                &tagged(2, &service.name_der()),
                &tagged(3, &Self::encrypted(ticket_etype, self.kvno, &sealed)),
            ],
        )
    }

    /// The AP-REQ.
    pub(super) fn ap_req(&self) -> Vec<u8> {
        let ticket = self.ticket();
        let authenticator = self.authenticator();
        let sealed =
            encrypt(&self.session(), usage::AP_REQ_AUTHENTICATOR, &[9; 16], &authenticator)
                .unwrap();
        let etype = self.authenticator_etype.unwrap_or(self.etype);
        application(
            14,
            &[
                &tagged(0, &integer(self.version)),
                &tagged(1, &integer(self.message_type)),
                &tagged(2, &bits(self.options)),
                &tagged(3, &ticket),
                &tagged(4, &Self::encrypted(etype, None, &sealed)),
            ],
        )
    }

    fn authenticator(&self) -> Vec<u8> {
        let client = Principal::parse(self.authenticator_client).unwrap();
        let checksum = self.checksum.as_ref().map(|(kind, value)| {
            let kind = tagged(0, &integer(i64::from(*kind)));
            tagged(3, &element(SEQUENCE, &[&kind, &tagged(1, &octets(value))]))
        });
        let subkey_etype = self.subkey_etype.unwrap_or(self.etype);
        let sequence = self.sequence.map(|number| tagged(7, &integer(number)));
        application(
            2,
            &[
                &tagged(0, &integer(5)),
                &tagged(1, &text(&client.realm)),
                &tagged(2, &client.name_der()),
                &checksum.unwrap_or_default(),
                &tagged(4, &integer(123_456)),
                &tagged(5, &time(UnixTime(self.time))),
                &tagged(6, &Self::encryption_key(subkey_etype, &self.subkey())),
                &sequence.unwrap_or_default(),
                &tagged(8, &Self::data(self.authenticator_data)),
            ],
        )
    }

    /// The GSS token.
    pub(super) fn token(&self) -> Vec<u8> {
        let mechanism = element(6, &[gss::oid::KERBEROS]);
        element(0x60, &[&mechanism, &[1, 0], &self.ap_req()])
    }

    /// The first step that the token leads to.
    pub(super) fn begin(&self) -> Result<Step, Refusal> {
        self.at_service(|service| service.begin(&self.token(), NOW))
    }

    pub(super) fn at_service<T>(&self, run: impl FnOnce(Service<'_>) -> T) -> T {
        let keytab = self.keytab();
        let principals = service_names(SERVICE);
        run(Service { keytab: &keytab, principals: &principals, bindings: Bindings::Ignored })
    }
}
