// Clients of `scripts/bench signin`: each a function that signs a person in, as a browser would, and throws
// if it is not signed in.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { observed } from "../process.mjs";
import { authenticator } from "./authenticator.mjs";

const LOGIN = new URLSearchParams({ clientId: "hanzo-app", application: "hanzo-app", organization: "hanzo", type: "login" });

/** A request of a browser with an address of its own, so that no limit by network is met. */
function browser(world) {
  const address = `10.${randomBytes(3).join(".")}`;
  return async (path, body, cookie = "") => {
    const answer = await fetch(world.base + path, {
      method: body === undefined ? "GET" : "POST", body: body && JSON.stringify(body),
      headers: { "content-type": "application/json", origin: world.base, "cf-connecting-ip": address, cookie },
    });
    const result = await answer.json();
    if (!answer.ok || result.status === "error") throw new Error(`${path}: ${answer.status} ${JSON.stringify(result)}`);
    return { ...result, cookie: answer.headers.getSetCookie()[0]?.split(";")[0] };
  };
}

/** The ways to sign in at `world`, for people `people` in turn. */
export async function ours(world, people) {
  const password = ({ name, password }) => browser(world)("/v1/iam/login", {
    type: "login", application: "hanzo-app", organization: "hanzo", username: name, password, signinMethod: "Password",
  });
  const signed = (result) => {
    if (result.status !== "ok" || result.data2 || /^(Next|Required)Mfa$/.test(result.msg)) throw new Error(JSON.stringify(result));
  };
  // Who has a passkey links a wallet with it only.
  const wallets = await Promise.all(people.map((person) => newWallet(world, password, person)));
  const passkeys = await Promise.all(people.map((person) => newPasskey(world, password, person)));
  let turn = 0;
  const next = (list) => list[turn++ % list.length];
  return {
    password: async () => signed(await password(next(people))),
    async passkey() {
      const call = browser(world);
      const { publicKey, cookie } = await call("/v1/iam/webauthn/signin/begin?clientId=hanzo-app");
      signed(await call(`/v1/iam/webauthn/signin/finish?${LOGIN}`, next(passkeys).get(publicKey), cookie));
    },
    async wallet() {
      const [call, wallet] = [browser(world), next(wallets)];
      const issued = await call(`/v1/iam/web3/nonce?${asking(wallet)}`);
      signed(await call(`/v1/iam/web3/verify?${LOGIN}`, await answer(wallet, issued.data)));
    },
  };
}

async function newPasskey(world, password, person) {
  const call = browser(world);
  const { cookie } = await password(person);
  const passkey = authenticator(world.base);
  const { publicKey } = await call("/v1/iam/webauthn/signup/begin", undefined, cookie);
  await call("/v1/iam/webauthn/signup/finish", passkey.create(publicKey), cookie);
  return passkey;
}

async function newWallet(world, password, person) {
  const call = browser(world);
  const { cookie } = await password(person);
  const wallet = privateKeyToAccount(generatePrivateKey());
  const issued = await call(`/v1/iam/link?${asking(wallet)}`, undefined, cookie);
  await call("/v1/iam/link", await answer(wallet, issued.data), cookie);
  return wallet;
}

const asking = ({ address }) => new URLSearchParams({ clientId: "hanzo-app", chain: "evm", address });
const answer = async (wallet, { message, nonce }) => ({
  application: "hanzo-app", organization: "hanzo", chain: "evm", address: wallet.address, message, nonce,
  signature: await wallet.signMessage({ message }),
});

/** Starts better-auth with people of its own: `{ password, process, stop }`. */
export async function betterAuth(count) {
  const child = fork(new URL("better-auth.mjs", import.meta.url), {
    env: { ...process.env, SECRET: randomBytes(32).toString("base64url") }, execArgv: ["--no-warnings"],
  });
  const { port } = await new Promise((resolve, reject) => {
    child.once("message", resolve).once("exit", () => reject(new Error("better-auth did not start")));
  });
  const base = `http://127.0.0.1:${port}`;
  const post = async (path, body) => {
    const answer = await fetch(`${base}/api/auth/${path}`, {
      method: "POST", headers: { "content-type": "application/json", origin: base }, body: JSON.stringify(body),
    });
    const result = await answer.json();
    if (!answer.ok || !result.token) throw new Error(`${path}: ${answer.status} ${JSON.stringify(result)}`);
  };
  const people = Array.from({ length: count }, (_, i) => ({ email: `person-${i}@bench.example`, password: randomBytes(18).toString("base64url") }));
  for (const person of people) await post("sign-up/email", { ...person, name: "Person" });
  let turn = 0;
  return {
    password: () => post("sign-in/email", people[turn++ % people.length]),
    process: observed(child.pid),
    stop: () => child.kill(),
  };
}
