// forward-only: forwards the request as it is, the ceiling of any gateway on this platform.
export default {
  fetch(request, env) {
    return env.ECHO.fetch(request);
  },
};
