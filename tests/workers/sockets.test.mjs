// The sockets that SMTP runs over: `src/platform/workers/sockets.js` under workerd against an SMTP server
// with TLS, from the first byte and after STARTTLS.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { SMTPServer } from "smtp-server";
import { certificateIn } from "../../scripts/local/certificate.mjs";

/** Says the first words of a submission and returns the server's last reply. */
const CLIENT = `
import { open_socket } from "./sockets.js";
export default { async fetch(request) {
  const { host, port, tls } = await request.json();
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  try {
    const connection = await open_socket(host, port, tls);
    const reply = async () => decoder.decode(await connection.read());
    const say = (line) => connection.write(encoder.encode(line + "\\r\\n"));
    await reply();
    await say("EHLO test");
    let offered = await reply();
    if (tls === "later") {
      await say("STARTTLS");
      await reply();
      await connection.startTls();
      await say("EHLO test");
      offered = await reply();
    }
    await say("AUTH PLAIN AGhhbnpvAHBhc3M=");
    const accepted = await reply();
    await say("QUIT");
    await reply();
    const end = await connection.read();
    connection.close();
    return Response.json({ offered, accepted, end: end.length });
  } catch (error) {
    return Response.json({ error: String(error.message ?? error) });
  }
} };`;

let folder, miniflare;
const servers = [];
const logins = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sockets-"));
  const { file, key, certificate } = await certificateIn(folder);
  process.env.NODE_EXTRA_CA_CERTS = file; // miniflare reads it when it is loaded
  const { Miniflare } = await import("miniflare");
  const { COMPATIBILITY_DATE, ROOT } = await import("../../scripts/local/pair.mjs");
  const stranger = await certificateIn(join(folder, "stranger"));
  for (const [secure, identity] of [[true, { key, certificate }], [false, { key, certificate }], [true, stranger], [false, stranger]]) {
    const server = new SMTPServer({
      secure, key: identity.key, cert: identity.certificate,
      onAuth({ username, password }, session, done) {
        logins.push({ username, password, secure: session.secure });
        done(null, { user: username });
      },
    });
    server.on("error", () => {}); // a client that refuses the certificate
    await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
    servers.push(server);
  }
  miniflare = new Miniflare({
    compatibilityDate: COMPATIBILITY_DATE,
    cf: false,
    handleRuntimeStdio: (...streams) => { for (const stream of streams) stream.resume(); }, // refusals
    modulesRoot: "/",
    modules: [
      { type: "ESModule", path: "/client.js", contents: CLIENT },
      {
        type: "ESModule", path: "/sockets.js",
        contents: await readFile(join(ROOT, "src/platform/workers/sockets.js"), "utf8"),
      },
    ],
  });
  await miniflare.ready;
});

after(async () => {
  await miniflare?.dispose();
  await Promise.all(servers.map((server) => new Promise((resolve) => { server.close(resolve); })));
  await rm(folder, { recursive: true, force: true });
});

const talk = async (server, tls, host = "localhost") => {
  const { port } = server.server.address();
  const response = await miniflare.dispatchFetch("http://client/", {
    method: "POST", body: JSON.stringify({ host, port, tls }),
  });
  return response.json();
};

for (const [tls, place] of [["now", 0], ["later", 1]]) {
  test(`a login over TLS that begins ${tls} is accepted`, async () => {
    const { offered, accepted, end, error } = await talk(servers[place], tls);
    assert.equal(error, undefined);
    assert.match(offered, /AUTH .*PLAIN/);
    assert.match(accepted, /^235 /);
    assert.equal(end, 0, "the server has closed");
    assert.deepEqual(logins.pop(), { username: "hanzo", password: "pass", secure: true });
  });
}

test("a server whose certificate is not trusted is sent no login", async () => {
  assert.ok((await talk(servers[2], "now")).error);
  assert.ok((await talk(servers[3], "later")).error);
  assert.deepEqual(logins, []);
});

test("a server that is not there, and one that speaks no TLS, are errors", async () => {
  const { error } = await talk(servers[1], "now");
  assert.ok(error);
  const closed = { server: { address: () => ({ port: 1 }) } };
  assert.ok((await talk(closed, "later")).error);
  assert.deepEqual(logins, []);
});
