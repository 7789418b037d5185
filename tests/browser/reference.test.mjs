// The reference page in a browser: accessible (axe-core), searchable without a script, small.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { browserTest, hasBrowser, startBrowser } from "../support/browser.mjs";
import { violations } from "../support/gallery.mjs";
import { startWorld } from "../support/world.mjs";

let world, browser;
before(async () => {
  if (!hasBrowser) return;
  world = await startWorld();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await world?.close();
});

const withBrowser = (name, body) => browserTest(() => browser, name, body);

for (const colorScheme of ["light", "dark"]) {
  withBrowser(`the reference page is accessible in ${colorScheme} colours`, async (page) => {
    await page.emulateMedia({ colorScheme });
    for (const query of ["", "?q=users", "?q=nothing-says-this", "?operation=createApplication", "?operation=none"]) {
      await page.goto(`${world.base}/v1/iam/docs${query}`);
      assert.deepEqual(await violations(page), [], query);
    }
  });
}

withBrowser("operations are found by the page's own search, without a script, and described in full", async (page, context) => {
  const refusals = [];
  page.on("console", (message) => refusals.push(message.text()));
  await context.route("**/*.js", (route) => route.abort());
  await page.goto(`${world.base}/v1/iam/docs`);
  const all = await page.locator("article").count();
  await page.getByRole("searchbox", { name: "Search" }).fill("create user");
  await page.getByRole("button", { name: "Search" }).click();
  assert.ok(await page.locator("article").count() < all);
  await page.getByRole("link", { name: "POST /v1/iam/users", exact: true }).click();
  assert.match(await page.locator("h1").textContent(), /POST \/v1\/iam\/users/);
  assert.match(await page.locator("pre").first().textContent(), /^curl "\$IAM\/v1\/iam\/users" --oauth2-bearer "\$TOKEN" --json '\{/);
  await page.getByRole("link", { name: "All operations" }).click();
  assert.equal(await page.locator("article").count(), all);
  assert.deepEqual(refusals, []);
});
