// Every kind of revocation under traffic to a fleet, and a rotation of the signing keys.
import { setTimeout as sleep } from "node:timers/promises";
import { QUIET } from "./fleet.mjs";
import { headerOf, json } from "./world.mjs";

/** The bound of the project, in milliseconds. */
export const BOUND = 5_000;

/** Milliseconds between two revocations. No multiple of a period of the edges, so that the revocations
 * fall into every part of those. */
const APART = 430;

/** An edge renews its snapshot when it is 20 s old, behind a call; the quiet edge does so late. */
const ANNOUNCED_FOR = 20_000 + 2 * QUIET;

/**
 * The kinds of revocation. Each makes a credential on which no other depends, with names that begin with
 * `name`, and returns it with a function that revokes it. `successor` makes a credential that must be
 * valid from then on.
 */
const KINDS = {
  async "token (RFC 7009)"(world, name) {
    const { access_token: credential } = await tokensOf(world, { name });
    return { credential, revoke: () => world.revoke(credential) };
  },
  async "grant, by its refresh token"(world, name) {
    const { access_token: credential, refresh_token } = await tokensOf(world, { name });
    return { credential, revoke: () => world.revoke(refresh_token) };
  },
  async "session, by logout"(world, name) {
    await world.add({ users: [person({ name })] });
    const signedIn = await world.code(name);
    const { access_token: credential } = await world.redeem(signedIn);
    const asked = { method: "POST", headers: { cookie: signedIn.cookie } };
    return { credential, revoke: () => ok(world.fetch("/v1/iam/oauth/logout", asked)) };
  },
  async "API key deleted"(world, name) {
    const credential = await keyOf(world, { owner: "hanzo", name });
    return { credential, revoke: () => world.administer("DELETE", `keys/hanzo/${name}`) };
  },
  async "API key disabled"(world, name) {
    const credential = await keyOf(world, { owner: "hanzo", name });
    const revoke = () => world.administer("PUT", `keys/hanzo/${name}`, { state: "Disabled" });
    return { credential, revoke };
  },
  async "user disabled"(world, name) {
    const { access_token: credential } = await tokensOf(world, { name });
    return { credential, revoke: () => world.administer("PUT", `users/hanzo/${name}`, { isForbidden: true }) };
  },
  async "user disabled: the API key"(world, name) {
    await world.add({ users: [person({ name })] });
    const credential = await keyOf(world, { owner: "hanzo", user: name, name });
    return { credential, revoke: () => world.administer("PUT", `users/hanzo/${name}`, { isForbidden: true }) };
  },
  async "user deleted"(world, name) {
    const { access_token: credential } = await tokensOf(world, { name });
    return { credential, revoke: () => world.administer("DELETE", `users/hanzo/${name}`) };
  },
  async "password changed"(world, name) {
    const { access_token: credential } = await tokensOf(world, { name });
    const password = "another one, and long";
    return { credential, revoke: () => world.administer("PUT", `users/hanzo/${name}`, { password }) };
  },
  async "role taken away"(world, name) {
    const { access_token: credential } = await tokensOf(world, { name, isAdmin: true });
    return { credential, revoke: () => world.administer("PUT", `users/hanzo/${name}`, { isAdmin: false }) };
  },
  async "application disabled"(world, name) {
    const { access_token: credential } = await tokensOf(world, { name }, client({ name }));
    const revoke = () => world.administer("PUT", `applications/admin/${name}`, { isDisabled: true });
    return { credential, revoke };
  },
  async "organization suspended"(world, name) {
    await world.add({ organizations: [{ name }] });
    const theirs = client({ name, organization: name });
    const { access_token: credential } = await tokensOf(world, { owner: name, name }, theirs);
    const revoke = () => world.administer("PUT", `organizations/admin/${name}`, { isDisabled: true });
    return { credential, revoke };
  },
  async "organization suspended: the API key"(world, name) {
    await world.add({ organizations: [{ name }] });
    const credential = await keyOf(world, { owner: name, name });
    const revoke = () => world.administer("PUT", `organizations/admin/${name}`, { isDisabled: true });
    return { credential, revoke };
  },
  /** RS256: the other key is rotated meanwhile. */
  async "signing key dropped"(world, name) {
    const pinned = client({ name, tokenSigningMethod: "RS256" });
    const { access_token: credential } = await tokensOf(world, { name }, pinned);
    return {
      credential,
      revoke: () => world.administer("DELETE", `signing-keys/${headerOf(credential).kid}`),
      successor: async () => (await world.machineTokens(name)).access_token,
    };
  },
};

/**
 * Revokes one of each kind while every edge is called with it continuously. Returns
 * `{ samples, successors }`:
 *
 * - a sample is `{ kind, edge, ms, arrived, statuses, refused }`: the milliseconds from the origin's
 *   response to the last call that the edge forwarded (`ms` to when it was sent, `arrived` to when its
 *   response came), the count of each status, and whether calls were forwarded first and refused last
 * - a successor is a credential that is valid since the revocation: `{ kind, edge, statuses, ms }`, with
 *   the milliseconds from its first call to the last that was not forwarded
 */
