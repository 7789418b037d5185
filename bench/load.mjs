// The load generator, in a process of its own: keep-alive connections, each with one request under
// way, on raw sockets so that it costs the machine little. Commands come as messages:
//   { port, host, path, tokens: file with one credential a line, count | seconds, connections }
import { readFileSync } from "node:fs";
import { connect } from "node:net";

process.on("message", async (command) => {
  try {
    process.send(await run(command));
  } catch (error) {
    process.send({ error: String(error) });
  }
});

async function run({ port, path, credentials, count, seconds, connections }) {
  const lines = readFileSync(credentials, "utf8").trimEnd().split("\n");
  const requests = lines.map((line) => Buffer.from(
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: */*\r\nuser-agent: bench\r\n`
    + `authorization: Bearer ${line}\r\n\r\n`));
  const latencies = [];
  const statuses = {};
  let next = 0;
  const started = performance.now();
  const deadline = seconds === undefined ? Infinity : started + seconds * 1000;
  const limit = count ?? Infinity;
  const more = () => next < limit && performance.now() < deadline;
  await Promise.all(Array.from({ length: connections }, () => worker()));
  const elapsed = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
  return { requests: latencies.length, elapsed, statuses, p50: at(0.5), p99: at(0.99) };

  function worker() {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.setNoDelay(true);
      let sent = 0;
      let buffered = "";
      const send = () => {
        if (!more()) return socket.end(resolve);
        sent = performance.now();
        socket.write(requests[next++ % requests.length]);
      };
      socket.on("connect", send);
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the connection was closed early")));
      socket.on("data", (chunk) => {
        buffered += chunk.toString("latin1");
        if (!isComplete(buffered)) return;
        latencies.push(performance.now() - sent);
        const status = buffered.slice(9, 12);
        statuses[status] = (statuses[status] ?? 0) + 1;
        buffered = "";
        send();
      });
    });
  }
}

function isComplete(text) {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2));
  if (length) return text.length >= end + 4 + Number(length[1]);
  return text.endsWith("0\r\n\r\n");
}
