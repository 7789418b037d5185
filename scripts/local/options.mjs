// The options of `scripts/dev`, and those that are kept across starts.
import { parseArgs } from "node:util";

/** Returns the options of a command line; throws an error whose message names the wrong one. */
export function parseOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      port: { type: "string", default: "8787" },
      fresh: { type: "boolean", default: false },
      issuer: { type: "string" },
      https: { type: "boolean", default: false },
      route: { type: "string", multiple: true, default: [] },
      "session-origin": { type: "string", multiple: true, default: [] },
      "provider-host": { type: "string", multiple: true, default: [] },
      state: { type: "string" },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65534) throw new Error(`--port ${values.port} is no port`);
  if (values.issuer && !/^https?:\/\/[^/?#]+$/.test(values.issuer)) {
    throw new Error(`--issuer ${values.issuer} is not scheme://host (without a trailing slash)`);
  }
  const sessionOrigins = values["session-origin"];
  for (const origin of sessionOrigins) {
    if (!isOrigin(origin)) throw new Error(`--session-origin ${origin} is not scheme://host[:port]`);
  }
  const providerHosts = values["provider-host"];
  for (const host of providerHosts) {
    if (!isHostWithPort(host)) throw new Error(`--provider-host ${host} is not HOST:PORT, as in 127.0.0.1:9001`);
  }
  const { fresh, issuer, https, state } = values;
  const routes = Object.assign({}, ...values.route.map(parseRoute));
  return { port, fresh, issuer, https, state, sessionOrigins, providerHosts, routes };
}

/** `chat=http://127.0.0.1:9000`, `chat,models=…`, or `chat=` to remove it, as `{ service: address }`. */
function parseRoute(text) {
  const [names, ...rest] = text.split("=");
  const address = rest.join("=");
  const services = names.split(",");
  if (rest.length === 0 || !services.every((name) => /^[A-Za-z0-9._-]+$/.test(name))) {
    throw new Error(`--route ${text} is not SERVICE=ADDRESS, as in chat=http://127.0.0.1:9000`);
  }
  if (services.includes("iam")) throw new Error("--route: the service iam is this system itself");
  if (address !== "" && !isAddress(address)) {
    throw new Error(`--route ${text}: the address must be http(s)://host[:port][/path]`);
  }
  return Object.fromEntries(services.map((name) => [name, address]));
}

/** The routes that are kept, changed by those of the command line. */
export function mergeRoutes(kept = {}, given = {}) {
  return Object.fromEntries(Object.entries({ ...kept, ...given }).filter(([, address]) => address !== ""));
}

/** Routes as the origin's `ROUTES` has them. */
export function routeList(routes) {
  return Object.entries(routes).map(([service, url]) => ({ service, upstream: { url }, public: [] }));
}

function isAddress(text) {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && !username && !password && !search && !hash && !/[?#]$/.test(text);
}

function isHostWithPort(text) {
  const [, port] = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):([1-9][0-9]{0,4})$/.exec(text) ?? [];
  return port !== undefined && Number(port) <= 65535;
}

function isOrigin(text) {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}
