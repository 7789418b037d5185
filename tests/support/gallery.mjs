// Looks at pages as a test demands of every page: no fault that axe-core finds, in light and in dark
// colours; not wider than a small phone; small; nothing loaded from elsewhere. Screenshots are kept in
// build/screenshots.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../scripts/local/pair.mjs";

/** The most bytes of a page with its style, scripts and pictures. */
const MOST = 50_000;

/** A page is read without scrolling in two directions (WCAG 2.2, 1.4.10). */
const PHONE = { width: 320, height: 640 };

const FOLDER = join(ROOT, "build/screenshots");

/** The rules that depend on colours: the others have the same result in the dark. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/** What axe-core finds on the page: the rule, and the elements that break it. `rules`: only these. */
export async function violations(tab, rules) {
  axe ??= await readFile(join(ROOT, "node_modules/axe-core/axe.min.js"), "utf8");
  if (!await tab.evaluate("'axe' in window")) await tab.evaluate(axe);
  const found = await tab.evaluate((only) => window.axe.run(document, {
    resultTypes: ["violations"], ...(only && { runOnly: { type: "rule", values: only } }),
  }), rules);
  return found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))]);
}

let axe;

/** Watches what `tab` loads. Returns `look(name, heading)`, which waits for the page with
 * that heading and asserts all of the above; returns its bytes. */
export async function gallery(tab, base) {
  await mkdir(FOLDER, { recursive: true });
  let loaded = [];
  tab.on("request", (request) => {
    const isPage = request.isNavigationRequest() && request.frame() === tab.mainFrame();
    if (isPage && !request.redirectedFrom()) loaded = [];
    loaded.push(request);
  });
  /** The bytes of the page and of all that it has loaded. */
  async function weight() {
    const bodies = loaded.map(async (request) => (await request.response())?.body().catch(() => "") ?? "");
    return (await Promise.all(bodies)).reduce((sum, body) => sum + body.length, 0);
  }
  return async function look(name, heading) {
    await tab.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
    await tab.waitForLoadState();
    const strangers = loaded.map((request) => request.url()).filter((url) => !url.startsWith("data:") && new URL(url).origin !== base);
    assert.deepEqual(strangers, [], `${name} loads from elsewhere`);
    const bytes = await weight();
    assert.ok(bytes > 0 && bytes < MOST, `${name} has ${bytes} bytes`);
    const viewport = tab.viewportSize();
    await tab.setViewportSize(PHONE);
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
    await tab.setViewportSize(viewport);
    assert.ok(wide <= PHONE.width, `${name} is ${wide} px wide`);
    for (const colorScheme of ["light", "dark"]) {
      await tab.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const rules = colorScheme === "dark" ? OF_COLOURS : undefined;
      assert.deepEqual(await violations(tab, rules), [], `${name} in ${colorScheme} colours`);
      await tab.screenshot({ path: join(FOLDER, `${name}-${colorScheme}.png`), fullPage: true });
    }
    return bytes;
  };
}
