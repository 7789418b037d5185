// Calls of the API, as its OpenAPI document describes them.
import { Failure } from "./errors.mjs";
import { credential, reach, serverOf } from "./session.mjs";
import { readDocument, writeDocument } from "./store.mjs";

const LATE = new Set([502, 503, 504]);

export class Api {
  static async open(options) {
    const server = await serverOf(options);
    return new Api(server, options);
  }

  constructor(server, options) {
    Object.assign(this, { server, options });
  }

  /** The OpenAPI document; kept, and asked for again only if it has changed. */
  async document() {
    if (this.known) return this.known;
    const kept = await readDocument(this.server);
    const answer = await reach(`${this.server}/v1/iam/openapi.json`, {
      headers: kept ? { "if-none-match": kept.etag } : {},
    });
    if (answer.status === 304) return this.known = kept.document;
    if (!answer.ok) throw new Failure(`${this.server} serves no OpenAPI document: ${answer.status}`, 4);
    const document = await answer.json();
    const etag = answer.headers.get("etag");
    if (etag) await writeDocument(this.server, { etag, document });
    return this.known = document;
  }

  /** Every operation: `{ id, verb, path, tag, summary, who, parameters, body }`. */
  async operations() {
    const document = await this.document();
    return Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([verb, operation]) => ({
        id: operation.operationId, verb: verb.toUpperCase(), path, tag: operation.tags?.[0] ?? "",
        summary: operation.summary ?? "", who: operation["x-who"] ?? "",
        parameters: operation.parameters ?? [], body: this.#body(document, operation),
        isPublic: (operation.security ?? []).length === 0,
      })));
  }

  /** The media type of a body, whether it must be there, and the schemas of its members. */
  #body(document, operation) {
    const content = Object.entries(operation.requestBody?.content ?? {});
    if (content.length === 0) return undefined;
    const [media, { schema }] = content.find(([name]) => name.endsWith("json")) ?? content[0];
    return { media, schema, members: members(document, schema) };
  }

  async operation(id) {
    const found = (await this.operations()).find((operation) => operation.id === id);
    if (!found) throw new Failure(`the server has no operation ${id}`, 2);
    return found;
  }

  /** Calls a path, again if the server is late with what can be repeated; the failure has the server's reason. */
  async request(verb, path, { query = {}, headers = {}, body, isPublic = false } = {}) {
    const url = new URL(path, this.server);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const token = isPublic ? undefined : await credential(this.options, this.server);
    const authorization = token ? { authorization: `Bearer ${token}` } : {};
    for (let attempt = 0; ; attempt += 1) {
      const answer = await reach(url, { method: verb, headers: { ...authorization, ...headers }, body });
      if (answer.ok) return answer;
      if (verb === "GET" && LATE.has(answer.status) && attempt < 2) continue;
      const text = await answer.text();
      throw new Failure(`${answer.status} ${reason(text)}`, code(answer.status));
    }
  }

  async json(verb, path, { json, ...rest } = {}) {
    const answer = await this.request(verb, path, {
      ...rest,
      ...(json !== undefined && { body: JSON.stringify(json), headers: { "content-type": "application/json", ...rest.headers } }),
    });
    const text = await answer.text();
    const value = text && answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
    // The older form of errors has status 200 (WIRE §4.5).
    if (value?.status === "error") throw new Failure(value.msg ?? "the server refuses", 1);
    return { value, headers: answer.headers };
  }
}

/** The names and schemas of the members that a schema allows. */
function members(document, schema, seen = new Set()) {
  const target = schema?.$ref?.replace("#/components/schemas/", "");
  if (target !== undefined) {
    if (seen.has(target)) return {};
    return members(document, document.components.schemas[target], new Set([...seen, target]));
  }
  const parts = [...(schema?.anyOf ?? []), ...(schema?.oneOf ?? []), ...(schema?.allOf ?? [])];
  return Object.assign({}, ...parts.map((part) => members(document, part, seen)), schema?.properties);
}

function reason(text) {
  try {
    const body = JSON.parse(text);
    return body.error_description ?? body.message ?? body.msg ?? body.error ?? text;
  } catch {
    return text.slice(0, 200);
  }
}

const code = (status) => (status === 401 ? 3 : status >= 500 ? 4 : 1);
