// Chromium for a test file: a fresh context and page for each test.
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { skip } from "./skip.mjs";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .concat(process.env.CHROMIUM ?? []).findLast((path) => existsSync(path));

/** Whether a browser is installed. */
export const hasBrowser = executablePath !== undefined;

/** Starts the browser. `hosts`: `{ "localhost:3000": "127.0.0.1:4567" }`, where the first is found. */
export async function startBrowser({ hosts = {} } = {}) {
  const { chromium } = await import("playwright-core");
  const rules = Object.entries(hosts).map(([host, address]) => `MAP ${host} ${address}`).join(",");
  return chromium.launch({ executablePath, args: ["--no-sandbox", `--host-resolver-rules=${rules}`] });
}

/** A test that needs the browser `launched()` returns: skipped loudly without one, and failed in CI. */
export function browserTest(launched, name, body) {
  test(name, async (t) => {
    if (!hasBrowser) {
      return skip(t, "SKIPPED: NO BROWSER. Install chromium (or name one in CHROMIUM) to test the sign-in page.");
    }
    const context = await launched().newContext();
    try {
      await body(await context.newPage(), context);
    } finally {
      await context.close();
    }
  });
}

/** A web server on a free port of 127.0.0.1. */
export async function startPages(listener) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${server.address().port}`;
  return {
    host,
    base: `http://${host}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
