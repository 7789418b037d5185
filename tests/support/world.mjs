// The fixture of a test file: the real workers under workerd with a fresh demo, an echo service behind
// the gateway, and short functions for the requests of clients.
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { newDemo } from "../../scripts/local/demo.mjs";
import { startEcho } from "../../scripts/local/echo.mjs";
import { bootstrap, ROOT, startPair } from "../../scripts/local/pair.mjs";
import { Logs } from "./logs.mjs";

export const CALLBACK = "http://localhost:3000/callback";

/** The code of the answer-only worker. */
export const ANSWER = join(ROOT, "bench/workers/answer.js");

/** Options of `startWorld` for a service `answer` with that code, behind a binding of the edge. */
export const ANSWERING = {
  routes: [{ service: "answer", upstream: { binding: "ECHO" }, public: [] }],
  edge: {
    serviceBindings: { ECHO: "answer" },
    beside: [{ name: "answer", scriptPath: ANSWER }],
  },
};

/** Starts everything. `options` are passed to `startPair`; `routes` are added to the echo's. When the world
 * is closed, the output of the workers is searched for secrets (ATTACKS H-117). */
export async function startWorld({ routes = [], ...options } = {}) {
  const echo = await startEcho();
  const echoRoute = { // as that of `scripts/dev`
    service: "echo", upstream: { url: echo.url }, public: ["/public/*"], audiences: ["acme-portal"],
  };
  const logs = new Logs();
  let pair;
  try {
    pair = await startPair({ routes: [echoRoute, ...routes], output: logs.add, ...options });
    const demo = newDemo();
    const made = await bootstrap(pair, demo);
    return new World(pair, echo, demo, made, logs);
  } catch (error) { // a running worker would keep the test's process alive until its timeout
    await pair?.close();
    await echo.close();
    throw Object.assign(error, { message: `${error.message}\n${logs.text}` });
  }
}

class World {
  /** The credentials issued to clients, for the search of the logs. */
  #issued = new Set();

  constructor(pair, echo, demo, made, logs) {
    Object.assign(this, { pair, echo, demo, made, logs, base: pair.base });
  }

  /** Adds the objects of `seed` to the demo; returns the new credentials. */
  async add(seed) {
    for (const [kind, objects] of Object.entries(seed)) this.demo[kind].push(...objects);
    const made = await bootstrap(this.pair, seed);
    for (const { key } of made.keys) this.#issued.add(key);
    return made;
  }

  user(name) {
    return this.demo.users.find((user) => user.name === name);
  }

  client(id) {
    return this.demo.applications.find((application) => application.clientId === id);
  }

  /** The `hk-` key of the administrator of `owner`. */
  key(owner = "hanzo") {
    return this.made.keys.find((key) => key.owner === owner).key;
  }

  /** A request to the edge, redirects not followed. */
  fetch(path, init = {}) {
    return fetch(this.base + path, { redirect: "manual", ...init });
  }

  /** A request with a bearer credential. */
  as(credential, path, init = {}) {
    return this.fetch(path, {
      ...init, headers: { authorization: `Bearer ${credential}`, ...init.headers },
    });
  }

