// Every page of signing in and of the account in Chromium: accessible in light and in dark colours, small,
// nothing from elsewhere, with a screenshot in build/screenshots.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { browserTest, hasBrowser, startBrowser } from "../support/browser.mjs";
import { gallery } from "../support/gallery.mjs";
import { authenticator, authorization, button, byPassword, codeFor, startSignin, totp, withoutOffers } from "../support/signin.mjs";

const ACCOUNT = {
  "": "Your account", "/profile": "Profile", "/password": "Password", "/passkeys": "Passkeys", "/factors": "Second step",
  "/identities": "Wallets and linked accounts", "/sessions": "Devices", "/applications": "Applications", "/keys": "API keys", "/activity": "Activity",
  "/delete": "Delete account",
};
const PICTURE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const PASSWORD = "correct horse battery staple";

let world, browser;
/** The key of carol's authenticator app. */
let key;
before(async () => {
  if (!hasBrowser) return;
  world = await startSignin();
  await world.administer("PUT", "applications/admin/hanzo-app", { enableSignUp: true, enableCodeSignin: true, enableWeb3: true });
  await world.administer("PUT", "applications/admin/hanzo-cli", { requireMfa: true });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

/** A test of pages: `look(name)` looks at the one that the tab shows. */
const pages = (name, body) => browserTest(() => browser, name, async (tab, context) => {
  await withoutOffers(tab);
  await body(tab, await gallery(tab, world.base), context);
});

const open = async (tab, parameters) => {
  const request = await authorization(world, parameters);
  await tab.goto(request.url);
  return request;
};
const as = (tab, name) => byPassword(tab, name, world.user(name).password);
const address = (tab, text) => tab.fill('input[name="username"]', text);
const type = async (tab, code) => {
  await tab.fill('input[name="code"]', code);
  await button(tab, "Verify").click();
};

pages("signing in", async (tab, look, context) => {
  await open(tab, { ui_locales: "ar" });
  assert.equal(await tab.locator("html").getAttribute("dir"), "rtl");
  await look("sign-in-arabic", "تسجيل الدخول");
  await open(tab);
  await look("sign-in", "Sign in");
  await tab.locator("footer summary").click();
  await look("languages", "Sign in");
  await address(tab, "alice");
  await button(tab, "Next").click();
  await look("sign-in-methods", "Sign in");
  await as(tab, "dave");
  await tab.getByRole("alert").first().waitFor();
  await look("wrong-password", "Sign in");
  await address(tab, "alice@hanzo.example");
  await button(tab, "Send me a code").click();
  await look("code", "Enter the code");
  await type(tab, "000000");
  await tab.getByRole("alert").waitFor();
  await look("wrong-code", "Enter the code");
  const link = `${world.base}/login/code/${await codeFor(world, "alice@hanzo.example")}?client_id=hanzo-app`;
  await tab.goto(link);
  await look("code-link", "Sign in");
  await context.clearCookies();
  await tab.goto(link);
  await look("code-link-elsewhere", "Sign in");
});

pages("the keyboard alone signs in", async (tab) => {
  const request = await open(tab);
  await tab.locator('input[name="username"]:focus').waitFor(); // it has the focus when the page has been painted
  await tab.keyboard.type("alice");
  await tab.keyboard.press("Enter");
  await tab.locator('input[name="password"]:focus').waitFor();
  await tab.keyboard.type(world.user("alice").password);
  await tab.keyboard.press("Enter");
  assert.deepEqual((await request.redeem(tab)).claims().amr, ["pwd"]);
});

pages("an account and a forgotten password", async (tab, look) => {
  const email = "zoe@people.example";
  await open(tab);
  await button(tab, "Create an account").click();
  await look("sign-up", "Create an account");
  await address(tab, email);
  await button(tab, "Send me a code").click();
  await look("verification", "Enter the code");
  await type(tab, await codeFor(world, email));
  await look("new-account", "Create an account");
  await tab.fill('input[name="password"]', PASSWORD);
  await button(tab, "Create an account").click();
  await tab.waitForURL((at) => at.href.startsWith(world.application.callback));

  await open(tab, { prompt: "login" });
  await button(tab, "Forgot your password?").click();
  await look("forgotten", "Choose a new password");
  await address(tab, "bob");
  await button(tab, "Send me a code").click();
  await type(tab, await codeFor(world, "bob@hanzo.example"));
  await look("new-password", "Choose a new password");
});

pages("a second factor and its enrolment", async (tab, look, context) => {
  await authenticator(tab);
  const request = await open(tab, { client: "hanzo-cli" });
  await as(tab, "carol");
  await look("enrolment", "Protect your account");
  await button(tab, "Use an authenticator app").click();
  await look("authenticator-app", "Use an authenticator app");
  key = await tab.locator(".key").textContent();
  await type(tab, totp(key, 0));
  await look("recovery-codes", "Save your recovery codes");
  await button(tab, "I have saved them").click();
  await request.redeem(tab);

  await context.clearCookies();
  await open(tab, { client: "hanzo-cli" });
  await as(tab, "carol");
  await look("second-factor", "Confirm that it is you");
  await button(tab, "Recovery code").click();
  await look("second-factor-recovery", "Confirm that it is you");
  await tab.goto(`${tab.url()}&ui_locales=ar`);
  await look("second-factor-arabic", "تأكيد هويتك");
});

pages("consent, the choice of an account, and errors", async (tab, look) => {
  await open(tab, { client: "acme-portal", scope: "openid profile email offline_access", prompt: "consent" });
  await as(tab, "erin");
  await look("consent", "Allow access?");
  for (const name of ["bob", "alice"]) {
    const request = await open(tab, { prompt: "login" });
    await as(tab, name);
    await request.redeem(tab);
  }
  await open(tab, { prompt: "select_account" });
  await look("choose-account", "Choose an account");
  await tab.goto(`${world.base}/v1/iam/oauth/logout`);
  await look("sign-out", "Sign out?");
  await open(tab, { redirect_uri: "https://evil.example/" });
  await look("error", "This did not work");
  await tab.goto(`${world.base}/login?organization=`);
  await tab.goto(`${world.base}/login?again=1&organization=`);
  await look("choose-organization", "Sign in");
  await world.administer("PUT", "applications/admin/hanzo-cli", { isShared: true, orgChoiceMode: "Select" });
  await open(tab, { client: "hanzo-cli", prompt: "login" });
  await look("choose-organization-of-application", "Sign in");
  await tab.goto(`${world.base}/login?signed_out=1&again=1`);
  await look("signed-out", "You are signed out");
});

pages("a device", async (tab, look) => {
  const answer = await world.fetch("/v1/iam/oauth/device", {
    method: "POST", body: new URLSearchParams({ client_id: "hanzo-app", scope: "openid" }),
  });
  const { user_code, verification_uri } = await answer.json();
  await tab.goto(verification_uri);
  await look("device-code", "Connect a device");
  await tab.fill('input[name="code"]', user_code);
  await button(tab, "Continue").click();
  await look("device-sign-in", "Sign in");
  await as(tab, "bob");
  await look("device", "Connect a device");
  await button(tab, "Allow").click();
  await look("device-connected", "Device connected");
});

pages("the account", async (tab, look) => {
  await authenticator(tab);
  await tab.goto(`${world.base}/login?organization=hanzo`);
  await look("account-sign-in", "Sign in");
  await as(tab, "carol");
  await type(tab, totp(key, 1));
  await tab.waitForURL(`${world.base}/account`);
  for (const [page, heading] of Object.entries(ACCOUNT)) {
    await tab.goto(`${world.base}/account${page}`);
    await look(`account${page.replace("/", "-")}`, heading);
  }
  for (const [page, name] of [["passkeys", "Add a passkey"], ["identities", "Link a wallet"]]) {
    await tab.goto(`${world.base}/account/${page}`);
    await button(tab, name).click();
    await look(`account-${page}-add`, name);
  }
  await tab.goto(`${world.base}/account/factors`);
  await button(tab, "Get codes by email").click();
  await look("account-factors-code", "Enter the code");
  for (const [page, heading] of [["/factors", "الخطوة الثانية"], ["/sessions", "الأجهزة"]]) {
    await tab.goto(`${world.base}/account${page}?ui_locales=ar`);
    await look(`account${page.replace("/", "-")}-arabic`, heading);
  }
  await tab.goto(`${world.base}/account/keys`);
  await tab.fill('input[name="name"]', "laptop");
  await button(tab, "Create a key").click();
  await look("account-new-key", "API keys");
  await tab.goto(`${world.base}/account/confirm?continue=/account/keys`);
  await look("confirm", "Confirm that it is you");
});

pages("the theme of an organization, which its application refines (README, \"Try it\")", async (tab, look) => {
  const themed = (path, members) => world.administer("PUT", path, members);
  const style = (selector, property) => tab.locator(selector).first().evaluate((element, name) => getComputedStyle(element)[name], property);
  const organization = "organizations/admin/acme";
  await themed(organization, {
    logo: PICTURE, logoDark: PICTURE, themeData: { isEnabled: true, colorPrimary: "#0a7d55", borderRadius: 4 },
  });
  await open(tab, { client: "acme-portal" });
  await look("themed", "Sign in");
  assert.equal(await style("button", "backgroundColor"), "rgb(10, 125, 85)");
  assert.equal(await style("button", "borderRadius"), "4px");
  for (const [colorScheme, shown] of [["light", [true, false]], ["dark", [false, true]]]) {
    await tab.emulateMedia({ colorScheme });
    const logos = tab.locator(".brand img");
    assert.deepEqual([await logos.nth(0).isVisible(), await logos.nth(1).isVisible()], shown, colorScheme);
  }
  await themed("applications/acme/acme-portal", { themeData: { colorPrimary: "#ffe08a", themeType: "dark" } });
  await tab.emulateMedia({ colorScheme: "light" });
  await tab.reload();
  await look("themed-dark", "Sign in");
  assert.equal(await style("button", "backgroundColor"), "rgb(255, 224, 138)");
  assert.equal(await style("button", "borderRadius"), "4px", "what the application does not set is the organization's");
  assert.equal(await style("main", "backgroundColor"), "rgb(23, 26, 33)");
});
