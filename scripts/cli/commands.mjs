// Commands of the server's operations: `listUsers` is `users list`, `getTombstone` `organizations get-tombstone`.
import { readFile } from "node:fs/promises";
import { camel, kebab } from "./arguments.mjs";
import { usage } from "./errors.mjs";
import { listOf, print } from "./output.mjs";

const singular = (text) => text.replace(/ies$/, "y").replace(/s$/, "");

/** The command of an operation: its group and its verb. */
export function commandOf({ id, tag }) {
  const [verb, ...noun] = kebab(id).split("-");
  const isOwn = singular(noun.join("-")) === singular(tag);
  return { group: tag, verb: isOwn ? verb : [verb, ...noun].join("-") };
}

/** The operation that a command means. */
export function operationOf(operations, group, verb) {
  return operations.find((operation) => {
    const command = commandOf(operation);
    return command.group === group && (command.verb === verb || kebab(operation.id) === verb);
  });
}

const OWN = ["json", "columns", "server", "token", "all", "help", "data", "param"];

/** The value of a text for a schema: numbers, flags, lists (`a,b`) and objects as JSON. */
function valueOf(name, schema = {}, text) {
  const kinds = [schema.type, ...(schema.anyOf ?? []).map(({ type }) => type)].flat().filter(Boolean);
  const is = (kind) => kinds.includes(kind);
  if (is("boolean")) {
    if (text === true || text === "true") return true;
    if (text === "false") return false;
    throw usage(`--${kebab(name)} must be true or false`);
  }
  if (is("string") && !(is("array") && /^\[/.test(text))) return text;
  if ((is("integer") || is("number")) && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (is("integer") || is("number")) throw usage(`--${kebab(name)} must be a number`);
  if (/^[[{]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      throw usage(`--${kebab(name)} is not JSON`);
    }
  }
  // A reference to a named schema, or a list.
  return is("array") || schema.items ? text.split(",").filter(Boolean) : text;
}

async function data(text) {
  const source = text === "-" ? await read(process.stdin) : text.startsWith("@") ? await readFile(text.slice(1), "utf8") : text;
  try {
    return JSON.parse(source);
  } catch {
    throw usage("--data is not JSON");
  }
}

async function read(stream) {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}

/** The path, the query and the body of a call, from words and options. */
export async function requestOf(operation, words, options) {
  const given = new Map(Object.entries(options).filter(([name]) => !OWN.includes(name)).map(([name, value]) => [camel(name), value]));
  for (const pair of options.param ?? []) {
    const at = pair.indexOf("=");
    if (at < 1) throw usage("--param takes name=value");
    given.set(pair.slice(0, at), pair.slice(at + 1));
  }
  const take = (name) => {
    const value = given.get(name);
    given.delete(name);
    return Array.isArray(value) ? value.join(",") : value;
  };
  const segments = operation.path.match(/\{\w+\}/g)?.map((name) => name.slice(1, -1)) ?? [];
  const missing = segments.filter((name) => !given.has(name));
  // `hanzo/alice` is the owner and the name.
  const texts = words.length < missing.length ? words.flatMap((word) => word.split("/")) : words;
  if (texts.length !== missing.length) {
    throw usage(`${operation.id} takes ${missing.length ? missing.map((name) => `<${name}>`).join(" ") : "no words"}`);
  }
  missing.forEach((name, index) => given.set(name, texts[index]));
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(take(name)));
  const query = {};
  for (const { name, in: place, required, schema } of operation.parameters) {
    if (place !== "query") continue;
    const value = take(name);
    if (value !== undefined) query[name] = valueOf(name, schema, value);
    else if (required) throw usage(`${operation.id} needs --${kebab(name)}`);
  }
  let json;
  if (operation.body) {
    json = options.data ? await data(options.data) : undefined;
    for (const [name, value] of [...given]) {
      const { schema } = { schema: operation.body.members[name] };
      if (!schema && !options.param?.some((pair) => pair.startsWith(`${name}=`))) continue;
      json = { ...json, [name]: valueOf(name, schema, value) };
      given.delete(name);
    }
  }
  if (given.size > 0) throw usage(`${operation.id} has no --${[...given.keys()].map(kebab).join(", --")}`);
  return { path, query, json };
}

/** Calls an operation and prints its reply; `--all` takes every page of a list. */
export async function call(api, operation, words, options) {
  const { path, query, json } = await requestOf(operation, words, options);
  const { isPublic } = operation;
  const once = async (more) => {
    if (operation.body && !operation.body.media.endsWith("json")) {
      const body = json === undefined ? undefined : new URLSearchParams(json);
      const answer = await api.request(operation.verb, path, { query: { ...query, ...more }, body, isPublic });
      return answer.headers.get("content-type")?.includes("json") ? answer.json() : answer.text();
    }
    const body = json ?? (operation.body ? {} : undefined);
    return (await api.json(operation.verb, path, { query: { ...query, ...more }, json: body, isPublic })).value;
  };
  let reply = await once({});
  if (options.all) {
    const rows = [...listOf(reply) ?? []];
    for (let cursor = reply.cursor; cursor; cursor = reply.cursor) {
      reply = await once({ cursor });
      rows.push(...listOf(reply) ?? []);
    }
    reply = rows;
  }
  print(reply, options);
}

/** The commands, or those of a group with their options. */
export function help(operations, group) {
  const lines = [];
  if (!group) {
    const groups = new Map();
    for (const operation of operations) {
      const command = commandOf(operation);
      groups.set(command.group, [...groups.get(command.group) ?? [], command.verb]);
    }
    for (const [name, verbs] of [...groups].sort()) lines.push(`  ${name.padEnd(20)} ${verbs.join(", ")}`);
    return `${lines.join("\n")}\n`;
  }
  for (const operation of operations.filter(({ tag }) => tag === group)) {
    const { verb } = commandOf(operation);
    const segments = operation.path.match(/\{\w+\}/g)?.map((name) => `<${name.slice(1, -1)}>`) ?? [];
    lines.push(`iam ${[group, verb, ...segments].join(" ")}`, `    ${operation.summary} (${operation.who})`);
    for (const { name, in: place, description } of operation.parameters) {
      if (place === "query") lines.push(`    --${kebab(name)}  ${description ?? ""}`);
    }
    const names = Object.keys(operation.body?.members ?? {});
    if (names.length) lines.push(`    body: ${names.map((name) => `--${kebab(name)}`).join(" ")}`);
  }
  if (lines.length === 0) throw usage(`the server has no group ${group}`);
  return `${lines.join("\n")}\n`;
}
