// Wallets on the sign-in page, in Chromium: one that announces itself (EIP-6963), one in `window.ethereum`
// (EIP-1193), and what the page says when they refuse. `ethers` signs.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Wallet } from "ethers";
import { browserTest, hasBrowser, startBrowser } from "../support/browser.mjs";
import { authorization, button, byPassword, startSignin } from "../support/signin.mjs";
import { json } from "../support/world.mjs";

let world, browser;
const linked = Wallet.createRandom();
before(async () => {
  if (!hasBrowser) return;
  world = await startSignin();
  await world.administer("PUT", "applications/admin/hanzo-app", { enableWeb3: true });
  await link("alice", linked);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

/** Links the wallet to the account of `name`, as the SDK does. */
async function link(name, wallet) {
  const { cookie } = await world.code(name);
  const asked = { clientId: "hanzo-app", organization: "hanzo", chain: "evm", address: wallet.address };
  const issued = await json(await world.fetch(`/v1/iam/link?${new URLSearchParams(asked)}`, { headers: { cookie } }));
  const { nonce, message } = issued.data;
  const proof = { ...asked, message, nonce, signature: await wallet.signMessage(message) };
  const result = await json(await world.fetch("/v1/iam/link", {
    method: "POST", body: JSON.stringify(proof),
    headers: { "content-type": "application/json", origin: world.base, cookie },
  }));
  assert.equal(result.status, "ok", JSON.stringify(result));
}

/** Gives the tab the wallet, which announces itself if it has a name. It signs with `signer`. */
async function install(tab, wallet, { name, signer = wallet, refuses = false } = {}) {
  await tab.exposeFunction("sign", (hex) => signer.signMessage(Buffer.from(hex.slice(2), "hex")));
  await tab.addInitScript(({ address, name, refuses }) => {
    const provider = {
      async request({ method, params }) {
        if (refuses) throw Object.assign(new Error("User rejected the request."), { code: 4001 });
        if (method === "eth_requestAccounts") return [address.toLowerCase()];
        if (method === "personal_sign" && params[1] === address.toLowerCase()) return window.sign(params[0]);
        throw Object.assign(new Error("unsupported"), { code: 4200 });
      },
    };
    if (!name) {
      window.ethereum = provider;
      return;
    }
    const info = { uuid: "350670db-19fa-4704-a166-e52e178b59d2", name, icon: "data:,", rdns: "example.wallet" };
    const detail = Object.freeze({ info, provider });
    const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    addEventListener("eip6963:requestProvider", announce);
    announce();
  }, { address: wallet.address, name, refuses });
}

const withWallet = (name, body) => browserTest(() => browser, name, async (tab) => {
  const refusals = [];
  tab.on("console", (message) => refusals.push(message.text()));
  await body(tab);
  assert.deepEqual(refusals.filter((text) => text.includes("Content Security Policy")), []);
});

async function open(tab) {
  const request = await authorization(world);
  await tab.goto(request.url);
  return async () => (await request.redeem(tab)).claims();
}

for (const [how, named, label] of [
  ["announces itself", "Example Wallet", "Sign in with Example Wallet"],
  ["is in window.ethereum", undefined, "Sign in with a wallet"],
]) {
  withWallet(`a linked wallet that ${how} signs in`, async (tab) => {
    await install(tab, linked, { name: named });
    const done = await open(tab);
    await button(tab, label).click();
    const { amr, preferred_username } = await done();
    assert.deepEqual([amr, preferred_username], [["pop"], "alice"]);
  });
}

withWallet("a wallet is linked on the account page, signs in, and is unlinked", async (tab) => {
  const wallet = Wallet.createRandom();
  await install(tab, wallet);
  await tab.goto(`${world.base}/login?organization=hanzo&continue=/account/identities`);
  await byPassword(tab, "bob", world.user("bob").password);
  await button(tab, "Link a wallet").click();
  await tab.locator("[data-wallets] button").click();
  await tab.getByText("Saved.").waitFor();
  await tab.context().clearCookies();
  const done = await open(tab);
  await button(tab, "Sign in with a wallet").click();
  assert.equal((await done()).preferred_username, "bob");
  await tab.goto(`${world.base}/account/identities`);
  await tab.getByRole("button", { name: "Unlink" }).click();
  await tab.getByText("There is nothing here yet.").waitFor();
});

withWallet("an unlinked wallet and a wrong signature are refused with one sentence", async (tab) => {
  const stranger = Wallet.createRandom();
  await install(tab, stranger);
  await open(tab);
  await button(tab, "Sign in with a wallet").click();
  const unlinked = await tab.locator("#error").textContent();
  const other = await (await browser.newContext()).newPage();
  await install(other, linked, { signer: stranger });
  await open(other);
  await button(other, "Sign in with a wallet").click();
  assert.equal(await other.locator("#error").textContent(), unlinked);
  await other.context().close();
});

withWallet("a person who declines in the wallet is told so, and no wallet shows no button", async (tab) => {
  await open(tab);
  assert.equal(await tab.getByRole("button", { name: "wallet" }).count(), 0);
  await install(tab, linked, { refuses: true });
  await open(tab);
  await button(tab, "Sign in with a wallet").click();
  await tab.locator("[data-wallet] [role=alert]:visible").waitFor();
  assert.ok(tab.url().startsWith(world.base));
});
