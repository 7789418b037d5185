// Replies as text: a table of a list, lines of an object, or JSON.

/** Columns of a table, as far as the objects have them. */
const PREFERRED = [
  "id", "time", "owner", "name", "organization", "displayName", "user", "email", "action", "operation", "kind", "object",
  "actor", "role", "type", "state", "isAdmin", "clientId", "scope", "createdTime",
];
const MOST = 7;

/** Text without control characters: a name must not move the cursor of the terminal that shows it. */
export const plain = (value) => {
  const text = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
};

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The list in a reply: the reply itself, or the one member that is a list of objects. */
export function listOf(reply) {
  if (Array.isArray(reply)) return reply;
  if (!isObject(reply)) return undefined;
  const lists = Object.values(reply).filter((value) => Array.isArray(value) && value.every(isObject));
  // An object has lists among its other members; the reply of a list has little else.
  return lists.length === 1 && !("name" in reply && "owner" in reply) ? lists[0] : undefined;
}

export function table(rows, columns) {
  if (rows.length === 0) return "";
  const has = (name) => rows.some((row) => row[name] !== undefined && row[name] !== "" && row[name] !== null);
  const known = PREFERRED.filter((name) => has(name) && !(name === "id" && rows.every((row) => row.name)));
  const all = [...new Set(rows.flatMap(Object.keys))].filter(has);
  const shown = (columns ?? (known.length ? known : all)).slice(0, columns ? undefined : MOST);
  const cells = [shown, ...rows.map((row) => shown.map((name) => plain(row[name]).slice(0, 60)))];
  const widths = shown.map((_, index) => Math.max(...cells.map((line) => [...line[index]].length)));
  const written = cells.map((line) => line.map((cell, index) => cell + " ".repeat(widths[index] - [...cell].length)).join("  ").trimEnd());
  return `${written.join("\n")}\n`;
}

const lines = (object) => {
  const names = Object.keys(object);
  const width = Math.max(...names.map((name) => name.length), 0);
  return names.map((name) => `${plain(name).padEnd(width)}  ${plain(object[name])}\n`).join("");
};

/** Prints a reply. */
export function print(reply, { json = false, columns } = {}) {
  if (reply === "" || reply === undefined) return;
  if (json) {
    process.stdout.write(`${JSON.stringify(reply, null, 2)}\n`);
    return;
  }
  const list = listOf(reply);
  if (list) process.stdout.write(table(list, columns?.split(",")));
  else if (isObject(reply)) process.stdout.write(lines(reply));
  else process.stdout.write(`${plain(reply)}\n`);
}
