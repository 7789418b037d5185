// Sign-in by wallets against the real workers (WIRE §4.6, §8): npm `ethers`, `viem` and `@solana/web3.js` sign
// what the server issued, and `@hanzo/iam`, unchanged, signs in with an EIP-1193 provider.
import assert from "node:assert/strict";
import { createPrivateKey, sign as signEd25519 } from "node:crypto";
import { after, before, test } from "node:test";
import { IAM } from "@hanzo/iam";
import { Keypair } from "@solana/web3.js";
import { Wallet } from "ethers";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { parseSiweMessage, validateSiweMessage } from "viem/siwe";
import { CALLBACK, claimsOf, json, pkce, startWorld } from "../support/world.mjs";

let world;
before(async () => {
  world = await startWorld();
  await world.administer("PATCH", "applications/admin/hanzo-app", { enableWeb3: true });
});
after(() => world.close());

/** A wallet: its chain, its address, and what signs a text with it. */
const wallets = {
  ethers() {
    const wallet = Wallet.createRandom();
    return { chain: "evm", address: wallet.address, sign: (text) => wallet.signMessage(text) };
  },
  viem() {
    const account = privateKeyToAccount(generatePrivateKey());
    return { chain: "evm", address: account.address, sign: (message) => account.signMessage({ message }) };
  },
  "@solana/web3.js"() {
    const pair = Keypair.generate();
    // PKCS #8 of an Ed25519 seed (RFC 8410 §7).
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), pair.secretKey.slice(0, 32)]);
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    return {
      chain: "solana", address: pair.publicKey.toBase58(),
      sign: async (text) => signEd25519(null, Buffer.from(text), key).toString("base64"),
    };
  },
};

const post = (path, body, cookie = "") => world.fetch(path, {
  method: "POST", headers: { "content-type": "application/json", cookie }, body: JSON.stringify(body),
});

async function issued(path, { chain, address }, cookie = "") {
  const answer = await world.fetch(`${path}?${new URLSearchParams({ chain, address, clientId: "hanzo-app" })}`, {
    headers: { cookie },
  });
  const body = await json(answer);
  assert.equal(body.status, "ok", JSON.stringify(body));
  return body.data;
}

const proof = async ({ chain, address, sign }, { message, nonce }) => ({
  application: "hanzo-app", organization: "hanzo", chain, address, message, nonce, signature: await sign(message),
});

/** Links the wallet to the account of `name`. */
async function link(name, wallet) {
  const { cookie } = await world.code(name);
  const body = await proof(wallet, await issued("/v1/iam/link", wallet, cookie));
  return json(await post("/v1/iam/link", body, cookie));
}

function verifyPath(challenge) {
  return `/v1/iam/web3/verify?${new URLSearchParams({
    clientId: "hanzo-app", responseType: "code", redirectUri: CALLBACK, scope: "openid profile", state: "s",
    code_challenge: challenge, code_challenge_method: "S256",
  })}`;
}

for (const [library, make] of Object.entries(wallets)) {
  test(`${library}: links a wallet, signs in with it, and gets tokens that say how`, async () => {
    const wallet = make();
    const linked = await link("bob", wallet);
    assert.equal(linked.status, "ok", JSON.stringify(linked));
    assert.equal(linked.data.address, wallet.address);

    const { verifier, challenge } = pkce();
    const body = await proof(wallet, await issued("/v1/iam/web3/nonce", wallet));
    const signedIn = await json(await post(verifyPath(challenge), body));
    assert.equal(signedIn.status, "ok", JSON.stringify(signedIn));
    const tokens = await world.redeem({ code: signedIn.data, verifier });
    assert.equal(tokens.status, 200, JSON.stringify(tokens));
    assert.deepEqual(claimsOf(tokens.id_token).amr, ["pop"]);

    const again = await json(await post(verifyPath(challenge), body));
    assert.equal(again.code, "invalid_credentials", "a message is answered once");
  });
}

test("viem reads the issued message as EIP-4361 has it", async () => {
  const { address } = wallets.viem();
  const { message } = await issued("/v1/iam/web3/nonce", { chain: "evm", address });
  const read = parseSiweMessage(message);
  const { host: domain } = new URL(world.base);
  assert.deepEqual([read.domain, read.address, read.uri, read.version, read.chainId], [domain, address, world.base, "1", 1]);
  assert.ok(validateSiweMessage({ message: read, address, domain, nonce: read.nonce }));
  assert.equal(read.expirationTime - read.issuedAt, 300_000);
});

/** The browser class of `@hanzo/iam`, with a storage of its own. */
function browser() {
  const entries = new Map();
  const storage = {
    get length() { return entries.size; },
    clear: () => entries.clear(),
    getItem: (key) => entries.get(key) ?? null,
    key: (i) => [...entries.keys()][i] ?? null,
    removeItem: (key) => { entries.delete(key); },
    setItem: (key, value) => { entries.set(key, String(value)); },
  };
  return new IAM({
    serverUrl: world.base, clientId: "hanzo-app", redirectUri: CALLBACK, organization: "hanzo",
    application: "hanzo-app", scope: "openid profile email", storage,
  });
}

const provider = (wallet, signer = wallet) => ({
  async request({ method, params }) {
    if (method === "eth_requestAccounts") return [wallet.address.toLowerCase()];
    assert.equal(method, "personal_sign");
    return signer.sign(params[0]);
  },
});

test("@hanzo/iam: loginWithWallet signs a linked wallet in", async () => {
  const wallet = wallets.ethers();
  await link("alice", wallet);
  const iam = browser();
  await iam.loginWithWallet({ provider: provider(wallet) });
  assert.equal((await iam.getUserInfo()).preferred_username, "alice");
});

test("@hanzo/iam: an unlinked wallet and a wrong signature are refused with one message", async () => {
  const [known, stranger] = [wallets.ethers(), wallets.viem()];
  await link("alice", known);
  const message = "the wallet could not be verified, or it belongs to no account";
  await assert.rejects(browser().loginWithWallet({ provider: provider(stranger) }), { message });
  await assert.rejects(browser().loginWithWallet({ provider: provider(known, stranger) }), { message });
});
