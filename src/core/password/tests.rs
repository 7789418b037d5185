//! Tests of passwords and of stored hashes.

use super::*;

const SALT: [u8; SALT_LENGTH] = [7; SALT_LENGTH];

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

#[test]
fn a_password_matches_its_own_hash_and_no_other() {
    let stored = password("correct horse").hash(SALT).unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert!(password("correct horse").matches(Some(&stored)));
    assert!(!password("correct horsf").matches(Some(&stored)));
    assert!(!password("correct horse").matches(None));
    assert!(!is_outdated(&stored));
}

/// The memory of a hash is that of the hash before, on the same thread.
#[test]
fn a_hash_does_not_depend_on_the_one_before() {
    let first = password("correct horse").hash(SALT).unwrap();
    let smaller =
        "$argon2id$v=19$m=7168,t=5,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for before in [first.as_str(), smaller] {
        assert!(!password("battery staple").matches(Some(before)));
        assert_eq!(password("correct horse").hash(SALT).unwrap(), first);
    }
    let fresh = std::thread::spawn(|| password("correct horse").hash(SALT).unwrap());
    assert_eq!(fresh.join().unwrap(), first);
}

/// 64 MiB and two passes (WIRE §8), which is also a test vector of the reference implementation
/// (`phc-winner-argon2/src/test.c`: version 19, t=2, m=2^16, p=1, "password", "somesalt").
#[test]
fn a_hash_of_the_earlier_server_is_still_accepted() {
    let secret = password("password");
    let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ\
        $CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assert!(secret.matches(Some(stored)));
    assert!(is_outdated(stored));
}

/// ATTACKS G-106.
#[test]
fn the_length_of_a_password_is_bounded_before_any_work() {
    assert_eq!(Password::parse("").unwrap_err(), PasswordError::Empty);
    // Issue 10, fault 21: characters of any script, composed or decomposed.
    for character in ["a", "ä", "\u{1f511}", "a\u{308}", "\u{1112}\u{1161}\u{11ab}"] {
        assert!(Password::parse(&character.repeat(128)).is_ok(), "{character}");
        let error = Password::parse(&character.repeat(129)).unwrap_err();
        assert_eq!(error, PasswordError::TooLong, "{character}");
    }
    assert!(Password::parse(&"a".repeat(100_000)).is_err());
    assert_eq!(Password::parse(&"a".repeat(129)).unwrap_err(), PasswordError::TooLong);
    assert_eq!(Password::parse(&"a".repeat(1 << 20)).unwrap_err(), PasswordError::TooLong);
    // U+0958 decomposes under NFC: one character becomes two
    assert!(Password::parse(&"\u{958}".repeat(64)).is_ok());
    assert_eq!(Password::parse(&"\u{958}".repeat(65)).unwrap_err(), PasswordError::TooLong);
}

/// ATTACKS G-106: nothing is cut off at a NUL, because there is none.
#[test]
fn a_password_with_a_control_character_is_refused() {
    for text in ["a\0b", "\0", "a\nb", "\u{7f}", "a\u{85}"] {
        assert_eq!(Password::parse(text).unwrap_err(), PasswordError::ControlCharacter);
    }
}

/// ATTACKS G-106; RFC 8265 §4.2.
#[test]
fn both_spellings_of_a_letter_are_the_same_password() {
    let stored = password("caf\u{e9}").hash(SALT).unwrap();
    assert!(password("cafe\u{301}").matches(Some(&stored)));
    assert!(!password("cafe").matches(Some(&stored)));
}

/// ATTACKS G-106: neither weaker than OWASP's weakest row nor a weapon against the server.
#[test]
fn a_stored_hash_with_absurd_parameters_matches_nothing_and_costs_no_more() {
    let tail = "c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assert!(is_accepted(&format!("$argon2id$v=19$m=19456,t=2,p=1${tail}")));
    for head in [
        "$argon2id$v=19$m=4294967295,t=2,p=1",
        "$argon2id$v=19$m=65537,t=2,p=1",
        "$argon2id$v=19$m=65536,t=5,p=1",
        "$argon2id$v=19$m=19456,t=4294967295,p=1",
        "$argon2id$v=19$m=19456,t=2,p=16777215",
        "$argon2id$v=19$m=8,t=1,p=1",
        "$argon2id$v=19$m=19456,t=1,p=1",
        "$argon2id$v=19$m=019456,t=2,p=1",
        "$argon2id$v=19$m=+19456,t=2,p=1",
        "$argon2id$v=19$t=2,m=19456,p=1",
        "$argon2id$v=19$m=19456,t=2,p=1,keyid=aa",
        "$argon2id$v=17$m=19456,t=2,p=1",
        "$argon2d$v=19$m=19456,t=2,p=1",
        "$2b$12",
        "plain",
    ] {
        let stored = format!("{head}${tail}");
        assert!(!is_accepted(&stored), "{stored}");
    }
    assert!(!is_accepted(&format!("$argon2id$v=19$m=19456,t=2,p=1${tail}$")));
    assert!(!is_accepted(""));
    assert!(!password("password").matches(Some("plain")));
}

