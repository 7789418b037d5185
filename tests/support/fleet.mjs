// Several edges of one origin, each a workerd of its own that is called continuously, to measure how long
// after a revocation any of them still forwards a call.
//
// The last edge is a quiet one: its calls come in bursts `QUIET` milliseconds apart, so that it renews its
// feed as late as it can without a call that waits. A busy edge renews it every two seconds.
import { Agent, createServer, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "../../bench/workerd.mjs";
import { ROOT } from "../../scripts/local/pair.mjs";
import { ANSWER, ANSWERING, startWorld } from "./world.mjs";

const PATH = "/v1/answer/x";

/** Milliseconds between two calls of a flow to a busy edge. */
export const BUSY = 50;

/** Milliseconds between two bursts at the quiet edge. The edge counts whole seconds, and a call waits for a
 * feed that is 5 s old: in every burst the feed is still valid. */
export const QUIET = 3_950;

/** Starts an origin with its own edge, and `edges - 1` more, one of them quiet. */
export async function startFleet({ edges = 5 } = {}) {
  const world = await startWorld(ANSWERING);
  const store = await startStore(await world.pair.snapshots());
  const servers = [];
  const fleet = new Fleet(world, store, servers);
  try {
    for (let i = 1; i < edges; i++) servers.push(await startEdge(world, store));
    fleet.edges.push(new Edge("edge 0", new URL(world.base).port, BUSY));
    servers.forEach(({ port }, i) => {
      const quiet = i === servers.length - 1;
      fleet.edges.push(new Edge(`edge ${i + 1}${quiet ? ", quiet" : ""}`, port, quiet ? QUIET : BUSY));
    });
    const { access_token } = await world.machineTokens();
    await Promise.all(fleet.edges.map((edge) => edge.ready(access_token)));
  } catch (error) {
    await fleet.close();
    throw error;
  }
  return fleet;
}

/** A bare workerd with an edge, which calls the one origin directly. */
function startEdge({ logs, pair: { rootKey, environment, issuer, originUrl } }, store) {
  return serve("edge", {
    answer: { modules: { "answer.js": ANSWER } },
    origin: { external: new URL(originUrl).host },
    snapshots: { external: store.host },
    edge: {
      modules: {
        "index.js": join(ROOT, "build/edge/index.js"),
        "index.wasm": join(ROOT, "build/edge/index.wasm"),
      },
      bindings: {
        ECHO: { service: "answer" }, ORIGIN: { service: "origin" }, SNAPSHOTS: { kv: "snapshots" },
        ROOT_KEY: rootKey, ENVIRONMENT: environment, IAM_ISSUER: issuer,
        DANGER_GATEWAY_ON_ISSUER_HOST: "127.0.0.1",
      },
    },
  }, { output: logs.add });
}

/** Serves the protocol of the KV binding (GET of the key's name) from the origin's own KV. */
async function startStore(snapshots) {
  const server = createServer(async (asked, answer) => {
    const name = decodeURIComponent(new URL(asked.url, "http://kv").pathname.slice(1));
    const value = await snapshots.get(name).catch(() => null);
    answer.writeHead(value === null ? 404 : 200).end(value ?? "missing");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

class Fleet {
  edges = [];

  constructor(world, store, servers) {
    Object.assign(this, { world, store, servers });
  }

  /** Starts calls to every edge with what `credential()` returns, until `stop()`. */
  flow(credential) {
    const flows = this.edges.map((edge) => edge.flow(credential));
    return { flows, stop: () => Promise.all(flows.map((flow) => flow.stop())) };
  }

  async close() {
    for (const edge of this.edges) edge.close();
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.store.close();
    await this.world.close();
  }
}

/** An edge, and the flows of calls to it. All flows tick together. */
class Edge {
  #flows = new Set();
  #agent = new Agent({ keepAlive: true });
  #timer;

  constructor(name, port, every) {
    Object.assign(this, { name, port, every });
  }

  /** Waits until its response is as expected. */
  async ready(credential) {
    const deadline = performance.now() + 20_000;
    let status;
    while ((status = await this.call(credential).catch(String)) !== 200) {
      if (performance.now() > deadline) throw new Error(`${this.name}: ${status} for 20 s`);
      await sleep(50);
    }
    this.#timer = setInterval(() => {
      for (const flow of this.#flows) flow.call();
    }, this.every);
  }

  flow(credential) {
    const flow = new Flow(this, credential, () => this.#flows.delete(flow));
    this.#flows.add(flow);
    return flow;
  }

  /**
   * Returns the status of one call. workerd closes a connection that was idle for five seconds, possibly
   * while it is used again. Whether that call arrived is unknown, so it is repeated once (RFC 9112 §9.3.1).
   */
  async call(credential) {
    for (;;) {
      try {
        return await this.#send(credential);
      } catch (error) {
        if (!(error.code === "ECONNRESET" && error.reused)) throw error;
      }
    }
  }

  #send(credential) {
    return new Promise((resolve, reject) => {
      const sent = request({
        host: "127.0.0.1", port: this.port, path: PATH, agent: this.#agent, timeout: 10_000,
        headers: { authorization: `Bearer ${credential}` },
      }, (answer) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode));
      });
      sent.once("error", (error) => reject(Object.assign(error, { reused: sent.reusedSocket })));
      sent.end();
    });
  }

  close() {
    clearInterval(this.#timer);
    this.#agent.destroy();
  }
}

/** Calls with one credential to one edge. Times are those of `performance.now()`. */
class Flow {
  /** The count of each status; for a call without a response, the error's code. */
  statuses = {};
  /** The times at which the first call, the last with status 200, and the last without were sent. */
  first;
  lastYes;
  lastNo;
  /** The time at which the last 200 arrived. */
  lastYesArrived;
  #credential;
  #remove;
  #underWay = new Set();

  constructor(edge, credential, remove) {
    this.edge = edge;
    this.#credential = credential;
    this.#remove = remove;
  }

  call() {
    const call = this.#call();
    this.#underWay.add(call);
    call.finally(() => this.#underWay.delete(call));
  }

  async #call() {
    const sent = performance.now();
    this.first ??= sent;
    const status = await this.edge.call(this.#credential()).catch((error) => error.code ?? String(error));
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (status === 200) {
      this.lastYes = Math.max(sent, this.lastYes ?? 0);
      this.lastYesArrived = performance.now();
    } else {
      this.lastNo = Math.max(sent, this.lastNo ?? 0);
    }
  }

  async stop() {
    this.#remove();
    await Promise.all(this.#underWay);
  }
}
