// A code by e-mail from the real origin, through the services that reach a server of ours: a webhook
// (Standard Webhooks 1.0) and SMTP.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { after, test } from "node:test";
import { SMTPServer } from "smtp-server";
import { startPages } from "../support/browser.mjs";
import { json, startWorld } from "../support/world.mjs";

const FROM = "Hanzo <codes@hanzo.example>";
const ALICE = "alice@hanzo.example";

const closing = [];
after(async () => { for (const close of closing.reverse()) await close(); });

/** Has a world with these settings send a code to alice. */
async function sendCode(bindings) {
  const world = await startWorld({ origin: { bindings: { MAIL_FROM: FROM, ...bindings } } });
  closing.push(() => world.close());
  await world.administer("PUT", "applications/admin/hanzo-app", { enableCodeSignin: true });
  const answer = await world.fetch("/v1/iam/verification-codes", {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ dest: ALICE, type: "email", method: "login", clientId: "hanzo-app", organization: "hanzo" }),
  });
  const body = await json(answer);
  assert.equal(body.status, "ok", JSON.stringify(body));
  return world;
}

/** The code signs alice in (WIRE §4.5). */
async function signsIn(world, code) {
  const answer = await world.fetch("/v1/iam/login", {
    method: "POST", headers: { "content-type": "application/json", origin: world.base },
    body: JSON.stringify({ type: "login", application: "hanzo-app", organization: "hanzo", username: ALICE, code, signinMethod: "Verification code" }),
  });
  const body = await json(answer);
  assert.equal(body.status, "ok", JSON.stringify(body));
}

test("a webhook gets the message, signed, and its code signs in", async () => {
  const secret = Buffer.from("a secret of twenty-four bytes");
  const arrivals = new EventEmitter();
  const service = await startPages((request, response) => {
    let body = "";
    request.on("data", (chunk) => { body += chunk; });
    request.on("end", () => {
      response.writeHead(204).end();
      arrivals.emit("message", { headers: request.headers, body });
    });
  });
  closing.push(() => service.close());
  const arrival = once(arrivals, "message", { signal: AbortSignal.timeout(20_000) });
  const world = await sendCode({
    MAIL_SERVICE: "webhook", MAIL_URL: `${service.base}/`, MAIL_KEY: `whsec_${secret.toString("base64")}`,
  });
  const [{ headers, body }] = await arrival;
  const signed = [headers["webhook-id"], headers["webhook-timestamp"], body].join(".");
  assert.equal(headers["webhook-signature"], `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`);
  const message = JSON.parse(body);
  assert.deepEqual([message.kind, message.channel, message.from, message.to], ["code", "email", FROM, ALICE]);
  await signsIn(world, /^Code: (\S+)$/m.exec(message.text)[1]);
});

test("an SMTP server gets the message after a login, and its code signs in", async () => {
  const arrivals = new EventEmitter();
  let login;
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"], allowInsecureAuth: true, authMethods: ["PLAIN"],
    onAuth(auth, session, done) {
      login = [auth.username, auth.password];
      done(null, { user: auth.username });
    },
    onData(stream, { envelope }, done) {
      let mime = "";
      stream.setEncoding("utf8").on("data", (chunk) => { mime += chunk; });
      stream.on("end", () => {
        done(null, "accepted");
        arrivals.emit("message", { envelope, mime });
      });
    },
  });
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  closing.push(() => new Promise((resolve) => { server.close(resolve); }));
  const arrival = once(arrivals, "message", { signal: AbortSignal.timeout(20_000) });
  const world = await sendCode({
    MAIL_SERVICE: "smtp", MAIL_URL: `smtp://127.0.0.1:${server.server.address().port}`,
    MAIL_ACCOUNT: "hanzo", MAIL_KEY: "a password for the relay",
  });
  const [{ envelope, mime }] = await arrival;
  assert.deepEqual(login, ["hanzo", "a password for the relay"]);
  assert.equal(envelope.mailFrom.address, "codes@hanzo.example");
  assert.deepEqual(envelope.rcptTo.map(({ address }) => address), [ALICE]);
  assert.match(mime, /^Subject: .+$/m);
  assert.match(mime, /^MIME-Version: 1.0\r$/m);
  const [, type] = /^Content-Transfer-Encoding: (\S+)\r$/m.exec(mime);
  const text = type === "base64" ? Buffer.from(/\r\n\r\n([A-Za-z0-9+/=\r\n]+)\r\n--/.exec(mime)[1], "base64").toString() : mime;
  await signsIn(world, /^Code: (\S+?)(?:=0D)?\s*$/m.exec(text)[1]);
});
