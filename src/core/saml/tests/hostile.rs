//! Input that is made to cost much, and input that another parser reads otherwise.

use proptest::prelude::*;

use crate::core::saml::xml::{
    Fault, Limits,
    c14n::{self, Method, Namespaces, TooLong},
    parse,
};

fn fault(text: &str) -> Option<Fault> {
    parse(text.as_bytes(), &Limits::MESSAGE).err().map(|error| error.fault)
}

#[test]
fn limits_hold() {
    let deep = |depth| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(fault(&deep(48)), None);
    assert_eq!(fault(&deep(49)), Some(Fault::TooDeep));
    assert_eq!(fault(&deep(30_000)), Some(Fault::TooDeep));
    assert_eq!(fault(&format!("<a>{}</a>", "<b/>".repeat(20_000))), Some(Fault::TooManyNodes));
    assert_eq!(fault(&" ".repeat(300_000)), Some(Fault::TooLarge));
    let attributes = (0..65).map(|n| format!(" a{n}=''")).collect::<Vec<_>>().concat();
    assert_eq!(fault(&format!("<a{attributes}/>")), Some(Fault::TooManyAttributes));
    let prefixes = |from: usize| {
        (from..from + 60).map(|n| format!(" xmlns:p{n}='u'")).collect::<Vec<_>>().concat()
    };
    let nested = format!("<a{}><b{}><c{}/></b></a>", prefixes(0), prefixes(100), prefixes(200));
    assert_eq!(fault(&nested), Some(Fault::TooManyDeclarations));
    assert_eq!(fault(&format!("<a xmlns='{}'/>", "u".repeat(1025))), Some(Fault::Declaration));
}

/// Other implementations keep the line feed, and so reject what libxml2 and the JDK signed.
#[test]
fn white_space_in_an_attribute_is_a_space_unless_it_is_a_reference() {
    let document = parse(b"<a b='1\n2\t3\r\n4&#10;5'/>", &Limits::MESSAGE).unwrap();
    assert_eq!(document.root().unwrap().attribute("b"), Some("1 2 3 4\n5"));
}

#[test]
fn a_canonical_form_that_grows_is_cut_off() {
    let text = format!("<a xmlns:p='{}'>{}</a>", "u".repeat(1000), "<p:b/>".repeat(16_000));
    let document = parse(text.as_bytes(), &Limits::MESSAGE).unwrap();
    let method = Method { comments: false, namespaces: Namespaces::Exclusive(Vec::new()) };
    let form = c14n::element(document.root().unwrap(), None, &method, Limits::MESSAGE.bytes);
    assert_eq!(form, Err(TooLong));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "",
        " ",
        "x",
        "<a>",
        "</a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "<a",
        "<a b/>",
        "<a b=c/>",
        "<a b='1' b='2'/>",
        "<a b='1'c='2'/>",
        "<a b='<'/>",
        "<a>]]></a>",
        "<a>&b;</a>",
        "<a>&</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#+65;</a>",
        "<a>&#x+41;</a>",
        "<a>&#;</a>",
        "<a>&#x110000;</a>",
        "<a>\u{1}</a>",
        "<a>\u{ffff}</a>",
        "<a><!-- -- --></a>",
        "<a><!-- --->x</a>",
        "<a><?xml?></a>",
        "<a><?XmL x?></a>",
        "<a><?b:c?></a>",
        "<a><??></a>",
        "<p:a/>",
        "<a p:b=''/>",
        "<a:b:c xmlns:a='u'/>",
        "<:a/>",
        "<a:/>",
        "<a xmlns:p=''/>",
        "<a xmlns:xml='u'/>",
        "<a xmlns:xmlns='u'/>",
        "<xmlns:a/>",
        "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>",
        "<a xmlns:p='u' xmlns:p='u'/>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<a><!DOCTYPE a></a>",
        "<a><!ELEMENT a></a>",
        "<a><![CDATA[</a>",
        "<a><![cdata[]]></a>",
        " <?xml version='1.0'?><a/>",
        "<?xml version='1.1'?><a/>",
        "<?xml?><a/>",
        "<?xml encoding='UTF-8'?><a/>",
        "<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<?xml version='1.0' encoding='latin1'?><a>ü</a>",
        "<?xml version='1.0' encoding='ISO-8859-1'?><a>ü</a>",
        "<1a/>",
        "<a 1b=''/>",
        "<a\u{a0}b=''/>",
    ] {
        assert!(fault(text).is_some(), "{text}");
    }
    assert_eq!(parse(b"<a>\xff</a>", &Limits::MESSAGE).unwrap_err().fault, Fault::Encoding);
    for text in [
        "<a/>",
        "\u{feff}<a/>",
        "<?xml version=\"1.0\" encoding='utf-8' standalone='yes' ?>\n<a/>\n",
        "<!-- c --><a/><!-- d --><?e f?>",
        "<a xml:lang='de'/>",
        "<a xmlns='u'><b xmlns=''/></a>",
        "<a>&#65;&#x41;&lt;&gt;&amp;&quot;&apos;</a>",
        "<a ></a >",
        "<é/>",
        "<a b='&#10;'/>",
        "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
        "<a><b:c xmlns:b='u'/></a>",
    ] {
        assert_eq!(fault(text), None, "{text}");
    }
}

