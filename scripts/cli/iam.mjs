// The command line of the API: a few commands of its own, and one for each operation of the server.
import { parse } from "./arguments.mjs";
import { Api } from "./api.mjs";
import { call, help, operationOf } from "./commands.mjs";
import { run, usage } from "./errors.mjs";
import { plain, print } from "./output.mjs";
import { login, logout } from "./session.mjs";
import { complete, exportTo, importFrom, linesOf } from "./transfer.mjs";

const USAGE = `usage: iam COMMAND [OPTION]…

  login [--server URL] [--client ID]    signs in by the device flow
  logout                                forgets the sign-in and revokes it
  whoami                                shows whose credential is used
  roles grant ROLE USER                 gives a role (owner/name) to a user (owner/name)
  roles revoke ROLE USER                takes it back
  audit tail [--owner ORG] [--follow]   shows the latest entries of the audit trail
  export ORG [--output FILE]            exports an organization as NDJSON; --secrets: with digests
  import ORG FILE                       imports it; --existing update, --dry-run, --from LINE
  call OPERATION [WORD]…                calls an operation by its id; --param name=value, --data JSON|@FILE|-
  help [GROUP]                          lists the commands of the server
  GROUP VERB [WORD]… [--member VALUE]…  calls an operation: \`users list --owner acme\`

options: --server URL (IAM_SERVER), --token KEY (IAM_TOKEN), --json, --columns a,b, --all (every page)
exit codes: 1 refused, 2 wrong command line, 3 not signed in, 4 no answer or a failure
`;

run("iam", async (values) => {
  const { words, options } = parse(values);
  const [command, ...rest] = words;
  if (!command || (options.help && !command)) {
    process.stdout.write(USAGE);
    return options.help ? 0 : 2;
  }
  if (command === "login") return login(options);
  if (command === "logout") return logout(options);
  const api = await Api.open(options);
  if (command === "help" || options.help) {
    const group = command === "help" ? rest[0] : command;
    if (!group) process.stdout.write(`${USAGE}\ncommands of ${api.server}:\n`);
    process.stdout.write(help(await api.operations(), group));
    return 0;
  }
  const own = OWN[`${command} ${rest[0]}`];
  if (own) return own(api, rest.slice(1), options);
  if (OWN[command]) return OWN[command](api, rest, options);
  const operation = operationOf(await api.operations(), command, rest[0]);
  if (!operation) throw usage(`there is no command ${plain(words.join(" "))}: \`iam help\` lists them`);
  return call(api, operation, rest.slice(1), options);
});

function take(words, ...names) {
  if (words.length !== names.length) throw usage(`needs ${names.join(" and ")}`);
  return words;
}

const OWN = {
  async whoami(api, _, options) {
    print((await api.json("GET", "/v1/iam/whoami")).value, options);
  },

  async call(api, [id, ...words], options) {
    if (!id) throw usage("needs an operation id");
    await call(api, await api.operation(id), words, options);
  },

  "roles grant": (api, words, options) => membership(api, words, options, (users, user) => [...users.filter((it) => it !== user), user]),
  "roles revoke": (api, words, options) => membership(api, words, options, (users, user) => users.filter((it) => it !== user)),

  async "audit tail"(api, words, options) {
    take(words);
    const query = { limit: options.limit ?? "20", ...(options.owner && { owner: options.owner }) };
    let last = 0;
    do {
      const { value } = await api.json("GET", "/v1/iam/audit-logs", { query });
      const entries = value.auditLogs.filter(({ number, name }) => Number(number ?? name) > last).reverse();
      for (const entry of entries) {
        last = Math.max(last, Number(entry.number ?? entry.name));
        const { createdTime, action, actor, kind, object, name } = entry;
        const who = actor?.name || actor?.subject || "-";
        process.stdout.write(options.json ? `${JSON.stringify(entry)}\n` : `${[createdTime, who, action, kind, object ?? name].map(plain).join("  ")}\n`);
      }
      if (options.follow) await new Promise((resolve) => setTimeout(resolve, 2000));
    } while (options.follow);
  },

  async export(api, words, options) {
    const [name] = take(words, "an organization");
    await exportTo(api, name, options);
  },

  async import(api, words, options) {
    const [name, file] = take(words, "an organization", "a file");
    const from = Number(options.from ?? 1);
    if (!Number.isInteger(from) || from < 1) throw usage("--from must be the number of a line");
    const total = await importFrom(api, name, complete(linesOf(file)), { from, existing: options.existing, dryRun: options["dry-run"] });
    print(total, options);
    return total.refused > 0 ? 1 : 0;
  },
};

/** Changes the users of a role as they were read: another administrator's change in between is not lost. */
async function membership(api, words, options, change) {
  const [role, user] = take(words, "a role", "a user");
  const [owner, name] = role.split("/");
  if (!name || !user.includes("/")) throw usage("a role and a user are owner/name");
  const path = `/v1/iam/roles/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
  const { value, headers } = await api.json("GET", path);
  const users = change(value.role?.users ?? value.users ?? [], user);
  const etag = headers.get("etag");
  const changed = await api.json("PATCH", path, {
    json: { users }, headers: { "content-type": "application/merge-patch+json", ...(etag && { "if-match": etag }) },
  });
  print(changed.value, options);
}
