// Every call of npm `casdoor-nodejs-sdk` 1.24.0: it sends Basic. WORLD holds the world.
import { createRequire } from "node:module";
import { WORLD, allTried, call, served, user } from "./report.mjs";

const { SDK } = createRequire(import.meta.url)("casdoor-nodejs-sdk");
const { client } = WORLD;
const config = {
  endpoint: WORLD.base, clientId: client.clientId, clientSecret: client.clientSecret, orgName: "hanzo",
  appName: client.name, certificate: WORLD.certificates.id,
};
const sdk = new SDK(config);
/** Administers the platform. */
const platform = new SDK(config, { headers: { Authorization: `Bearer ${WORLD.platformKey}` } });
const CALLBACK = "http://localhost:3000/callback";

const names = (answer) => answer.data.data.map(({ name }) => name);
const has = (...expected) => (answer) => expected.every((name) => names(answer).includes(name));
const isDone = (answer) => answer.data.status === "ok";

/** Creates, reads, changes and deletes an object of a kind. */
async function crud(kind, one, by = sdk) {
  const made = { displayName: "Made", ...one };
  await call(`add${kind}`, () => by[`add${kind}`]({ ...made }), isDone);
  await call(`get${kind}s`, () => by[`get${kind}s`](), has(one.name));
  const read = () => by[`get${kind}`](one.name);
  await call(`get${kind}`, read, ({ data }) => data.data.name === one.name && data.data.displayName === "Made");
  await call(`update${kind}`, () => by[`update${kind}`]({ ...made, displayName: "Renamed" }),
    async () => (await read()).data.data.displayName === "Renamed");
  return () => call(`delete${kind}`, () => by[`delete${kind}`]({ ...made }),
    async (answer) => isDone(answer) && (await read()).data.msg === "not found");
}

/** What Casdoor has and IAM has not, or not so: each call is refused in words. */
async function refused(kind, one = { name: "one" }) {
  for (const verb of ["add", "update", "delete"]) await call(`${verb}${kind}`, () => sdk[`${verb}${kind}`]({ ...one }));
  await call(`get${kind}s`, () => sdk[`get${kind}s`]());
  await call(`get${kind}`, () => sdk[`get${kind}`](one.name));
}

// It sends no redirect URI: the application has one.
const { site } = WORLD;
const web = new SDK({ ...config, clientId: site.clientId, clientSecret: site.clientSecret, appName: site.name });
await call("getAuthToken", () => web.getAuthToken(site.code), ({ access_token: access }) => access.split(".").length === 3);
await call("refreshToken", () => sdk.refreshToken(WORLD.refresh[0]), ({ access_token: token }) => token.includes("."));
await call("parseJwtToken", () => sdk.parseJwtToken(WORLD.tokens.alice.id_token), (claims) => claims.name === "alice");
await call("introspect", () => sdk.introspect(WORLD.tokens.alice.access_token, "access_token"), ({ data }) => data.active);
await call("getSignInUrl", () => served(sdk.getSignInUrl(CALLBACK)));
await call("getSignUpUrl", () => served(sdk.getSignUpUrl(true, CALLBACK)));
await call("getUserProfileUrl", () => served(sdk.getUserProfileUrl("bob", "")));
await call("getMyProfileUrl", () => served(sdk.getMyProfileUrl("")));

const removeUser = await crud("User", { name: "zoe-node", email: "zoe-node@hanzo.example", password: "correct horse battery" });
await call("getUserCount", () => sdk.getUserCount(""), ({ data }) => data.data >= 4);
await call("setPassword", () => sdk.setPassword({ owner: "hanzo", name: "zoe-node", newPassword: "another good password" }), isDone);
await removeUser();

await (await crud("Organization", { name: "initech" }, platform))();
// This SDK makes `admin` the owner of every application: a first-party one, which the platform administers.
const application = { name: "hanzo-node", organization: "hanzo", redirectUris: ["https://node.example/cb"] };
await call("addApplication, as the organization", () => sdk.addApplication({ ...application }));
await (await crud("Application", application, platform))();
await (await crud("Group", { name: "node-engineers", users: ["hanzo/bob"] }))();
const removeRole = await crud("Role", { name: "node-role", users: ["hanzo/bob"], isEnabled: true });
const removePermission = await crud("Permission", {
  name: "node-permission", roles: ["hanzo/node-role"], resources: ["reports"], actions: ["Read"], effect: "Allow",
  isEnabled: true, state: "Approved",
});
await call("enforce", () => sdk.enforce("hanzo/node-permission", "", "", ["hanzo/bob", "reports", "Read"]), (is) => is === true);
await call("enforce, of what is not allowed",
  () => sdk.enforce("hanzo/node-permission", "", "", ["hanzo/carol", "reports", "Read"]), (is) => is === false);
