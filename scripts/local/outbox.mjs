// The outbox of development: a worker that takes the origin's messages (`MAIL` and `SMS`), and a page that
// shows them, newest first.
import { createServer } from "node:http";

/** How many messages are kept. */
const MOST = 200;

/**
 * Starts it on 127.0.0.1:`port` (0: any free port).
 *
 * - `url`: the page; `GET <url>/messages` returns the messages as JSON, newest first
 * - `messages`: the messages, oldest first
 * - `accept`: a service binding of miniflare
 */
export async function startOutbox(port = 0) {
  const messages = [];
  const accept = async (request) => {
    if (request.method !== "POST" || new URL(request.url).pathname !== "/messages") {
      return new Response(null, { status: 404 });
    }
    const { kind, channel, to, subject, text, html } = await request.json();
    messages.push({ kind, channel, to, subject, text, html, at: new Date().toISOString() });
    if (messages.length > MOST) messages.shift();
    return new Response(null, { status: 202 });
  };
  const server = createServer((request, response) => {
    // A page of another origin, or another name of this machine, must not read the codes.
    const isOwn = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? "");
    const path = request.url.split("?")[0];
    const newest = [...messages].reverse();
    if (request.method !== "GET" || !isOwn || !["/", "/messages"].includes(path)) {
      response.writeHead(404).end();
    } else if (path === "/messages") {
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(JSON.stringify(newest));
    } else {
      response.writeHead(200, {
        "content-type": "text/html; charset=utf-8", "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      });
      response.end(page(newest));
    }
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    messages,
    accept,
    close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
  };
}

/** The page that shows `messages`. Everything in them is text. */
export function page(messages) {
  const entries = messages.map(({ at, channel, to, kind, subject, text }) => {
    const code = /^Code: (\S+)$/m.exec(text)?.[1] ?? (channel === "sms" ? /: (\S+)$/.exec(text)?.[1] : undefined);
    return `<article><header><b>${escape(subject)}</b> <span>${escape(channel)} to ${escape(to)}</span>
<small>${escape(kind)}, <time>${escape(at)}</time></small></header>
${code === undefined ? "" : `<p class="code">${escape(code)}</p>`}<pre>${linked(text)}</pre></article>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Outbox</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
article{border:1px solid #8886;border-radius:.6rem;padding:1rem;margin:1rem 0}header span,small{opacity:.75}
small{display:block}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}
.code{font:600 2rem ui-monospace,monospace;letter-spacing:.15em;margin:.5rem 0;overflow-wrap:anywhere;user-select:all}</style>
<h1>Outbox</h1><p>What this development system has sent, newest first. It is kept until it stops.</p>
${entries.join("\n") || "<p>Nothing has been sent yet.</p>"}
</html>`;
}

function linked(text) {
  return String(text).split(/(https?:\/\/[^\s<>"']+)/).map((part, place) => (place % 2 === 1
    ? `<a href="${escape(part)}" rel="noreferrer">${escape(part)}</a>`
    : escape(part))).join("");
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text) => String(text ?? "").replace(/[&<>"']/g, (character) => ENTITIES[character]);
