// The outbox of `scripts/dev`: what it shows of messages.
import assert from "node:assert/strict";
import { get } from "node:http";
import { after, before, test } from "node:test";
import { page, startOutbox } from "../../scripts/local/outbox.mjs";

let outbox;
before(async () => { outbox = await startOutbox(); });
after(() => outbox.close());

const post = (message) => outbox.accept(new Request("https://mail/messages", {
  method: "POST", body: JSON.stringify(message),
}));

test("messages are shown newest first with their code, and nothing in them is markup (ATTACKS G-107)", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  assert.equal((await post({ kind: "invitation", channel: "email", to: "a@b.example", subject: evil, text: `${evil}\n\nCode: 123456\n\nhttps://hanzo.id/"x` })).status, 202);
  assert.equal((await post({ kind: "signin", channel: "sms", to: "+15550000000", subject: "Second", text: "Sign in: 654321" })).status, 202);
  const response = await fetch(outbox.url);
  const html = await response.text();
  assert.match(response.headers.get("content-security-policy"), /default-src 'none'/);
  assert.ok(html.indexOf("654321") < html.indexOf("123456"));
  assert.match(html, /<p class="code">654321<\/p>/);
  assert.match(html, /<p class="code">123456<\/p>/);
  assert.ok(!html.includes("<img") && html.includes("&lt;img src=x onerror=alert(1)&gt;"));
  assert.match(html, /<a href="https:\/\/hanzo\.id\/" rel="noreferrer">/);
  const list = await (await fetch(`${outbox.url}/messages`)).json();
  assert.deepEqual(list.map(({ to }) => to), ["+15550000000", "a@b.example"]);
});

test("a page of another name of this machine reads no message", async () => {
  const { hostname, port } = new URL(outbox.url);
  const status = await new Promise((resolve, reject) => {
    get({ hostname, port, headers: { host: "evil.example" } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
  assert.equal(status, 404);
  assert.equal((await fetch(outbox.url, { method: "POST" })).status, 404);
  assert.equal((await outbox.accept(new Request("https://mail/other", { method: "POST" }))).status, 404);
});

test("an empty outbox says so", () => {
  assert.match(page([]), /Nothing has been sent yet/);
});
