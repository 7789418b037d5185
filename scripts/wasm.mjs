// Reads the functions of a WebAssembly module (WebAssembly Core, sections 5.5 and 7.4).
import assert from "node:assert/strict";

/** The code of the functions of `module`, the names that it gives them by index, and how many are imported. */
export function read(module) {
  let at = 8;
  const number = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = module[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const chunk = () => {
    const size = number();
    at += size;
    return module.subarray(at - size, at);
  };
  const [functions, names] = [[], new Map()];
  let imported = 0;
  while (at < module.length) {
    const section = module[at++];
    const size = number();
    const end = at + size;
    if (section === 2) {
      for (let left = number(); left > 0; left--) {
        chunk(), chunk();
        assert.equal(module[at++], 0, "an import that is no function");
        number();
        imported += 1;
      }
    } else if (section === 10) {
      for (let left = number(); left > 0; left--) functions.push(chunk());
    } else if (section === 0 && chunk().toString() === "name") {
      while (at < end) {
        const kind = module[at++];
        const size = number();
        const after = at + size;
        if (kind === 1) for (let left = number(); left > 0; left--) names.set(number(), chunk().toString());
        at = after;
      }
    }
    at = end;
  }
  return { functions, names, imported };
}
