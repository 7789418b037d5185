// A worker whose `GET /memory` returns the bytes of its WebAssembly memory, which never shrinks.
import { instances } from './instances.js';
import worker from './index.js';

export default {
  ...worker,
  fetch(request, env, context) {
    if (new URL(request.url).pathname !== '/memory') return worker.fetch(request, env, context);
    return Response.json(instances.reduce((sum, { exports }) => sum + exports.memory.buffer.byteLength, 0));
  },
};