#[test]
fn a_password_is_not_shown() {
    assert!(!format!("{:?}", password("hunter2")).contains("hunter2"));
}

/// Hashes that other systems published or that their code computes, and the password of each.
const FOREIGN: &[(&str, &str)] = &[
    // OpenBSD's vectors, under its three names, and one of cost 10
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U*", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
    (
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72",
        "$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
    ),
    ("password", "{BCRYPT}$2b$10$cgT08pfGUo9SUIIvXrIJ1uSXp0VJmOIKgEC6vqGvqRddK4Z3JB28G"),
    // phc-winner-argon2/src/test.c: argon2i of version 1.0, with its old spelling, and of 1.3
    (
        "password",
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
    ),
    (
        "password",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
    ),
    (
        "password",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    ),
    // Django's tests
    ("l\u{e8}tmein", "pbkdf2_sha256$260000$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo="),
    ("lettmein", "pbkdf2_sha1$1000$seasalt$h8WVtFzNLTNUp5hU+IFmjz0virc="),
    // Casdoor's pbkdf2-salt: 27500 iterations, 64 bytes
    (
        "123456",
        "$pbkdf2-sha256$i=27500,l=64$c29tZXNhbHQ$VtoVXVKvi5ysJE0mgO4+ZUxy5sVLxqtOKMP4ufBAWb2kNSU3FE\
         fQYP8EfImKbyF6EMQMKd0SWyHxg71X2sZUJQ",
    ),
    (
        "123456",
        "$pbkdf2-sha256$27500$c29tZXNhbHQ$VtoVXVKvi5ysJE0mgO4.ZUxy5sVLxqtOKMP4ufBAWb2kNSU3FEfQYP8Ef\
         ImKbyF6EMQMKd0SWyHxg71X2sZUJQ",
    ),
    // Casdoor's salt, sha512-salt and md5-salt, of the password 123456 and the salt 123
    ("123456", "$nested-sha256$MTIz$mP9VkWauEDgjjGY5QUHZPTyp8UV644zctJo+eHGnb1I"),
    ("123456", "$nested-sha256$-,c2FsdA,MTIz$mP9VkWauEDgjjGY5QUHZPTyp8UV644zctJo+eHGnb1I"),
    ("123456", "$nested-sha256$-$jZae727K08KaOmKSgOaGzww/XVqGr/PKEgIMkjrcbJI"),
    (
        "123456",
        "$nested-sha512$MTIz$ZGMjIyClGIv4Lq/ZhunM7op0fq+1iQSADyveH0wgyvFYkKidl10l7nEvRZnt8GyF6R3UIIxDo\
         gQLHkUVAVjzvw",
    ),
    ("123456", "$nested-md5$MTIz$d9O37Z230ja56sgmLSf2pQ"),
    ("123456", "$nested-md5$-$4QrcOUm6Wau+VuBX8g+IPg"),
    // LDAP
    ("123456", "{SSHA256}5NL5SaQBwE6c0L1BDjHW+BtBOXQVH8RYwY0tGGw3khlzYWx0"),
    ("123456", "{SMD5}IHrNYaPBvVBtfppFNTWfinNhbHQ="),
    ("123456", "{sha}fEqNCco3Yq9h5ZUglD3CZJT4lBs="),
    // RFC 7914
    (
        "pleaseletmein",
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT\
         8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
    ),
];

#[test]
fn a_hash_of_another_system_matches_its_password_and_is_replaced() {
    for (text, foreign) in FOREIGN {
        let stored = adopted(foreign, SALT).unwrap_or_else(|error| panic!("{foreign}: {error}"));
        assert!(password(text).matches(Some(&stored)), "{foreign} as {stored}");
        assert!(!password("another").matches(Some(&stored)), "{foreign}");
        assert!(is_outdated(&stored) && is_accepted(&stored), "{stored}");
    }
}

