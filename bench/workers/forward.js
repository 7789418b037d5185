// (E) Only forwards the untouched request: the ceiling of any gateway on this platform.
export default {
  fetch(request, env) {
    return env.ECHO.fetch(request);
  },
};
