//! Writes our own metadata (SAML metadata §2.4).

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    metadata::{Endpoint, Entity, Role, RoleKind, Use},
    names::{DSIG, METADATA, PROTOCOL},
    write::{Signer, WriteError, Writer},
};

/// Encryption methods that we accept, for content and key transport.
const ENCRYPTION: [&str; 3] = [
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
];

/// Writes the metadata of an entity, signed if there is a signer; `id` is a new ID for the signature.
pub async fn metadata(
    entity: &Entity,
    id: &str,
    signer: Option<&Signer<'_>>,
) -> Result<String, WriteError> {
    let until = entity.valid_until.map(|until| until.to_string());
    let mut writer = Writer::default();
    let attributes = [
        ("xmlns:md", Some(METADATA)),
        ("ID", Some(id)),
        ("entityID", Some(entity.id.as_str())),
        ("validUntil", until.as_deref()),
    ];
    writer.start("md:EntityDescriptor", &attributes);
    writer.place_signature();
    for role in &entity.roles {
        write_role(&mut writer, role);
    }
    match signer {
        Some(signer) => writer.signed(signer).await,
        None => writer.finish(),
    }
}

/// Skips unknown kinds of roles.
fn write_role(writer: &mut Writer, role: &Role) {
    let flag = |set: bool| Some(if set { "true" } else { "false" });
    let signed = flag(role.requests_signed);
    let protocols = ("protocolSupportEnumeration", Some(PROTOCOL));
    match role.kind {
        RoleKind::IdentityProvider => {
            let attributes = [("WantAuthnRequestsSigned", signed), protocols];
            writer.start("md:IDPSSODescriptor", &attributes);
        }
        RoleKind::ServiceProvider => {
            let wanted = ("WantAssertionsSigned", flag(role.wants_signed_assertions));
            let attributes = [("AuthnRequestsSigned", signed), wanted, protocols];
            writer.start("md:SPSSODescriptor", &attributes);
        }
        RoleKind::Other(_) => return,
    }
    for key in &role.keys {
        let usage = match key.usage {
            Use::Signing => Some("signing"),
            Use::Encryption => Some("encryption"),
            Use::Any => None,
        };
        writer.start("md:KeyDescriptor", &[("use", usage)]);
        writer.start("ds:KeyInfo", &[("xmlns:ds", Some(DSIG))]);
        writer.start("ds:X509Data", &[]);
        writer.leaf("ds:X509Certificate", &[], &STANDARD.encode(&key.certificate));
        writer.end();
        writer.end();
        // Otherwise a partner may choose a refused one (AES-CBC).
        if key.usage != Use::Signing {
            for algorithm in ENCRYPTION {
                writer.start("md:EncryptionMethod", &[("Algorithm", Some(algorithm))]);
                writer.end();
            }
        }
        writer.end();
    }
    // The order is the schema's.
    endpoints(writer, "md:SingleLogoutService", &role.single_logout);
    for format in &role.name_id_formats {
        writer.leaf("md:NameIDFormat", &[], format);
    }
    endpoints(writer, "md:SingleSignOnService", &role.single_sign_on);
    endpoints(writer, "md:AssertionConsumerService", &role.consumers);
    writer.end();
}

fn endpoints(writer: &mut Writer, name: &'static str, endpoints: &[Endpoint]) {
    for endpoint in endpoints {
        let index = endpoint.index.map(|index| index.to_string());
        let attributes = [
            ("Binding", Some(endpoint.binding.as_str())),
            ("Location", Some(endpoint.location.as_str())),
            ("ResponseLocation", endpoint.response_location.as_deref()),
            ("index", index.as_deref()),
            ("isDefault", endpoint.default.then_some("true")),
        ];
        writer.leaf(name, &attributes, "");
    }
}
