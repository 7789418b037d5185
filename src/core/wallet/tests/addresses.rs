//! Addresses: published ones, their canonical forms, and those that are refused.

use super::*;

fn canonical(chain: Chain, text: &str) -> Option<String> {
    Address::parse(chain, text).ok().map(|address| address.to_string())
}

#[test]
fn published_addresses_are_read_into_their_canonical_form() {
    for (chain, text, expected) in [
        // BIP-173, BIP-350, and the forms of base58check.
        (
            Chain::Bitcoin,
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        (
            Chain::Bitcoin,
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        (
            Chain::Bitcoin,
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        ),
        (
            Chain::Bitcoin,
            "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
            "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        ),
        (Chain::Xrp, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"),
        // The same account on another Substrate chain.
        (
            Chain::Polkadot,
            "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
            "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
        ),
        // The test vectors of CIP-19.
        (
            Chain::Cardano,
            "addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8",
            "addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8",
        ),
        (
            Chain::Cardano,
            "addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x",
            "addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x",
        ),
        (
            Chain::Cardano,
            "stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw",
            "stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw",
        ),
        (
            Chain::Solana,
            "So11111111111111111111111111111111111111112",
            "So11111111111111111111111111111111111111112",
        ),
        // The raw form.
        (
            Chain::Ton,
            "0:e4d954ef9f4e1250a26b5bbad76a1cdd17cfd08babad6f4c23e372270aef6f76",
            "UQDk2VTvn04SUKJrW7rXahzdF8_Qi6utb0wj43InCu9vdmcU",
        ),
    ] {
        assert_eq!(canonical(chain, text).as_deref(), Some(expected));
        assert_eq!(canonical(chain, expected).as_deref(), Some(expected));
    }
}

#[test]
fn every_form_of_a_ton_address_is_the_same_account() {
    let raw = "0:e4d954ef9f4e1250a26b5bbad76a1cdd17cfd08babad6f4c23e372270aef6f76";
    for text in [
        "EQDk2VTvn04SUKJrW7rXahzdF8_Qi6utb0wj43InCu9vdjrR".to_owned(),
        "EQDk2VTvn04SUKJrW7rXahzdF8/Qi6utb0wj43InCu9vdjrR".to_owned(),
        raw.to_uppercase(),
    ] {
        let address = Address::parse(Chain::Ton, &text);
        assert!(address.is_ok(), "{text}");
        assert_eq!(address, Address::parse(Chain::Ton, raw));
    }
}

#[test]
fn addresses_of_test_networks_scripts_and_wrong_checksums_are_refused() {
    for (chain, text) in [
        (Chain::Bitcoin, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"),
        // A checksum of bech32 where BIP-350 asks for bech32m.
        (Chain::Bitcoin, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd"),
        // P2WSH, and a witness version of the future.
        (Chain::Bitcoin, "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3"),
        (Chain::Bitcoin, "BC1SW50QGDZ25J"),
        (Chain::Bitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"),
        (Chain::Bitcoin, "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"),
        (Chain::Xrp, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTj"),
        // An X-address, which carries a tag.
        (Chain::Xrp, "X7AcgcsBL6XDcUb289X4mJ8djcdyKaB5hJDWMArnXr61cqZ"),
        (Chain::Polkadot, "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp6"),
        // A payment script, a pointer, the test network, a prefix of another kind.
        (
            Chain::Cardano,
            "addr1z8phkx6acpnf78fuvxn0mkew3l0fd058hzquvz7w36x4gten0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgs9yc0hh",
        ),
        (Chain::Cardano, "addr1gx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer5pnz75xxcrzqf96k"),
        (Chain::Cardano, "addr_test1vz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerspjrlsz"),
        (Chain::Solana, "So1111111111111111111111111111111111111111"),
        // The test network's flag, another workchain.
        (Chain::Ton, "kQDk2VTvn04SUKJrW7rXahzdF8_Qi6utb0wj43InCu9vdoFb"),
        (Chain::Ton, "1:e4d954ef9f4e1250a26b5bbad76a1cdd17cfd08babad6f4c23e372270aef6f76"),
        (Chain::Ton, "UQDk2VTvn04SUKJrW7rXahzdF8_Qi6utb0wj43InCu9vdmcV"),
    ] {
        assert_eq!(Address::parse(chain, text), Err(WalletError::Address), "{text}");
    }
}
