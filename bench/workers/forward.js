// (a) Only forwards: what a Worker in front of the upstream costs at the least.
export default {
  fetch(request, env) {
    return env.ECHO.fetch(request);
  },
};
