//! Contract wallets: the calls as viem encodes them, and the judgement of their results.

use super::*;

#[derive(Debug, Deserialize)]
struct Contract {
    address: String,
    message: String,
    eip1271: Call,
    erc6492: Call,
}

#[derive(Debug, Deserialize)]
struct Call {
    signature: String,
    to: Option<String>,
    data: String,
}

impl Contract {
    fn read() -> Self {
        let text = include_str!("../../../../tests/vectors/wallets/contract.json");
        serde_json::from_str(text).unwrap()
    }

    fn ask(&self, signature: &str) -> ContractCheck {
        let signed = Signed {
            address: self.address.clone(),
            message: self.message.clone(),
            signature: signature.to_owned(),
            ..Signed::of(Chain::Evm)
        };
        match signed.verify() {
            Ok(Outcome::AskContract(check)) => check,
            other => panic!("{other:?}"),
        }
    }
}

const MAGIC: &str = "0x1626ba7e00000000000000000000000000000000000000000000000000000000";

#[test]
fn a_contract_is_asked_in_the_call_that_viem_makes() {
    let contract = Contract::read();
    for vector in [&contract.eip1271, &contract.erc6492] {
        let check = contract.ask(&vector.signature);
        let call = check.call();
        assert_eq!((&call.to, &call.data, call.chain_id), (&vector.to, &vector.data, 1));
        let params = call.params();
        assert_eq!(params[0]["data"], vector.data);
        assert_eq!(params[0]["to"].as_str(), vector.to.as_deref());
        assert_eq!(params[1], "latest");
    }
}

#[test]
fn only_the_magic_value_accepts_a_signature() {
    let contract = Contract::read();
    let check = contract.ask(&contract.eip1271.signature);
    assert!(check.clone().conclude(MAGIC).is_ok());
    // No code, another value, true, dirty padding, a longer result, the precompile that returns its input.
    let echoed = check.call().data.clone();
    for result in [
        "",
        "0x",
        "0x1626ba7e",
        "1626ba7e00000000000000000000000000000000000000000000000000000000",
        "0xffffffff00000000000000000000000000000000000000000000000000000000",
        "0x0000000000000000000000000000000000000000000000000000000000000001",
        "0x000000000000000000000000000000000000000000000000000000001626ba7e",
        "0x1626ba7e00000000000000000000000000000000000000000000000000000001",
        "0x1626ba7e0000000000000000000000000000000000000000000000000000000000",
        "0x01",
        "null",
        echoed.as_str(),
    ] {
        assert_eq!(check.clone().conclude(result), Err(WalletError::Contract), "{result}");
    }
}

#[test]
fn only_one_byte_of_the_validator_accepts_a_contract_that_is_deployed_later() {
    let contract = Contract::read();
    let check = contract.ask(&contract.erc6492.signature);
    assert!(check.clone().conclude("0x01").is_ok());
    for result in ["0x", "0x00", "0x0101", "0x02", MAGIC, "0x1", "01"] {
        assert_eq!(check.clone().conclude(result), Err(WalletError::Contract), "{result}");
    }
}

#[test]
fn a_contract_is_an_account_of_its_chain_and_never_one_with_a_key() {
    let contract = Contract::read();
    let wallet = contract.ask(&contract.eip1271.signature).conclude(MAGIC).unwrap();
    assert!(wallet.is_contract());
    assert_eq!(wallet.account(), format!("eip155:1:{}", contract.address));
    let elsewhere = Contract {
        message: contract.message.replace("Chain ID: 1", "Chain ID: 10"),
        ..Contract::read()
    };
    let elsewhere = elsewhere.ask(&contract.eip1271.signature).conclude(MAGIC).unwrap();
    assert_eq!(elsewhere.account(), format!("eip155:10:{}", contract.address));
}

#[test]
fn no_contract_is_asked_about_the_signature_of_a_key() {
    let contract = Contract::read();
    let signed = Signed::of(Chain::Evm);
    assert!(matches!(signed.verify(), Ok(Outcome::Verified(_))));
    let scheme = Some("eip191".to_owned());
    let signature = contract.eip1271.signature;
    let by_key_only = Signed { scheme, signature, ..signed };
    assert_eq!(by_key_only.verify(), Err(WalletError::SignatureForm));
}
