// `scripts/dev` itself, as a process: its options, and what it keeps across starts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
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
import { everyMinute } from "../../scripts/local/schedule.mjs";
import { MODEL, startAi } from "../support/ai.mjs";
import { start as startProvider } from "../support/peers/misbehaving_provider.mjs";

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

test("--provider-host lets the origin reach a provider without https and is kept", async () => {
  const provider = await startProvider();
  const host = new URL(provider.issuer).host;
  const send = async ({ base, key }, path, body) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const answer = await fetch(`${base}/v1/iam/providers${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return JSON.parse(text);
  };
  try {
    const without = await dev();
    try {
      await send(without, "", {
        owner: "hanzo", name: "local", category: "OAuth", type: "Custom", issuerUrl: provider.issuer, clientId: "hanzo-iam",
        clientSecret: provider.client.client_secret,
      });
      const { ok, checks } = await send(without, "/hanzo/local/check");
      assert.ok(!ok, JSON.stringify(checks));
      assert.ok(!provider.fetched.discovery);
    } finally {
      await without.stop();
    }
    for (const options of [["--provider-host", host], []]) {
      const now = await dev(...options);
      try {
        assert.ok(now.output.includes(host));
        const { ok, checks } = await send(now, "/hanzo/local/check");
        assert.ok(ok, JSON.stringify(checks));
      } finally {
        await now.stop();
      }
    }
  } finally {
    await provider.stop();
  }
});

test("the verifier of the printed authorize URL is printed", async () => {
  const { output, stop } = await dev();
  await stop();
  const [, challenge] = /[?&]code_challenge=([^&\s]+)/.exec(output);
  const [, verifier] = /code_verifier=(\S+)/.exec(output);
  assert.equal(createHash("sha256").update(verifier).digest("base64url"), challenge);
});

test("the schedule runs again and again, one run at a time, also after a failure, until it is stopped", async () => {
  let runs = 0;
  let running = 0;
  const errors = [];
  let enough;
  const done = new Promise((resolve) => { enough = resolve; });
  const stop = everyMinute(async () => {
    assert.equal(++running, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    running--;
    if (++runs === 1) throw new Error("the database is away");
    if (runs === 3) enough();
  }, ({ message }) => errors.push(message), 5);
  await done;
  stop();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(runs, 3);
  assert.deepEqual(errors, ["the database is away"]);
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
    [["--provider-host", "127.0.0.1"], /HOST:PORT/],
    [["--provider-host", "http://127.0.0.1:9001"], /HOST:PORT/],
    [["--provider-host", "127.0.0.1:90010"], /HOST:PORT/],
    [["--provider-host", "127.0.0.1:9001,127.0.0.1:9002"], /HOST:PORT/],
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