await call("batchEnforce", () => sdk.batchEnforce("hanzo/node-permission", "", "", [
  ["hanzo/bob", "reports", "Read"], ["hanzo/carol", "reports", "Read"],
]), (found) => JSON.stringify(found) === "[true,false]");
await removePermission();
await removeRole();
await (await crud("Provider", {
  name: "provider-node", category: "OAuth", type: "GitHub", clientId: "id", clientSecret: "a provider's secret",
}))();
await (await crud("Webhook", {
  name: "node-hook", organization: "hanzo", url: "https://hooks.example/node", method: "POST", displayName: "Made",
  contentType: "application/json", events: ["createUser"], isEnabled: true,
}))();

await call("getCerts", () => sdk.getCerts(), ({ data }) => data.data.length > 0);
await call("getCert", async () => sdk.getCert((await sdk.getCerts()).data.data[0].name), ({ data }) => data.data.certificate);
const certs = async () => (await sdk.getCerts()).data.data.map(({ name }) => name);
const before = await certs();
const added = async () => (await certs()).find((name) => !before.includes(name));
await call("addCert, as the organization", () => sdk.addCert({ name: "cert-node", cryptoAlgorithm: "RS256" }));
await call("addCert", () => platform.addCert({ name: "cert-node", cryptoAlgorithm: "RS256" }),
  async ({ data }) => data.data.name === await added());
await call("updateCert", async () => platform.updateCert({ name: await added(), displayName: "Renamed" }));
const discarded = await added();
await call("deleteCert", () => platform.deleteCert({ name: discarded }), async () => !(await certs()).includes(discarded));

await call("getSessions", () => sdk.getSessions(), has("alice"));
const held = async () => (await sdk.getSessions()).data.data.find(({ name }) => name === "alice");
await call("getSession", async () => sdk.getSession("alice", (await held()).application), ({ data }) => data.data.name === "alice");
await call("addSession", () => sdk.addSession({ name: "bob", application: client.name, sessionId: ["forged"] }));
await call("updateSession", async () => {
  const session = await held();
  return sdk.updateSession({ ...session, sessionId: session.sessionId.slice(0, 1) });
}, async () => (await held()).sessionId.length === 1);
await call("deleteSession", async () => sdk.deleteSession(await held()), async () => await held() === undefined);
await call("getTokens", () => sdk.getTokens(1, 2), ({ data }) => data.data.length === 2 && data.data2 > 2);
const first = async () => (await sdk.getTokens(1, 10)).data.data[0];
await call("getToken", async () => sdk.getToken((await first()).name), ({ data }) => data.data.application);
await call("addToken", () => sdk.addToken({ name: "forged", user: "bob" }));
await call("updateToken", async () => sdk.updateToken(await first()));
const gone = await first();
await call("deleteToken", () => sdk.deleteToken({ ...gone }), async () => (await sdk.getToken(gone.name)).data.msg === "not found");

const factor = { owner: "hanzo", name: "bob", mfaType: "app" };
console.log = ((log) => (text, ...rest) => (typeof text === "string" ? log(text, ...rest) : undefined))(console.log);
await call("initiateMfa", () => sdk.initiateMfa(factor));
await call("verifyMfa", () => sdk.verifyMfa(factor, "123456"));
await call("enableMfa", () => sdk.enableMfa(factor));
await call("setPreferredMfa", () => sdk.setPreferredMfa(factor));
await call("deleteMfa", () => sdk.deleteMfa("hanzo", "bob"));

for (const kind of ["Adapter", "Enforcer", "Model", "Payment", "Plan", "Pricing", "Product", "Subscription", "Syncer"]) {
  await refused(kind);
}
await call("getResources", () => sdk.getResources("hanzo", user("bob").name, "", "", "", ""));
await call("getResource", () => sdk.getResource("file"));
for (const verb of ["add", "update", "delete"]) await call(`${verb}Resource`, () => sdk[`${verb}Resource`]({ name: "file" }));
await call("uploadResource", () => sdk.uploadResource({ owner: "hanzo", name: "file" }, "text"));
await call("sendEmail", () => sdk.sendEmail({ title: "t", content: "c", sender: "s", receivers: ["victim@example.com"] }));
await call("sendSms", () => sdk.sendSms({ content: "c", receivers: ["+14155550123"] }));
allTried(sdk);
