// The peer of `scripts/bench signin`: npm `better-auth` on Node, with its default password hash (scrypt) and
// sessions in SQLite in memory. Listens on a free port, which it sends to its parent.
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";

const server = createServer();
await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
const { port } = server.address();
const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: process.env.SECRET,
  database: new DatabaseSync(":memory:"),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  logger: { level: "error" },
  telemetry: { enabled: false },
};
await (await getMigrations(options)).runMigrations();
server.on("request", toNodeHandler(betterAuth(options)));
process.send({ port });
process.on("disconnect", () => process.exit());
