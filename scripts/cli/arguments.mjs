// The command line: words, and options as `--name value`, `--name=value` or `--flag`.
import { usage } from "./errors.mjs";

const FLAGS = new Set(["json", "all", "help", "dry-run", "follow", "secrets", "convert-only"]);
const REPEATED = new Set(["param", "organization"]);

/** The words and the options; an option that may be repeated has a list. */
export function parse(values) {
  const words = [];
  const options = {};
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (value === "--") {
      words.push(...values.slice(index + 1));
      break;
    }
    if (!value.startsWith("--")) {
      words.push(value);
      continue;
    }
    const [name, ...rest] = value.slice(2).split("=");
    let text = rest.join("=");
    if (rest.length === 0) {
      if (FLAGS.has(name)) text = true;
      else if (index + 1 < values.length) text = values[index += 1];
      else throw usage(`--${name} needs a value`);
    }
    if (REPEATED.has(name)) (options[name] ??= []).push(text);
    else if (Object.hasOwn(options, name)) throw usage(`--${name} is given twice`);
    else options[name] = text;
  }
  return { words, options };
}

export const camel = (text) => text.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
export const kebab = (text) => text.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