/// Documents by chance, over the parts that canonical forms differ in. `line_feeds` puts some in attributes
/// as such: uppsala 0.12.0 keeps them, where XML 1.0 §3.3.3 makes them spaces.
fn tree(line_feeds: bool) -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "p:a", "q:a", "b"]);
    let declared = prop::sample::select(vec![
        "",
        " xmlns='urn:u'",
        " xmlns=''",
        " xmlns:p='urn:v'",
        " xmlns:q='urn:w' xmlns:p='urn:u'",
        " xmlns:r='urn:r'",
    ]);
    let attribute = prop::sample::select(vec![
        "",
        if line_feeds { " y='a\n\tb' z='\r\n'" } else { " z='&#9;&quot;&gt;&#10;' y=\"a'b\"" },
        " p:x='1' x='2'",
        " q:b='' p:a='&lt;'",
        " xml:lang='de'",
    ]);
    let text = prop::sample::select(vec![
        "",
        "x&amp;y&gt;",
        "<![CDATA[<&>]]>",
        "<!-- c -->",
        "<?t  d ?>",
        "\r\n&#13;",
        "é&#x1F980;",
    ]);
    let part = (name, declared, attribute, text);
    let leaf = part.clone().prop_map(|(name, declared, attribute, text)| {
        format!("<{name}{declared}{attribute}>{text}</{name}>")
    });
    leaf.prop_recursive(4, 24, 3, move |inner| {
        (part.clone(), prop::collection::vec(inner, 0..3)).prop_map(
            |((name, declared, attribute, text), inner)| {
                let inner = inner.concat();
                format!("<{name}{declared}{attribute}>{text}{inner}{text}</{name}>")
            },
        )
    })
    .prop_map(|tree| {
        format!(
            "<!-- o --><r xmlns:p='urn:p' xmlns:q='urn:q' xml:space='preserve'>{tree}</r>\n<?i?>"
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// An independent implementation gives the same bytes, for whole documents and for parts.
    #[test]
    fn the_canonical_form_is_that_of_bergshamra(text in tree(false), with_list: bool) {
        use bergshamra_c14n::{C14nMode, canonicalize_doc};
        use bergshamra_xml::NodeSet;
        let ours = parse(text.as_bytes(), &Limits::MESSAGE).unwrap();
        let theirs = uppsala::parse(&text).unwrap();
        let list: Vec<String> = if with_list {
            vec!["p".into(), "r".into(), "#default".into()]
        } else {
            Vec::new()
        };
        for uri in [
            "http://www.w3.org/2001/10/xml-exc-c14n#",
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        ] {
            let mut method = Method::from_uri(uri).unwrap();
            if let Namespaces::Exclusive(prefixes) = &mut method.namespaces {
                prefixes.clone_from(&list);
            }
            let mode = C14nMode::from_uri(uri).unwrap();
            let whole = c14n::document(&ours, &method, usize::MAX).unwrap();
            let other = canonicalize_doc(&theirs, mode, None, &list).unwrap();
            prop_assert_eq!(String::from_utf8(whole).unwrap(), String::from_utf8(other).unwrap());
            let apex = ours.root().unwrap().children().next().unwrap();
            let part = c14n::element(apex, None, &method, usize::MAX).unwrap();
            let root = theirs.document_element().unwrap();
            let first = theirs.children(root).into_iter().find(|id| theirs.element(*id).is_some());
            let set = NodeSet::tree_with_comments(first.unwrap(), &theirs);
            let other = canonicalize_doc(&theirs, mode, Some(&set), &list).unwrap();
            prop_assert_eq!(String::from_utf8(part).unwrap(), String::from_utf8(other).unwrap(), "{}", uri);
        }
    }

    /// What is read from a canonical form is canonical already: nothing is lost by reading it anew.
    #[test]
    fn a_canonical_form_read_again_stays(text in tree(true)) {
        let method = Method::from_uri("http://www.w3.org/2001/10/xml-exc-c14n#WithComments").unwrap();
        let once = c14n::document(&parse(text.as_bytes(), &Limits::MESSAGE).unwrap(), &method, usize::MAX);
        let once = once.unwrap();
        let again = parse(&once, &Limits::MESSAGE).unwrap();
        prop_assert_eq!(c14n::document(&again, &method, usize::MAX).unwrap(), once);
    }

    /// For `tests/oracle.py`, which compares with libxml2.
    #[test]
    fn canonical_forms_are_written_for_libxml2(text in tree(true), with_list: bool) {
        let Some(folder) = std::env::var_os("SAML_WRITE") else { return Ok(()) };
        // Not `#default`: lxml drops it from the list before libxml2 sees it.
        let list: &[&str] = if with_list { &["p", "r"] } else { &[] };
        for uri in [
            "http://www.w3.org/2001/10/xml-exc-c14n#",
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        ] {
            let mut method = Method::from_uri(uri).unwrap();
            if let Namespaces::Exclusive(prefixes) = &mut method.namespaces {
                prefixes.extend(list.iter().map(ToString::to_string));
            }
            let document = parse(text.as_bytes(), &Limits::MESSAGE).unwrap();
            let form = c14n::document(&document, &method, usize::MAX).unwrap();
            let form = String::from_utf8(form).unwrap();
            let line = serde_json::json!({ "text": text, "uri": uri, "list": list, "form": form });
            let path = std::path::Path::new(&folder).join("forms.jsonl");
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            std::io::Write::write_all(&mut file.unwrap(), format!("{line}\n").as_bytes()).unwrap();
        }
    }

    /// What we read, another parser reads too.
    #[test]
    fn uppsala_reads_what_we_read(text in "(<|>|/|a|b|:|=|'|\"| |&|;|#|x|4|1|!|-|\\[|\\]|CDATA|xmlns|\\?|é){0,24}") {
        if parse(text.as_bytes(), &Limits::MESSAGE).is_ok() {
            prop_assert!(uppsala::parse(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, text in "(<a|<b|/>|</a>|>| x='| xmlns:p='|'|&#x|;|<!--|-->|<!\\[CDATA\\[|\\]\\]>|<\\?|\\?>|\\PC){0,40}") {
        let _ = parse(&bytes, &Limits::MESSAGE);
        let _ = parse(text.as_bytes(), &Limits::MESSAGE);
    }
}
