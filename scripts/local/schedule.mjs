// The schedule of the origin on this machine, in place of the cron trigger of wrangler.origin.toml.

/**
 * Calls `run` every minute, and skips a call while the one before is still running. `failed` is called with the error
 * of a call. Returns the function that stops it; the result of a call that is still running is then ignored.
 */
export function everyMinute(run, failed, interval = 60_000) {
  let running = false;
  let stopped = false;
  const timer = setInterval(async () => {
    if (running) return;
    running = true;
    try {
      await run();
    } catch (error) {
      if (!stopped) failed(error);
    } finally {
      running = false;
    }
  }, interval);
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
