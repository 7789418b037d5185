// Makes messages signed by the libraries that wallets are built with.
import { writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { Wallet, Signature as EthersSignature } from 'ethers';
import { privateKeyToAccount } from 'viem/accounts';
import { encodeFunctionData, encodeDeployData, hashMessage, compactSignatureToSignature, parseSignature, serializeCompactSignature, signatureToCompactSignature, parseAbi, serializeErc6492Signature, concat } from 'viem';
import { createSiweMessage } from 'viem/siwe';
import * as consts from './node_modules/viem/_cjs/constants/contracts.js';
import solana from '@solana/web3.js';
import nacl from 'tweetnacl';
import bs58 from 'bs58';
import bip322 from 'bip322-js';
import * as btc from 'bitcoinjs-lib';
import bitcoinMessage from 'bitcoinjs-message';
import * as xrp from 'ripple-keypairs';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { u8aToHex, u8aWrapBytes, stringToU8a } from '@polkadot/util';
import * as ton from '@ton/ton';
import { sign as tonSign, keyPairFromSeed } from '@ton/crypto';
import { beginCell, storeStateInit, contractAddress } from '@ton/core';
import CSL from '@emurgo/cardano-serialization-lib-nodejs';
import MS from '@emurgo/cardano-message-signing-nodejs';

const seed = n => createHash('sha256').update(`wallet fixture ${n}`).digest();
const nonce = '0123456789abcdef0123456789abcdef';
const references = { Ethereum: '1', Solana: 'mainnet', Bitcoin: '000000000019d6689c085ae165831e93', TON: '-239', 'XRP Ledger': '0', Polkadot: '91b171bb158e2d3848fa23a9f1c25182', Cardano: '1-764824073' };
const message = (name, address) => `hanzo.id wants you to sign in with your ${name} account:\n${address}\n\nSign in to Hanzo.\n\nURI: https://hanzo.id/login\nVersion: 1\nChain ID: ${references[name]}\nNonce: ${nonce}\nIssued At: 2026-11-26T12:00:00Z\nExpiration Time: 2026-11-26T12:05:00Z`;
const wallets = [];
const add = (chain, by, entry) => wallets.push({ chain, by, ...entry });

// EVM
{
  const wallet = new Wallet('0x' + seed('evm').toString('hex'));
  const text = message('Ethereum', wallet.address);
  const signature = await wallet.signMessage(text);
  add('evm', 'ethers Wallet.signMessage', { address: wallet.address, message: text, signature });
  const s = EthersSignature.from(signature);
  add('evm', 'ethers Signature.compactSerialized (EIP-2098)', { address: wallet.address.toLowerCase(), message: text, signature: s.compactSerialized });
  const account = privateKeyToAccount('0x' + seed('viem').toString('hex'));
  const siwe = createSiweMessage({ domain: 'hanzo.id', address: account.address, statement: 'Sign in to Hanzo.', uri: 'https://hanzo.id/login', version: '1', chainId: 8453, nonce, issuedAt: new Date('2026-11-26T12:00:00Z'), expirationTime: new Date('2026-11-26T12:05:00Z'), requestId: 'r-1', resources: ['https://hanzo.id/terms'] });
  add('evm', 'viem createSiweMessage, signMessage', { address: account.address, message: siwe, signature: await account.signMessage({ message: siwe }) });
}
// Solana
for (const n of [1, 2]) {
  const pair = solana.Keypair.fromSeed(seed('solana' + n));
  const address = pair.publicKey.toBase58();
  const text = message('Solana', address);
  const signature = nacl.sign.detached(Buffer.from(text), pair.secretKey);
  add('solana', '@solana/web3.js Keypair, tweetnacl', { address, message: text, signature: n == 1 ? bs58.encode(signature) : Buffer.from(signature).toString('base64') });
}
// Bitcoin
{
  const { ECPairFactory } = await import('ecpair'); 
  const ecc = (await import('@bitcoinerlab/secp256k1')).default;
  const ECPair = ECPairFactory(ecc); btc.initEccLib(ecc);
  const pair = ECPair.fromPrivateKey(seed('bitcoin'), { compressed: true });
  const wif = pair.toWIF();
  const pubkey = Buffer.from(pair.publicKey);
  const p2pkh = btc.payments.p2pkh({ pubkey }).address, p2wpkh = btc.payments.p2wpkh({ pubkey }).address;
  const p2sh = btc.payments.p2sh({ redeem: btc.payments.p2wpkh({ pubkey }) }).address;
  const p2tr = btc.payments.p2tr({ internalPubkey: pubkey.subarray(1) }).address;
  for (const address of [p2wpkh, p2tr]) {
    const text = message('Bitcoin', address);
    add('bitcoin', 'bip322-js Signer.sign (BIP-322)', { scheme: 'bip322', address, message: text, signature: String(bip322.Signer.sign(wif, address, text)) });
  }
  for (const [address, options] of [[p2pkh, undefined], [p2sh, { segwitType: 'p2sh(p2wpkh)' }], [p2wpkh, { segwitType: 'p2wpkh' }], [p2sh, undefined]]) {
    const text = message('Bitcoin', address);
    add('bitcoin', 'bitcoinjs-message sign (BIP-137)', { scheme: 'bip137', address, message: text, signature: bitcoinMessage.sign(text, Buffer.from(pair.privateKey), true, options).toString('base64') });
  }
  const plain = ECPair.fromPrivateKey(seed('bitcoin'), { compressed: false });
  const address = btc.payments.p2pkh({ pubkey: Buffer.from(plain.publicKey) }).address;
  const text = message('Bitcoin', address);
  add('bitcoin', 'bitcoinjs-message sign (BIP-137, uncompressed)', { address, message: text, signature: bitcoinMessage.sign(text, Buffer.from(plain.privateKey), false).toString('base64') });
}
// XRP
for (const algorithm of ['ecdsa-secp256k1', 'ed25519']) {
  const s = xrp.generateSeed({ entropy: seed('xrp' + algorithm).subarray(0, 16), algorithm });
  const pair = xrp.deriveKeypair(s);
  const address = xrp.deriveAddress(pair.publicKey);
  const text = message('XRP Ledger', address);
  add('xrp', `ripple-keypairs sign (${algorithm})`, { address, publicKey: pair.publicKey, message: text, signature: xrp.sign(Buffer.from(text).toString('hex'), pair.privateKey) });
}
// Polkadot
await cryptoWaitReady();
for (const type of ['sr25519', 'ed25519', 'ecdsa']) {
  const pair = new Keyring({ type, ss58Format: 0 }).addFromSeed(seed('polkadot' + type), {}, type);
  const generic = new Keyring({ type, ss58Format: 42 }).addFromSeed(seed('polkadot' + type), {}, type).address;
  const text = message('Polkadot', pair.address);
  add('polkadot', `@polkadot/keyring ${type}, <Bytes>`, { scheme: type, address: pair.address, message: text, signature: u8aToHex(pair.sign(u8aWrapBytes(text))) });
  add('polkadot', `@polkadot/keyring ${type}, withType, generic address`, { address: generic, message: text, signature: u8aToHex(pair.sign(u8aWrapBytes(text), { withType: true })) });
  add('polkadot', `@polkadot/keyring ${type}, unwrapped`, { address: pair.address, message: text, signature: u8aToHex(pair.sign(stringToU8a(text))) });
}
// TON
{
  const pair = keyPairFromSeed(seed('ton'));
  const le32 = n => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; }, be32 = n => { const b = Buffer.alloc(4); b.writeInt32BE(n); return b; };
  const timestamp = Date.parse('2026-11-26T12:01:00Z') / 1000;
  const le64 = n => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(n)); return b; }, be64 = n => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
  const sha = b => createHash('sha256').update(b).digest();
  for (const name of ['WalletContractV1R1', 'WalletContractV1R2', 'WalletContractV1R3', 'WalletContractV2R1', 'WalletContractV2R2', 'WalletContractV3R1', 'WalletContractV3R2', 'WalletContractV4', 'WalletContractV5Beta', 'WalletContractV5R1']) {
    const w = ton[name].create({ workchain: 0, publicKey: pair.publicKey });
    const stateInit = beginCell().store(storeStateInit(w.init)).endCell().toBoc({ idx: name.includes('V3'), crc32: !name.includes('V2') }).toString('base64');
    const address = w.address.toString({ bounceable: false });
    const text = message('TON', address);
    const domain = Buffer.from('hanzo.id');
    const item = Buffer.concat([Buffer.from('ton-proof-item-v2/'), be32(0), w.address.hash, le32(domain.length), domain, le64(timestamp), Buffer.from(nonce)]);
    const digest = sha(Buffer.concat([Buffer.from([255, 255]), Buffer.from('ton-connect'), sha(item)]));
    const extra = { stateInit, timestamp, domain: 'hanzo.id' };
    add('ton', `@ton/ton ${name}, ton_proof`, { scheme: 'ton_proof', address: name.includes('R1') ? w.address.toRawString() : address, publicKey: pair.publicKey.toString('hex'), message: text, signature: tonSign(digest, pair.secretKey).toString('base64'), extra });
    if (name === 'WalletContractV5R1' || name === 'WalletContractV4') {
      const body = Buffer.from(text);
      const data = Buffer.concat([Buffer.from([255, 255]), Buffer.from('ton-connect/sign-data/'), be32(0), w.address.hash, be32(domain.length), domain, be64(timestamp), Buffer.from('txt'), be32(body.length), body]);
      add('ton', `@ton/ton ${name}, signData`, { scheme: 'sign_data', address, message: text, signature: tonSign(sha(data), pair.secretKey).toString('base64'), extra });
    }
  }
}
// Cardano
{
  const key = CSL.PrivateKey.from_normal_bytes(seed('cardano')), stake = CSL.PrivateKey.from_normal_bytes(seed('cardano stake'));
  const cred = k => CSL.Credential.from_keyhash(k.to_public().hash());
  const base = CSL.BaseAddress.new(1, cred(key), cred(stake)).to_address(), enterprise = CSL.EnterpriseAddress.new(1, cred(key)).to_address(), reward = CSL.RewardAddress.new(1, cred(stake)).to_address();
  for (const [address, k, hashed] of [[base, key, false], [enterprise, key, false], [reward, stake, false], [base, key, true]]) {
    const text = message('Cardano', address.to_bech32());
    const headers = MS.HeaderMap.new();
    headers.set_algorithm_id(MS.Label.from_algorithm_id(MS.AlgorithmId.EdDSA));
    headers.set_header(MS.Label.new_text('address'), MS.CBORValue.new_bytes(address.to_bytes()));
    const builder = MS.COSESign1Builder.new(MS.Headers.new(MS.ProtectedHeaderMap.new(headers), MS.HeaderMap.new()), Buffer.from(text), false);
    if (hashed) builder.hash_payload();
    const signature = k.sign(builder.make_data_to_sign().to_bytes()).to_bytes();
    const coseKey = MS.COSEKey.new(MS.Label.from_key_type(MS.KeyType.OKP));
    coseKey.set_algorithm_id(MS.Label.from_algorithm_id(MS.AlgorithmId.EdDSA));
    coseKey.set_header(MS.Label.new_int(MS.Int.new_negative(MS.BigNum.from_str('1'))), MS.CBORValue.new_int(MS.Int.new_i32(6)));
    coseKey.set_header(MS.Label.new_int(MS.Int.new_negative(MS.BigNum.from_str('2'))), MS.CBORValue.new_bytes(k.to_public().as_bytes()));
    add('cardano', `@emurgo/cardano-message-signing-nodejs${hashed ? ', hashed payload' : ''}`, { address: hashed ? address.to_hex() : address.to_bech32(), publicKey: Buffer.from(coseKey.to_bytes()).toString('hex'), message: text, signature: Buffer.from(builder.build(signature).to_bytes()).toString('hex') });
  }
}
// What must be refused although its signature is right.
const refused = [];
{
  const key = CSL.PrivateKey.from_normal_bytes(seed('cardano'));
  const cred = CSL.Credential.from_keyhash(key.to_public().hash());
  const victim = CSL.Credential.from_keyhash(CSL.PrivateKey.from_normal_bytes(seed('victim')).to_public().hash());
  const named = CSL.EnterpriseAddress.new(1, victim).to_address(), own = CSL.EnterpriseAddress.new(1, cred).to_address();
  const base = CSL.BaseAddress.new(1, cred, victim).to_address();
  const coseKey = MS.COSEKey.new(MS.Label.from_key_type(MS.KeyType.OKP));
  coseKey.set_algorithm_id(MS.Label.from_algorithm_id(MS.AlgorithmId.EdDSA));
  coseKey.set_header(MS.Label.new_int(MS.Int.new_negative(MS.BigNum.from_str('1'))), MS.CBORValue.new_int(MS.Int.new_i32(6)));
  coseKey.set_header(MS.Label.new_int(MS.Int.new_negative(MS.BigNum.from_str('2'))), MS.CBORValue.new_bytes(key.to_public().as_bytes()));
  for (const [address, header, error] of [[named, named, 'AnotherKey'], [base, own, 'AnotherAddress']]) {
    const text = message('Cardano', address.to_bech32());
    const headers = MS.HeaderMap.new();
    headers.set_algorithm_id(MS.Label.from_algorithm_id(MS.AlgorithmId.EdDSA));
    headers.set_header(MS.Label.new_text('address'), MS.CBORValue.new_bytes(header.to_bytes()));
    const builder = MS.COSESign1Builder.new(MS.Headers.new(MS.ProtectedHeaderMap.new(headers), MS.HeaderMap.new()), Buffer.from(text), false);
    const signature = key.sign(builder.make_data_to_sign().to_bytes()).to_bytes();
    refused.push({ chain: 'cardano', by: `a signature with the header of ${header.to_bech32()}`, error, address: address.to_bech32(), publicKey: Buffer.from(coseKey.to_bytes()).toString('hex'), message: text, signature: Buffer.from(builder.build(signature).to_bytes()).toString('hex') });
  }
  const pair = keyPairFromSeed(seed('ton'));
  const wallet = ton.WalletContractV5R1.create({ workchain: 0, publicKey: pair.publicKey });
  const other = beginCell().storeUint(1, 8).endCell();
  const silent = beginCell().storeBit(0).storeBits(wallet.init.data.bits.substring(1, wallet.init.data.bits.length - 1)).endCell();
  const be32 = n => { const b = Buffer.alloc(4); b.writeInt32BE(n); return b; };
  const timestamp = Date.parse('2026-11-26T12:01:00Z') / 1000;
  for (const [by, init] of [['a contract of unknown code', { code: other, data: wallet.init.data }], ['a wallet v5 that allows no signatures', { code: wallet.init.code, data: silent }], ['a contract that is called at every block', { code: wallet.init.code, data: wallet.init.data, special: { tick: true, tock: false } }]]) {
    const cell = beginCell().store(storeStateInit(init)).endCell();
    const address = contractAddress(0, init);
    const text = message('TON', address.toString({ bounceable: false }));
    const le32 = Buffer.alloc(4), le64 = Buffer.alloc(8); le32.writeUInt32LE(8); le64.writeBigUInt64LE(BigInt(timestamp));
    const item = createHash('sha256').update(Buffer.concat([Buffer.from('ton-proof-item-v2/'), be32(0), address.hash, le32, Buffer.from('hanzo.id'), le64, Buffer.from(nonce)])).digest();
    const digest = createHash('sha256').update(Buffer.concat([Buffer.from([255, 255]), Buffer.from('ton-connect'), item])).digest();
    refused.push({ chain: 'ton', by, error: 'UnknownContract', address: address.toRawString(), message: text, signature: tonSign(digest, pair.secretKey).toString('base64'), extra: { stateInit: cell.toBoc().toString('base64'), timestamp } });
  }
}
writeFileSync('refused.json', JSON.stringify(refused, null, 1) + '\n');
writeFileSync('signed.json', JSON.stringify(wallets, null, 1) + '\n');

// EIP-1271 and ERC-6492 calls as viem encodes them.
const contract = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const text = message('Ethereum', contract);
const signature = '0x' + '5a'.repeat(70);
const later = serializeErc6492Signature({ address: '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359', data: '0xabcdef', signature });
const abi = parseAbi(['function isValidSignature(bytes32,bytes) view returns (bytes4)']);
const hash = hashMessage(text);
writeFileSync('contract.json', JSON.stringify({
  address: contract, message: text, hash,
  eip1271: { signature, to: contract, data: encodeFunctionData({ abi, args: [hash, signature] }) },
  erc6492: { signature: later, data: encodeDeployData({ abi: [{ type: 'constructor', stateMutability: 'nonpayable', inputs: [{ type: 'address', name: 'a' }, { type: 'bytes32', name: 'b' }, { type: 'bytes', name: 'c' }] }], bytecode: consts.erc6492SignatureValidatorByteCode, args: [contract, hash, later] }) },
}, null, 1) + '\n');