export async function measure(fleet, { round = 0 } = {}) {
  const { world } = fleet;
  const prepared = [];
  for (const [i, [kind, prepare]] of Object.entries(KINDS).entries()) {
    prepared.push({ kind, ...(await prepare(world, `subject-${round}-${i}`)) });
  }
  const all = prepared.map(async ({ kind, credential, revoke, successor }, i) => {
    const calls = fleet.flow(() => credential);
    await sleep(QUIET + 1_000 + i * APART); // after a first burst at the quiet edge
    await revoke();
    const revoked = performance.now();
    const next = successor && await successor();
    const nextCalls = successor && fleet.flow(() => next);
    await sleep(BOUND + QUIET + 500);
    await Promise.all([calls.stop(), nextCalls?.stop()]);
    const since = (time) => Math.max(0, (time ?? 0) - revoked);
    const samples = calls.flows.map(({ edge, statuses, lastYes, lastNo, lastYesArrived }) => ({
      kind, edge: edge.name, ms: since(lastYes), arrived: since(lastYesArrived), statuses,
      refused: lastNo > lastYes,
    }));
    const successors = (nextCalls?.flows ?? []).map(({ edge, statuses, first, lastNo }) =>
      ({ kind, edge: edge.name, statuses, ms: lastNo === undefined ? 0 : lastNo - first }));
    return { samples, successors };
  });
  const measured = await Promise.all(all);
  return {
    samples: measured.flatMap(({ samples }) => samples),
    successors: measured.flatMap(({ successors }) => successors),
  };
}

/**
 * Rotates the signing key (ES256) as the schedule does, without the waiting: the key becomes 29 days old,
 * its successor is announced, and takes over as soon as every edge has had time to read it. Meanwhile every
 * edge is called with a token of the old key and with the newest. Returns the count of each status, and
 * the keys.
 */
export async function rotate(fleet) {
  const { pair } = fleet.world;
  const database = await pair.database();
  const run = (sql, ...values) => database.prepare(sql).bind(...values).run();
  const tokenNow = async () => (await fleet.world.machineTokens()).access_token;
  const old = await tokenNow();
  let newest = old;
  const calls = [fleet.flow(() => old), fleet.flow(() => newest)];

  const kid = headerOf(old).kid;
  await run("UPDATE signing_keys SET signs_from = signs_from - 29 * 86400 WHERE kid = ?", kid);
  await pair.scheduled();
  const successor = await database.prepare(
    "SELECT kid FROM signing_keys WHERE algorithm = 'ES256' AND kid <> ?").bind(kid).first("kid");
  await sleep(ANNOUNCED_FOR);

  const change = Math.floor(Date.now() / 1000) + 2;
  await database.batch([
    database.prepare("UPDATE signing_keys SET signs_from = ? WHERE kid = ?").bind(change, successor),
    database.prepare("UPDATE signing_keys SET signs_until = ? WHERE kid = ?").bind(change, kid),
  ]);
  const signedBy = new Set();
  const end = performance.now() + 2_000 + 2 * QUIET;
  while (performance.now() < end) {
    newest = await tokenNow();
    signedBy.add(headerOf(newest).kid);
    await sleep(250);
    if (Date.now() / 1000 > change + 1) await pair.scheduled(); // the old one's private half goes
  }
  await Promise.all(calls.map((flow) => flow.stop()));
  const edges = calls.flatMap(({ flows }) => flows).map(({ edge, statuses }) =>
    ({ edge: edge.name, statuses }));
  return { edges, old: kid, successor, signedBy: [...signedBy] };
}

/** `{ count, min, median, p95, max }` of milliseconds. */
export function distribution(samples) {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (part) => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? sorted[0]);
  return { count: sorted.length, min: Math.round(sorted[0]), median: at(0.5), p95: at(0.95), max: at(1) };
}

/** The lines of the distribution: over all, and of each kind and edge. */
export function told(samples) {
  const line = (name, some) => {
    const { count, min, median, p95, max } = distribution(some);
    return [name.padEnd(38), ...[count, min, median, p95, max].map((n) => String(n).padStart(8))].join("");
  };
  const by = (member) => [...Map.groupBy(samples, (sample) => sample[member])]
    .map(([name, some]) => line(name, some));
  const head = ["count", "min", "median", "p95", "max"].map((name) => name.padStart(8)).join("");
  return [
    `${"ms from the revocation to the last yes".padEnd(38)}${head}`,
    line("all", samples), "", ...by("kind"), "", ...by("edge"),
  ];
}

function person({ owner = "hanzo", name, ...more }) {
  return { owner, name, email: `${name}@${owner}.example`, password: "a long password of the tests", ...more };
}

function client({ name, organization = "hanzo", ...more }) {
  return {
    owner: "admin", organization, name, clientId: name, clientSecret: `the secret of ${name}, long enough`,
    redirectUris: ["http://127.0.0.1/callback"],
    grantTypes: ["refresh_token", "client_credentials", "password"], isFirstParty: true, ...more,
  };
}

/** The tokens of a new user, of a new application if one is given. */
async function tokensOf(world, user, application) {
  await world.add({ users: [person(user)], applications: application ? [application] : [] });
  return world.tokens(user.name, application?.clientId);
}

async function keyOf(world, key) {
  const { keys: [made] } = await world.add({ keys: [key] });
  return made.key;
}

async function ok(asked) {
  const answer = await asked;
  const body = await json(answer);
  if (answer.status !== 200) throw new Error(`${answer.url}: ${answer.status} ${JSON.stringify(body)}`);
}