/// A stored hash comes back from an export as it went out.
#[test]
fn what_is_stored_is_adopted_unchanged() {
    let own = password("correct horse").hash(SALT).unwrap();
    assert_eq!(adopted(&own, [1; SALT_LENGTH]).unwrap(), own);
    for (_, foreign) in FOREIGN {
        let stored = adopted(foreign, SALT).unwrap();
        assert_eq!(adopted(&stored, [1; SALT_LENGTH]).unwrap(), stored);
    }
}

/// A copy of the database must not yield the passwords that an old system stored as md5.
#[test]
fn a_weak_hash_is_stored_only_inside_argon2id() {
    for (_, foreign) in FOREIGN {
        let stored = adopted(foreign, SALT).unwrap();
        let is_weak = ["nested", "{S", "{s", "$05$", "m=256", "$1000$"]
            .iter()
            .any(|weak| foreign.contains(weak));
        assert_eq!(stored.starts_with("$over$v=19$m=19456,t=2,p=1$"), is_weak, "{stored}");
        if is_weak {
            let output = foreign.rsplit('$').next().unwrap();
            assert!(!stored.contains(output), "{stored}");
        }
    }
    // The weak hash itself, in the database, matches nothing.
    let bare = "$nested-md5$MTIz$d9O37Z230ja56sgmLSf2pQ";
    assert!(!is_accepted(bare) && !password("123456").matches(Some(bare)));
    // Nor does its output, typed as a password.
    let wrapped = adopted(bare, SALT).unwrap();
    assert!(!password("77d3b7ed9db7d236b9eac8262d27f6a5").matches(Some(&wrapped)));
}

/// ATTACKS G-106: a sign-in with an imported hash costs a bounded time and memory.
#[test]
fn a_hash_that_would_cost_too_much_is_not_imported() {
    for foreign in [
        "$2b$31$cgT08pfGUo9SUIIvXrIJ1uSXp0VJmOIKgEC6vqGvqRddK4Z3JB28G",
        "$2b$14$cgT08pfGUo9SUIIvXrIJ1uSXp0VJmOIKgEC6vqGvqRddK4Z3JB28G",
        "$2b$99$cgT08pfGUo9SUIIvXrIJ1uSXp0VJmOIKgEC6vqGvqRddK4Z3JB28G",
        "pbkdf2_sha256$1200001$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo=",
        "$argon2id$v=19$m=102400,t=1,p=8$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=65536,t=5,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=8,t=999999999,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=65536,t=2,p=65$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$scrypt$ln=17,r=8,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$scrypt$ln=63,r=999999999,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$scrypt$ln=1,r=1,p=999999999$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$scrypt$ln=10,r=8,p=999$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$over$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\
         $2b$31$cgT08pfGUo9SUIIvXrIJ1u#23",
        "$over$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\
         $nested-md5$-$#16",
    ] {
        assert_eq!(adopted(foreign, SALT).unwrap_err(), ForeignHashError::Excessive, "{foreign}");
        assert!(!is_accepted(foreign), "{foreign}");
    }
}

#[test]
fn a_text_that_is_no_known_hash_is_not_imported() {
    for foreign in [
        "",
        "123456",
        "***",
        "e10adc3949ba59abbe56e057f20f883e",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe\u{20ac}",
        "$2b$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
        "$nested-md5$$d9O37Z230ja56sgmLSf2pQ$",
        "$nested-md5$-,-,-,-$4QrcOUm6Wau+VuBX8g+IPg",
        "$nested-sha256$-$4QrcOUm6Wau+VuBX8g+IPg",
        "$nested-sha256$-$#32",
        "$pbkdf2-md5$i=27500$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "pbkdf2_sha256$0$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo=",
        "{CRYPT}secret",
        "{SSHA}fEqNCco3",
        "{CRYPT}{CRYPT}$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    ] {
        assert_eq!(adopted(foreign, SALT).unwrap_err(), ForeignHashError::Unknown, "{foreign}");
    }
}

#[test]
fn nothing_that_an_import_may_contain_panics() {
    let inputs: Vec<&str> = FOREIGN.iter().map(|(_, foreign)| *foreign).collect();
    for input in inputs {
        for at in 0..=input.len() {
            let (start, end) = input.split_at(at);
            let _ = is_accepted(start);
            let _ = StoredHash::read(&format!("{start}\u{20ac}{end}"));
            let _ = StoredHash::read(&format!("$over{start}{input}"));
        }
    }
}
