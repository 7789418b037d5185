// The script of passkey forms in Chromium with a virtual authenticator: what it posts, and what it shows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT } from "../../scripts/local/pair.mjs";
import { browserTest, hasBrowser, startBrowser, startPages } from "../support/browser.mjs";

const SCRIPT = readFileSync(join(ROOT, "src/origin/pages/scripts/passkey.js"), "utf8");
const CREATE = {
  rp: { id: "localhost", name: "Test" },
  user: { id: "dXNlcg", name: "alice", displayName: "" },
  challenge: "Y2hhbGxlbmdlLW9mLWNyZWF0aW9uLTMyLWJ5dGVzISE",
  pubKeyCredParams: [{ type: "public-key", alg: -7 }],
  authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
  excludeCredentials: [], hints: [], attestation: "none", attestationFormats: [],
  extensions: { credProps: true },
};
const GET = {
  rpId: "localhost", challenge: "Y2hhbGxlbmdlLW9mLXNpZ25pbmctaW4tMzItYnl0ZXM",
  allowCredentials: [], userVerification: "required", hints: [],
};

const page = (kind, options, attributes = "") => `<!doctype html><title>passkeys</title>
<input autocomplete="username webauthn">
<form method="post" hidden data-passkey="${kind}" ${attributes}>
<script type="application/json">${JSON.stringify(options)}</script>
<input type="hidden" name="credential"><button>Go on</button>
<p role="alert" hidden data-cancelled="It was cancelled." data-exists="It exists." data-failed="It failed."></p>
</form><script type="module" src="/passkey.js"></script>`;

let pages, browser, exclude;
before(async () => {
  if (!hasBrowser) return;
  pages = await startPages(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const type = pathname.endsWith(".js") ? "text/javascript" : "text/html";
    response.writeHead(200, { "content-type": type });
    if (request.method === "POST") {
      let body = "";
      for await (const part of request) body += part;
      return response.end(`<pre>${new URLSearchParams(body).get("credential")}</pre>`);
    }
    response.end({
      "/passkey.js": SCRIPT,
      "/create": page("create", { ...CREATE, excludeCredentials: exclude }),
      "/get": page("get", GET),
      "/conditional": page("get", GET, "data-conditional"),
    }[pathname]);
  });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await pages?.close();
});

/** A test with an authenticator whose user is present and verified. */
const withAuthenticator = (name, body) => browserTest(() => browser, name, async (tab, context) => {
  exclude = [];
  const devtools = await context.newCDPSession(tab);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  await body(tab, { devtools, authenticatorId });
});

const open = (tab, path) => tab.goto(`http://localhost:${pages.host.split(":")[1]}${path}`);
async function posted(tab, path) {
  await open(tab, path);
  if (path !== "/conditional") await tab.click("button");
  return JSON.parse(await tab.textContent("pre"));
}
const clientData = ({ response }) => JSON.parse(Buffer.from(response.clientDataJSON, "base64url"));

/** What both ceremonies post. */
async function ceremonies(tab) {
  const created = await posted(tab, "/create");
  assert.equal(created.type, "public-key");
  assert.equal(clientData(created).type, "webauthn.create");
  assert.equal(clientData(created).challenge, CREATE.challenge);
  assert.match(created.response.attestationObject, /^[\w-]+$/);
  assert.deepEqual(created.response.transports, ["internal"]);
  assert.equal(created.clientExtensionResults.credProps.rk, true);
  const used = await posted(tab, "/get");
  assert.equal(used.rawId, created.rawId);
  assert.equal(clientData(used).challenge, GET.challenge);
  assert.equal(used.response.userHandle, CREATE.user.id);
  assert.match(used.response.authenticatorData, /^[\w-]+$/);
  assert.match(used.response.signature, /^[\w-]+$/);
}

test("the script is smaller than 4 KB", () => assert.ok(Buffer.byteLength(SCRIPT) < 4 * 1024));

withAuthenticator("a passkey is made and used, and the form posts what the browser returned", ceremonies);

withAuthenticator("a browser that reads and writes no JSON posts the same", async (tab) => {
  await tab.addInitScript(() => {
    delete PublicKeyCredential.parseCreationOptionsFromJSON;
    delete PublicKeyCredential.parseRequestOptionsFromJSON;
    delete PublicKeyCredential.prototype.toJSON;
  });
  await ceremonies(tab);
});

withAuthenticator("a passkey is offered in the field of the user name", async (tab) => {
  const created = await posted(tab, "/create");
  assert.equal((await posted(tab, "/conditional")).rawId, created.rawId);
});

withAuthenticator("what fails is said in the page, and can be tried again", async (tab, { devtools, authenticatorId }) => {
  const created = await posted(tab, "/create");
  exclude = [{ type: "public-key", id: created.rawId }];
  await open(tab, "/create");
  await tab.click("button");
  await tab.getByText("It exists.").waitFor();
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await open(tab, "/get");
  await tab.click("button");
  await tab.getByText("It was cancelled.").waitFor();
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await tab.click("button");
  assert.equal(JSON.parse(await tab.textContent("pre")).rawId, created.rawId);
});

browserTest(() => browser, "a browser without passkeys keeps the form hidden", async (tab) => {
  await tab.addInitScript(() => delete window.PublicKeyCredential);
  await open(tab, "/get");
  assert.equal(await tab.isVisible("button"), false);
});
