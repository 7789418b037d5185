// The worker: `SERVICE` is set by scripts/build, and the other service is left out.

import edge from './edge.js';
import origin from './origin.js';

export default SERVICE === 'edge' ? edge : origin;
