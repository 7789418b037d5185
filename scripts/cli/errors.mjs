// Why a command fails, and its exit code.

/** 1: the server refuses; 2: the command line is wrong; 3: not signed in; 4: no answer, or a failure. */
export class Failure extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

export const usage = (message) => new Failure(message, 2);

/** Runs a command, prints its failure, and sets the exit code. */
export async function run(name, main) {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : 4));
  try {
    process.exitCode = await main(process.argv.slice(2)) ?? 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = error.code;
  }
}
