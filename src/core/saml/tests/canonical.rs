//! The pairs of input and canonical form.

use serde::Deserialize;

use super::file;
use crate::core::{
    encoding::{hex, sha256},
    saml::{
        names::DSIG,
        xml::{
            Fault, Limits,
            c14n::{self, Method, Namespaces},
            parse,
        },
    },
};

#[derive(Deserialize)]
struct Pair {
    name: String,
    input: String,
    output: String,
    algorithm: String,
    prefix_list: Vec<String>,
    select: String,
    sha256: String,
    #[serde(default)]
    needs_dtd: bool,
}

#[test]
fn every_pair_is_canonical_as_listed() {
    let pairs: Vec<Pair> = serde_json::from_slice(&file("c14n/index.json")).unwrap();
    let (mut written, mut refused) = (0, 0);
    for pair in pairs {
        let input = file(&format!("c14n/{}", pair.input));
        let output = file(&format!("c14n/{}", pair.output));
        assert_eq!(hex(&sha256(&output)), pair.sha256);
        let parsed = parse(&input, &Limits::MESSAGE);
        if pair.needs_dtd {
            assert_eq!(parsed.unwrap_err().fault, Fault::Doctype, "{}", pair.name);
            refused += 1;
            continue;
        }
        let document = parsed.unwrap_or_else(|error| panic!("{}: {error}", pair.name));
        let mut method = Method::from_uri(&pair.algorithm).unwrap();
        if let Namespaces::Exclusive(prefixes) = &mut method.namespaces {
            prefixes.extend(pair.prefix_list);
        }
        let root = document.root().unwrap();
        let most = Limits::MESSAGE.bytes;
        let canonical = if pair.select.starts_with("whole document (URI") {
            let signature = root.only_child(DSIG, "Signature").unwrap();
            c14n::element(root, signature, &method.without_comments(), most)
        } else if pair.select.starts_with("whole") {
            c14n::document(&document, &method, most)
        } else {
            let (attribute, id) =
                if pair.select.contains("Id=") { ("Id", "to-be-signed") } else { ("ID", "t") };
            let mut elements = document.elements();
            let apex = elements.find(|element| element.attribute(attribute) == Some(id)).unwrap();
            c14n::element(apex, None, &method, most)
        };
        let canonical = String::from_utf8(canonical.unwrap()).unwrap();
        assert_eq!(canonical, String::from_utf8(output).unwrap(), "{}", pair.name);
        written += 1;
    }
    assert_eq!((written, refused), (31, 8));
}
