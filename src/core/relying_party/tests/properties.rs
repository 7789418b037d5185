//! Parsers take anything and never panic; what is written reads back.

use proptest::prelude::*;

use super::{
    super::{Metadata, login::Answers, url},
    *,
};

proptest! {
    #[test]
    fn no_input_panics(text in ".{0,200}", bytes: Vec<u8>) {
        let settings = oidc();
        let provider = provider(&settings);
        let pending = begin(&provider).pending;
        let _ = accept(&settings, &text, &pending);
        let content_types = ["application/json", "application/x-www-form-urlencoded", ""];
        for content_type in content_types {
            let reply = Reply { status: 200, content_type, body: &bytes };
            let _ = Tokens::parse(&provider, &reply);
            let _ = JsonWebKeys::parse(&reply);
            let _ = Metadata::parse(&settings, &reply);
        }
        let answers = Answers { user: Some(&text), ..Answers::default() };
        let _ = provider.login(&answers);
        let _ = super::super::alipay::public_key(&text);
    }

    #[test]
    fn no_token_is_accepted_that_was_not_signed(
        header in "[A-Za-z0-9_-]{0,60}", payload in "[A-Za-z0-9_-]{0,60}", end in "[A-Za-z0-9_.-]{0,90}",
    ) {
        let settings = oidc();
        let pending = begin(&provider(&settings)).pending;
        let token = format!("{header}.{payload}.{end}");
        prop_assert!(verify_with(&settings, &key_set_1(), &token, &pending, NOW).is_err());
    }

    #[test]
    fn a_changed_token_is_refused(position in 0_usize..400, byte in "[A-Za-z0-9_-]") {
        let settings = oidc();
        let pending = begin(&provider(&settings)).pending;
        let token = signed(&claims(&pending));
        let at = position % token.len();
        let (before, behind) = token.split_at(at);
        let changed = format!("{before}{byte}{}", behind.split_at(1).1);
        prop_assume!(changed != token);
        prop_assert!(verify_with(&settings, &key_set_1(), &changed, &pending, NOW).is_err());
    }

    #[test]
    fn a_form_reads_back_what_it_writes(values in prop::collection::vec(".{1,20}", 0..8)) {
        let names: Vec<String> = (0..values.len()).map(|n| format!("n{n}")).collect();
        let pairs = names.iter().map(String::as_str).zip(values.iter().map(String::as_str));
        let read = url::pairs(&url::form(pairs), 8).unwrap();
        prop_assert_eq!(read.into_iter().map(|(_, value)| value).collect::<Vec<_>>(), values);
    }

    #[test]
    fn an_endpoint_with_anything_before_its_host_is_refused(user in "[a-z:]{0,8}@", path in "[a-z/]{0,8}") {
        let url = format!("https://{user}host.example/{path}");
        prop_assert!(!url::is_endpoint(&url, true));
    }
}
