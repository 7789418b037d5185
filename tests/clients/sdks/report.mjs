// Tries the calls of an SDK and prints one outcome a line, as JSON: `{call, outcome, text}`.

/** The world that the calls run against (`sdks.test.mjs`). */
export const WORLD = JSON.parse(process.env.WORLD);
export const user = (name) => WORLD.users.find((one) => one.name === name);
export const tried = new Set();

/** Runs the call; it works if it returns what `check` accepts. Returns the result, or nothing. */
export async function call(name, run, check = () => true) {
  tried.add(name);
  let result;
  try {
    result = await run();
  } catch (error) { // every error of the SDK is an outcome
    const { msg, error_description: description } = error.response?.data ?? {};
    print(name, "refused", msg ?? description ?? error.message);
    return undefined;
  }
  // Casdoor's clients return a failure in the envelope as it is.
  const failure = result?.data?.status === "error" ? result.data : result?.status === "error" ? result : undefined;
  if (failure) print(name, "refused", failure.msg);
  else if (await isFine(check, result)) print(name, "works", "");
  else print(name, "misshapen", JSON.stringify(result?.data ?? result));
  return result;
}

/** Whether the server has the page of a URL; the failure says what it answers. */
export async function served(url) {
  const answer = await fetch(url);
  if (!answer.ok || !answer.url.startsWith(WORLD.base)) throw new Error(`${answer.status} ${await answer.text()}`);
  return true;
}

async function isFine(check, result) {
  try {
    return await check(result);
  } catch {
    return false;
  }
}

function print(call, outcome, text) {
  console.log(JSON.stringify({ call, outcome, text: `${text}`.replace(/\s+/g, " ").slice(0, 300) }));
}

/** Reports the public methods of `client` that were not tried. */
export function allTried(client, without = []) {
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(client)).sort()) {
    if (name !== "constructor" && !tried.has(name) && !without.includes(name)) print(name, "untried", "");
  }
}
