// The load generator, in a process of its own so that it has a processor to itself: keep-alive
// connections on raw sockets, each with one request at a time (no pipelining). Of a response it
// reads the status and the length. Commands are messages:
//   { port, path, list, connections } and
//   { count } or { seconds }: each connection sends as soon as it has its response, or
//   { rate, seconds }: requests are due at fixed times, whether or not earlier ones were answered
// `list` is a file of lines `<expected status> <credential>`, sent in this order, again and again.
import { readFileSync } from "node:fs";
import { connect } from "node:net";

/** Requests between two reports of progress. */
const STRIDE = 10_000;

const H = 0x48;

process.on("message", async (command) => {
  try {
    const before = process.cpuUsage();
    const { requests, latencies, elapsed, lags } = await (command.rate ? open(command) : closed(command));
    const { user, system } = process.cpuUsage(before);
    process.send({
      requests, elapsed,
      // The share of its processor that the generator used while it ran.
      busy: (user + system) / 1e6 / elapsed,
      p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99),
      ...(lags && { lag: quantile(lags, 0.99) }),
    });
  } catch (error) {
    process.send({ error: error.message });
  }
});

async function closed({ count = Infinity, seconds = Infinity, connections, ...target }) {
  const work = requestsOf(target);
  const latencies = [];
  let next = 0;
  const started = performance.now();
  const deadline = started + seconds * 1000;
  await Promise.all(Array.from({ length: connections }, () => new Promise((resolve, reject) => {
    let sent = 0;
    const socket = connection(target.port, reject, () => {
      const now = performance.now();
      if (sent > 0) {
        latencies.push(now - sent);
        if (latencies.length % STRIDE === 0) process.send({ progress: latencies.length });
      }
      if (next >= count || now >= deadline) return socket.done(resolve);
      sent = now;
      socket.send(work[next++ % work.length]);
    });
  })));
  return { requests: latencies.length, latencies, elapsed: (performance.now() - started) / 1000 };
}

/**
 * Latency counts from the time at which a request was due, so that a stall of the server counts for every
 * request that had to wait (no "coordinated omission"). `lags` is the delay of the generator itself while a
 * connection was free.
 */
async function open({ rate, seconds, connections, ...target }) {
  const work = requestsOf(target);
  const total = Math.floor(rate * seconds);
  const latencies = [];
  const lags = [];
  const free = [];
  const late = []; // when they were due
  let waited = 0; // of `late`, how many have been sent
  let issued = 0;
  let sent = 0;
  let failed;
  const sockets = await Promise.all(Array.from({ length: connections }, () => new Promise((resolve, reject) => {
    let due;
    const socket = connection(target.port, (error) => { failed = error; reject(error); }, () => {
      if (due === undefined) return resolve(socket);
      latencies.push(performance.now() - due);
      if (waited < late.length) socket.begin(late[waited++]);
      else free.push(socket);
    });
    socket.begin = (when) => {
      due = when;
      socket.send(work[sent++ % work.length]);
    };
  })));
  free.push(...sockets);
  const started = performance.now();
  await new Promise((resolve, reject) => {
    const tick = () => {
      if (failed) return reject(failed);
      const now = performance.now();
      for (; issued < total; issued++) {
        const due = started + (issued * 1000) / rate;
        if (due > now) break;
        const socket = free.pop();
        if (!socket) late.push(due);
        else {
          lags.push(now - due);
          socket.begin(due);
        }
      }
      if (latencies.length === total) return resolve();
      setImmediate(tick); // a timer would be a millisecond late
    };
    tick();
  });
  const elapsed = (performance.now() - started) / 1000;
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.done(resolve))));
  return { requests: total, latencies, elapsed, lags };
}

/** A connection that calls `ready` when it can take a request: at first, and after each response. */
function connection(port, fail, ready) {
  let expected = 0;
  let done;
  let usual = -1; // the length of the last answer that came whole
  let pieces = "";
  const answered = (status) => {
    if (status !== expected) return fail(new Error(`answered ${status}, expected ${expected}`));
    ready();
  };
  const onread = {
    buffer: Buffer.allocUnsafe(64 * 1024),
    callback(length, buffer) {
      if (pieces === "") {
        if (buffer[0] !== H) return fail(new Error("an answer began in the middle")), false;
        const status = (buffer[9] - 48) * 100 + (buffer[10] - 48) * 10 + (buffer[11] - 48);
        // Responses of one server and status have the same length. If a piece of a longer one has just
        // that length, the rest does not begin with an `H`.
        if (length === usual && status === expected) return answered(status), true;
      }
      pieces += buffer.latin1Slice(0, length);
      if (isComplete(pieces)) {
        if (pieces.length === length) usual = length;
        const status = Number(pieces.slice(9, 12));
        pieces = "";
        answered(status);
      }
      return true;
    },
  };
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread });
  socket.on("connect", ready);
  socket.on("error", fail);
  socket.on("close", () => (done ? done() : fail(new Error("the connection was closed early"))));
  return {
    send(request) {
      expected = request.status;
      socket.write(request.bytes);
    },
    done(then) {
      done = then;
      socket.destroy();
    },
  };
}

function isComplete(text) {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2));
  if (length) return text.length >= end + 4 + Number(length[1]);
  return text.endsWith("0\r\n\r\n");
}

function requestsOf({ port, path, list }) {
  const known = new Map();
  return readFileSync(list, "utf8").trimEnd().split("\n").map((line) => {
    let request = known.get(line);
    if (!request) {
      const bytes = Buffer.from(
        `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: */*\r\nuser-agent: bench\r\n`
        + `authorization: Bearer ${line.slice(4)}\r\n\r\n`);
      request = { status: Number(line.slice(0, 3)), bytes };
      known.set(line, request);
    }
    return request;
  });
}

function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
