// Orders the functions of a WebAssembly module so that it compresses well.
//
//     node scripts/order.mjs MODULE
//
// gzip finds again what it has seen within 32 KB. What the compiler makes of a generic function is much the same for
// every type, but anywhere in the module. Here each function is followed by the one that has most in common with those
// before it. They are given names in that order, by which `wasm-opt --reorder-functions-by-name` then sorts them.
import { readFileSync, writeFileSync } from "node:fs";
import { read } from "./wasm.mjs";

/** How far gzip looks back, in bytes. */
const WINDOW = 32 * 1024;
/** The length of the sequences of bytes that are compared. */
const LENGTH = 8;
/** A sequence that more functions have is soon seen again in any order. */
const COMMON = 2000;

const [file] = process.argv.slice(2);
const module = readFileSync(file);
const { functions, imported } = read(module);
const names = ordered(functions).map((index, place) => [index + imported, `f${String(place).padStart(8, "0")}`]);
names.sort(([a], [b]) => a - b);
const listed = [number(names.length), ...names.flatMap(([index, name]) => [number(index), sized(Buffer.from(name))])];
const content = [sized(Buffer.from("name")), Buffer.of(1), sized(Buffer.concat(listed))];
writeFileSync(file, Buffer.concat([module, Buffer.of(0), sized(Buffer.concat(content))]));

/** The indices of `functions`, in the order in which they compress well. */
function ordered(functions) {
  const sequences = shared(functions);
  const owners = []; // the functions that have a sequence
  sequences.forEach((own, index) => own.forEach((sequence) => (owners[sequence] ??= []).push(index)));

  const seen = new Int32Array(owners.length); // how often a sequence is in the window
  const known = new Int32Array(functions.length); // how many sequences of a function are in the window
  const enter = (index) => {
    for (const sequence of sequences[index]) if (seen[sequence]++ === 0) for (const owner of owners[sequence]) known[owner]++;
  };
  const leave = (index) => {
    for (const sequence of sequences[index]) if (--seen[sequence] === 0) for (const owner of owners[sequence]) known[owner]--;
  };
  // With its length itself, small functions would come first, and with their few bytes the large ones would be spread.
  const weights = functions.map((code) => 1 / Math.sqrt(code.length + 20));
  const left = new Set(functions.keys());
  const order = [];
  let [first, size] = [0, 0]; // of the window
  while (left.size > 0) {
    let [next, best] = [-1, -1];
    for (const index of left) {
      const weight = known[index] * weights[index];
      if (weight > best) [next, best] = [index, weight];
    }
    left.delete(next);
    order.push(next);
    enter(next);
    size += functions[next].length;
    for (; size > WINDOW && first < order.length - 1; first++) {
      leave(order[first]);
      size -= functions[order[first]].length;
    }
  }
  return order;
}

/** Of each function the sequences of bytes that others have too, as numbers. */
function shared(functions) {
  const numbers = new Map(); // by a hash: that two sequences have one by chance does no harm
  const counts = [];
  const all = functions.map((code) => {
    const own = new Set();
    for (let end = LENGTH; end <= code.length; end++) {
      let hash = 0;
      for (let at = end - LENGTH; at < end; at++) hash = Math.imul(hash ^ code[at], 0x01000193) + 0x811c9dc5;
      let sequence = numbers.get(hash);
      if (sequence === undefined) numbers.set(hash, (sequence = counts.push(0) - 1));
      if (!own.has(sequence)) counts[sequence]++;
      own.add(sequence);
    }
    return own;
  });
  return all.map((own) => [...own].filter((sequence) => counts[sequence] > 1 && counts[sequence] <= COMMON));
}

/** `bytes` after their number. */
function sized(bytes) {
  return Buffer.concat([number(bytes.length), bytes]);
}

/** `value` as LEB128 (WebAssembly Core, section 5.2.2). */
function number(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.of(...bytes, value);
}
