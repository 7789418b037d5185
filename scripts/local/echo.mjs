// A small upstream service behind the gateway, for development and tests: returns what it received,
// streams, and speaks WebSocket.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer } from "ws";

/** Starts the service on `port` of 127.0.0.1 (0: any free one). */
export async function startEcho(port = 0) {
  const requests = []; // every request that arrived, newest last
  const server = createServer((request, response) => {
    requests.push({ method: request.method, url: request.url, rawHeaders: request.rawHeaders });
    // The iterator of the body rejects if a client disconnects during an upload.
    respond(request, response).catch(() => response.destroy());
  });

  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    requests.push({ method: request.method, url: request.url, rawHeaders: request.rawHeaders });
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("error", () => webSocket.terminate());
      webSocket.send(JSON.stringify({ url: request.url, headers: request.headers }));
      webSocket.on("message", (data, binary) => webSocket.send(data, { binary }));
    });
  });

  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: chosen } = server.address();
  return {
    url: `http://127.0.0.1:${chosen}`,
    requests,
    /** The values of a header of the newest request, as they were sent. */
    received(name) {
      const raw = requests.at(-1)?.rawHeaders ?? [];
      return raw.filter((_, i) => i % 2 === 1 && raw[i - 1].toLowerCase() === name);
    },
    async close() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function respond(request, response) {
  const url = new URL(request.url, "http://echo");
  if (url.pathname.endsWith("/events")) return events(response, url);
  if (url.pathname.endsWith("/status")) {
    const to = url.searchParams.get("to");
    response.writeHead(Number(url.searchParams.get("code") ?? 200), {
      "x-upstream": "echo", ...(to && { location: to }),
    });
    return response.end();
  }
  if (url.pathname.endsWith("/upload")) return upload(request, response);
  const body = await read(request);
  response.writeHead(200, { "content-type": "application/json", "x-upstream": "echo" });
  response.end(JSON.stringify({
    method: request.method,
    url: request.url,
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: body.toString("utf8"),
  }, null, 2) + "\n");
}

/** Server-sent events, `count` of them, `interval` milliseconds apart. */
async function events(response, url) {
  const count = Number(url.searchParams.get("count") ?? 3);
  const interval = Number(url.searchParams.get("interval") ?? 200);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  for (let i = 0; i < count && !response.destroyed; i++) {
    response.write(`data: ${i}\n\n`);
    await sleep(interval);
  }
  response.end();
}

/** Reports the received bytes as they arrive, which shows whether a body is buffered on the way. */
async function upload(request, response) {
  response.writeHead(200, { "content-type": "text/plain" });
  response.write("started\n");
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.end(`${bytes}\n`);
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
