// The sign-in: the device flow (RFC 8628), and the tokens that it gives.
import { Failure, usage } from "./errors.mjs";
import { readCredentials, writeCredentials } from "./store.mjs";

const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";
const SCOPE = "openid profile email offline_access iam";
const CLIENT = "hanzo-cli";

/** An answer of the server, or the failure that there is none. */
export async function reach(url, init) {
  try {
    return await fetch(url, { redirect: "error", ...init });
  } catch (error) {
    throw new Failure(`${new URL(url).origin} does not answer: ${error.cause?.message ?? error.message}`, 4);
  }
}

/** The address of the server: an origin, so that a token goes nowhere else. */
export async function serverOf(options) {
  const given = options.server ?? process.env.IAM_SERVER ?? (await readCredentials()).server;
  if (!given) throw usage("no server: name one with --server or IAM_SERVER, or sign in with `login --server URL`");
  let url;
  try {
    url = new URL(given);
  } catch {
    throw usage(`${given} is not a URL`);
  }
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLocal)) {
    throw usage("the server must be https, or on this machine: a token would be readable on the way");
  }
  return url.origin;
}

async function token(server, form) {
  const answer = await reach(`${server}/v1/iam/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
  return { status: answer.status, body: await answer.json().catch(() => ({})) };
}

async function keep(server, client, body) {
  const all = await readCredentials();
  all.server = server;
  all.signedIn[server] = {
    client, accessToken: body.access_token, refreshToken: body.refresh_token,
    expiresAt: Date.now() + (body.expires_in ?? 0) * 1000,
  };
  await writeCredentials(all);
}

/** Signs in: prints where to approve, and waits. */
export async function login(options) {
  const server = await serverOf(options);
  const client = options.client ?? CLIENT;
  const answer = await reach(`${server}/v1/iam/oauth/device`, {
    method: "POST", body: new URLSearchParams({ client_id: client, scope: options.scope ?? SCOPE }),
  });
  const device = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Failure(device.error_description ?? `the server refuses: ${answer.status}`, 1);
  const where = device.verification_uri_complete ?? device.verification_uri;
  process.stderr.write(`Open ${where}\nand approve the code ${device.user_code}. Waiting …\n`);
  let interval = device.interval ?? 5;
  const end = Date.now() + (device.expires_in ?? 600) * 1000;
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, interval * 1000));
    const { status, body } = await token(server, { grant_type: DEVICE_CODE, client_id: client, device_code: device.device_code });
    if (status === 200) {
      await keep(server, client, body);
      process.stderr.write(`Signed in to ${server}.\n`);
      return;
    }
    if (body.error === "slow_down") interval += 5;
    else if (body.error !== "authorization_pending") {
      throw new Failure(body.error_description ?? body.error ?? `the server refuses: ${status}`, 1);
    }
  }
  throw new Failure("the code has expired: sign in again", 3);
}

/** Forgets the sign-in, and revokes what it gave. */
export async function logout(options) {
  const server = await serverOf(options);
  const all = await readCredentials();
  const own = all.signedIn[server];
  delete all.signedIn[server];
  await writeCredentials(all);
  if (own?.refreshToken) {
    const form = new URLSearchParams({ client_id: own.client, token: own.refreshToken });
    await reach(`${server}/v1/iam/oauth/revoke`, { method: "POST", body: form });
  }
}

/** A credential for `server`: the one that is given, or of the sign-in, refreshed a minute before it ends. */
export async function credential(options, server) {
  const given = options.token ?? process.env.IAM_TOKEN;
  if (given) return given;
  const own = (await readCredentials()).signedIn[server];
  if (!own) throw new Failure(`not signed in to ${server}: run \`login --server ${server}\``, 3);
  if (own.expiresAt > Date.now() + 60_000) return own.accessToken;
  if (!own.refreshToken) throw new Failure("the sign-in has ended: run `login`", 3);
  const { status, body } = await token(server, {
    grant_type: "refresh_token", client_id: own.client, refresh_token: own.refreshToken,
  });
  if (status !== 200) throw new Failure(`the sign-in has ended (${body.error ?? status}): run \`login\``, 3);
  await keep(server, own.client, { refresh_token: own.refreshToken, ...body });
  return body.access_token;
}