  /** A JSON request with a bearer credential. */
  send(credential, method, path, body) {
    return this.as(credential, path, {
      method, headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
  }

  basic(id = "hanzo-cloud") {
    return `Basic ${btoa(`${id}:${this.client(id).clientSecret}`)}`;
  }

  /** The token endpoint, as a confidential client if `client` has a secret. */
  async token(parameters, client = "hanzo-cloud") {
    const { clientSecret } = this.client(client);
    const form = new URLSearchParams(parameters);
    if (!clientSecret) form.set("client_id", client);
    const answer = await this.fetch("/v1/iam/oauth/token", {
      method: "POST",
      headers: clientSecret ? { authorization: this.basic(client) } : {},
      body: form,
    });
    const body = await json(answer);
    for (const name of ["access_token", "refresh_token", "id_token"]) this.#issued.add(body[name]);
    return { status: answer.status, headers: answer.headers, ...body };
  }

  /** The tokens of a user, by the password grant. */
  async tokens(name = "alice", client = "hanzo-cloud", scope = "openid profile email offline_access") {
    const answer = await this.token(
      { grant_type: "password", username: name, password: this.user(name).password, scope }, client);
    if (answer.status !== 200) throw new Error(`no tokens for ${name}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** The tokens of a client itself. */
  machineTokens(client = "hanzo-cloud") {
    return this.token({ grant_type: "client_credentials" }, client);
  }

  /** Returns the response to a change by the platform's administrator, which must succeed. */
  async administer(method, path, body) {
    const answer = await this.send(this.key("admin"), method, `/v1/iam/${path}`, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Revokes a token of `hanzo-cloud` (RFC 7009), which must succeed. */
  async revoke(token) {
    const answer = await this.fetch("/v1/iam/oauth/revoke", {
      method: "POST", headers: { authorization: this.basic() }, body: new URLSearchParams({ token }),
    });
    if (answer.status !== 200) throw new Error(`not revoked: ${answer.status} ${await answer.text()}`);
  }

  /** Signs `name` in as the SDKs do (WIRE §4.6, call 7); returns the code, its verifier and the cookie. */
  async code(name = "alice", client = "hanzo-app", more = {}) {
    const { verifier, challenge } = pkce();
    const application = this.client(client);
    const query = new URLSearchParams({
      clientId: client, responseType: "code", redirectUri: CALLBACK, type: "code", state: "s",
      scope: "openid profile email offline_access",
      code_challenge: challenge, code_challenge_method: "S256", ...more,
    });
    const answer = await this.fetch(`/v1/iam/login?${query}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        type: "code", application: client, organization: application.organization,
        username: name, password: this.user(name).password, signinMethod: "Password",
      }),
    });
    const body = await json(answer);
    if (body.status !== "ok") throw new Error(`${name} was not signed in: ${JSON.stringify(body)}`);
    const [cookie] = answer.headers.getSetCookie().map((text) => text.split(";")[0]);
    for (const secret of [body.data, verifier, cookie.split("=")[1]]) this.#issued.add(secret);
    return { code: body.data, verifier, cookie };
  }

  redeem({ code, verifier }, client = "hanzo-app") {
    return this.token({
      grant_type: "authorization_code", code, redirect_uri: CALLBACK, code_verifier: verifier,
    }, client);
  }

  /** Every known secret of this world. */
  secrets() {
    return [
      this.pair.rootKey, ...this.#issued, ...this.made.keys.map(({ key }) => key),
      ...this.demo.users.map(({ password }) => password),
      ...this.demo.applications.map(({ clientSecret }) => clientSecret),
    ].filter(Boolean);
  }

  async close() {
    await sleep(100); // the last output of the workers is lost once they end
    await this.pair.close();
    await this.echo.close();
    this.logs.assertClean(this.secrets());
  }
}

/** The JSON of a response, or its text as `notJson`. */
export async function json(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return { notJson: text };
  }
}

export function pkce() {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

export const headerOf = (token) => partOf(token, 0);
export const claimsOf = (token) => partOf(token, 1);
const partOf = (token, part) => JSON.parse(Buffer.from(token.split(".")[part], "base64url"));

/** Sends the bytes as they are; returns `{ status, headers, body }` of the first response. */
export function raw(base, text, { timeout = 10_000 } = {}) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setTimeout(timeout, () => finish());
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      if (isWhole(received)) finish();
    });
    socket.on("end", () => finish());
    socket.on("error", reject);
    function finish() {
      socket.destroy();
      const [head, ...rest] = received.split("\r\n\r\n");
      const [status, ...headers] = head.split("\r\n");
      resolve({ status: Number(status.split(" ")[1]), headers, body: rest.join("\r\n\r\n") });
    }
  });
}

function isWhole(text) {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2));
  return length ? text.length >= end + 4 + Number(length[1]) : text.endsWith("0\r\n\r\n");
}
