// `scripts/dev` itself, as a process: its options, and what it keeps across starts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import * as oidc from "openid-client";
import { Agent, fetch } from "undici";
import { freePort } from "../../bench/process.mjs";
import { mergeRoutes, parseOptions } from "../../scripts/local/options.mjs";
import { ROOT } from "../../scripts/local/pair.mjs";
import { MODEL, startAi } from "../support/ai.mjs";

let ai, state;
before(async () => {
  ai = await startAi();
  state = await mkdtemp(join(tmpdir(), "dev-"));
});
after(async () => {
  await ai.close();
  await rm(state, { recursive: true, force: true });
});

/** Starts it and waits until it says so. */
async function dev(...options) {
  const port = await freePort();
  const child = spawn(process.execPath, [
    "scripts/local/dev.mjs", "--port", port, "--state", state, ...options,
  ], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stderr.on("data", (chunk) => { errors += chunk; });
  await new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      output += chunk;
      if (/Ctrl-C stops/.test(output)) resolve();
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}: ${errors}`)));
  });
  const known = JSON.parse(await readFile(join(state, "bootstrap.json"), "utf8"));
  return {
    ...known, output, port,
    key: known.keys.find(({ owner }) => owner === "hanzo").key,
    async stop() {
      child.kill("SIGTERM");
      assert.deepEqual(await once(child, "exit"), [0, null], errors);
    },
  };
}

/** Issue 10, faults 13, 31 and 37. */
test("--route puts a service behind the gateway and is kept; --https has a certificate of its own", async () => {
  const first = await dev("--https", "--route", `chat,models=${ai.url}`, "--session-origin", "https://page.example");
  let key;
  try {
    const certificate = await readFile(join(state, "tls/certificate.pem"), "utf8");
    const dispatcher = new Agent({ connect: { ca: certificate } });
    const trusting = (url, init) => fetch(url, { ...init, dispatcher });
    assert.match(first.base, /^https:/);
    assert.match(first.output, /curl --cacert .*certificate\.pem/);
    assert.match(first.output, /https:\/\/page\.example/);

    // A client that insists on TLS, and one's own service.
    const { client_secret: secret } = first.clients.find(({ client_id }) => client_id === "hanzo-cloud");
    const config = await oidc.discovery(new URL(first.base), "hanzo-cloud", secret, undefined, { [oidc.customFetch]: trusting });
    config[oidc.customFetch] = trusting;
    assert.ok((await oidc.clientCredentialsGrant(config)).access_token);
    const client = new OpenAI({ baseURL: `${first.base}/v1`, apiKey: first.key, maxRetries: 0, fetch: trusting });
    assert.ok((await client.models.list()).data.some(({ id }) => id === MODEL));
    const cookies = await trusting(`${first.base}/login/oauth/authorize?client_id=hanzo-app&response_type=code&scope=openid`
      + "&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback&code_challenge_method=S256&code_challenge="
      + "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert.match(cookies.headers.getSetCookie().join(), /^__Host-.*Secure/);

    // A client that goes away in an upload.
    const socket = connect({ port: first.port, host: "127.0.0.1", ca: certificate });
    await once(socket, "secureConnect");
    socket.write(`POST /v1/echo/x HTTP/1.1\r\nHost: 127.0.0.1:${first.port}\r\nAuthorization: Bearer ${first.key}\r\n`
      + "Content-Length: 100000\r\n\r\npart");
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const alive = await trusting(`${first.base}/v1/echo/x`, { headers: { authorization: `Bearer ${first.key}` } });
    assert.equal(alive.status, 200);
    await dispatcher.close();
    key = first.key;
  } finally {
    await first.stop();
  }

  const second = await dev("--route", "models=");
  try {
    assert.equal(second.key, key, "the state is kept");
    const client = new OpenAI({ baseURL: `${second.base}/v1`, apiKey: key, maxRetries: 0 });
    const messages = [{ role: "user", content: "good morning" }];
    const { choices } = await client.chat.completions.create({ model: MODEL, messages });
    assert.equal(choices[0].message.content, "you said good morning");
    await assert.rejects(client.models.list(), OpenAI.NotFoundError);
    assert.match(second.output, /https:\/\/page\.example/);
  } finally {
    await second.stop();
  }
});

test("options that cannot be meant are refused with what to change", () => {
  for (const [option, message] of [
    [["--route", "chat"], /SERVICE=ADDRESS/],
    [["--route", "a b=http://127.0.0.1:1"], /SERVICE=ADDRESS/],
    [["--route", "chat=127.0.0.1:9000"], /http\(s\)/],
    [["--route", "chat=ftp://127.0.0.1"], /http\(s\)/],
    [["--route", "chat=http://127.0.0.1:1/?a"], /http\(s\)/],
    [["--route", "iam=http://127.0.0.1:1"], /iam/],
    [["--session-origin", "http://127.0.0.1:3000/"], /scheme/],
    [["--session-origin", "*"], /scheme/],
    [["--port", "x"], /no port/],
    [["--issuer", "https://hanzo.id/"], /slash/],
  ]) {
    assert.throws(() => parseOptions(option), message, option.join(" "));
  }
});

test("a route of the command line changes that of its service and no other", () => {
  const { routes } = parseOptions(["--route", "chat=http://127.0.0.1:1", "--route", "models,files=http://127.0.0.1:2/base"]);
  assert.deepEqual(routes, {
    chat: "http://127.0.0.1:1", models: "http://127.0.0.1:2/base", files: "http://127.0.0.1:2/base",
  });
  assert.deepEqual(mergeRoutes({ chat: "http://127.0.0.1:3", vm: "http://127.0.0.1:4" }, { ...routes, vm: "" }), routes);
});
