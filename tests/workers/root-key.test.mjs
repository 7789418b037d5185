// A rotation of the root key (docs/OPERATIONS.md, "Rotations"): while the two workers have changed it
// and not changed it, each accepts what the other makes (issue 10, fault 12).
import assert from "node:assert/strict";
import { test } from "node:test";
import { newRootKey } from "../../scripts/local/pair.mjs";
import { startWorld } from "../support/world.mjs";

const before = newRootKey();
const after = newRootKey();
const OLD = { ROOT_KEY: before, ROOT_KEY_PREVIOUS: after }; // step 1
const NEW = { ROOT_KEY: after, ROOT_KEY_PREVIOUS: before }; // steps 2 and 3

for (const [step, edge, origin] of [
  ["step 1: both workers know the new key", OLD, OLD],
  ["step 2: the origin makes with the new key, the edge with the old one", OLD, NEW],
  ["the edge before the origin", NEW, OLD],
]) {
  test(step, async () => {
    const world = await startWorld({ rootKey: before, edge: { bindings: edge }, origin: { bindings: origin } });
    try {
      // The hop to the origin, whose MAC is made under the edge's key; a signing key, sealed under the origin's.
      const { access_token: token } = await world.tokens();
      assert.equal((await world.as(token, "/v1/echo/x")).status, 200);
      // An API key, whose MAC is made under the origin's key and checked at the edge.
      assert.equal((await world.as(world.key(), "/v1/echo/x")).status, 200);
      assert.equal((await world.as(world.key(), "/v1/iam/users")).status, 200);
    } finally {
      await world.close();
    }
  });
}

test("a worker that does not know the other's key refuses what it makes: the order matters", async () => {
  const world = await startWorld({ rootKey: before, origin: { bindings: NEW } });
  try {
    assert.equal((await world.as(world.key(), "/v1/echo/x")).status, 401);
  } finally {
    await world.close();
  }
});
