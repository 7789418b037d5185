// Interim responses (1xx, RFC 9110 §15.2): the final response that follows one.
//
// workerd takes an interim response of a server for the final one, and what follows it for a body
// that ends with the connection. So the final response is read out of that body; the response to HEAD
// has none. Other runtimes pass interim responses over by themselves.

/** Bytes that the head of a response may have. */
const LONGEST_HEAD = 64 * 1024;

/** Header fields that concern the connection to the server only (RFC 9110 §7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade'];

export const isInterim = ({ status, webSocket }) => status >= 100 && status < 200 && !webSocket;

/** The final response to a request with `method`, of which `interim` is an interim response. */
export async function final(interim, method) {
  if (interim.status === 101 || interim.body === null) throw new Error('an interim response alone');
  const input = new Input(interim.body.getReader());
  try {
    for (;;) {
      const [line, ...fields] = await input.head();
      const [, digits, reason = ''] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(line) ?? [];
      const status = Number(digits);
      if (!(status >= 200 && status <= 599)) {
        if (status >= 100 && status < 200 && status !== 101) continue;
        throw new Error(`no final response after ${interim.status}`);
      }
      const headers = new Headers();
      for (const field of fields) {
        const colon = field.indexOf(':');
        headers.append(field.slice(0, colon), field.slice(colon + 1).trim());
      }
      return assembled(input, { status, statusText: reason, headers }, method);
    }
  } catch (error) {
    input.end();
    throw error;
  }
}

/** The response of that head and the body that follows it (RFC 9112 §6.3). */
function assembled(input, { headers, ...init }, method) {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  for (const name of HOP_BY_HOP) headers.delete(name);
  if (method === 'HEAD' || init.status === 204 || init.status === 205 || init.status === 304) {
    input.end();
    return new Response(null, { ...init, headers });
  }
  let stream = new IdentityTransformStream();
  let chunks;
  if (coding !== null) {
    if (coding.trim().toLowerCase() !== 'chunked') throw new Error(`transfer coding ${coding}`);
    headers.delete('content-length');
    chunks = chunked(input);
  } else if (length !== null) {
    if (!/^\d+$/.test(length)) throw new Error(`content length ${length}`);
    stream = new FixedLengthStream(Number(length));
    chunks = input.bytes(Number(length));
  } else {
    chunks = input.bytes(Infinity);
  }
  pump(chunks, stream.writable.getWriter(), input);
  // The content coding is the server's: the platform must not apply it again.
  const encodeBody = headers.has('content-encoding') ? 'manual' : 'automatic';
  return new Response(stream.readable, { ...init, headers, encodeBody });
}

async function pump(chunks, writer, input) {
  try {
    for await (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
  } finally {
    input.end();
  }
}

/** The content of a chunked body (RFC 9112 §7.1), without extensions and trailers. */
async function* chunked(input) {
  for (;;) {
    const line = await input.line();
    const [, digits] = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
    if (digits === undefined) throw new Error('malformed chunk');
    const size = Number.parseInt(digits, 16);
    if (size === 0) return;
    yield* input.bytes(size);
    if (await input.line() !== '') throw new Error('malformed chunk');
  }
}

/** The bytes that a reader reads, by lines and by numbers of bytes. */
class Input {
  #reader;
  #rest = new Uint8Array();
  #decoder = new TextDecoder();

  constructor(reader) {
    this.#reader = reader;
  }

  /** Reads more; whether there was more. */
  async #more() {
    const { done, value } = await this.#reader.read();
    if (done) return false;
    const joined = new Uint8Array(this.#rest.length + value.length);
    joined.set(this.#rest);
    joined.set(value, this.#rest.length);
    this.#rest = joined;
    return true;
  }

  async line() {
    for (let from = 0; ;) {
      const end = this.#rest.indexOf(10, from);
      if (end >= 0) {
        const line = this.#decoder.decode(this.#rest.subarray(0, end));
        this.#rest = this.#rest.subarray(end + 1);
        return line.endsWith('\r') ? line.slice(0, -1) : line;
      }
      from = this.#rest.length;
      if (from > LONGEST_HEAD || !await this.#more()) throw new Error('no whole line');
    }
  }

  /** The lines of a head, up to the empty line after it. */
  async head() {
    const lines = [];
    let length = 0;
    for (;;) {
      const line = await this.line();
      if (line === '') return lines;
      length += line.length;
      if (length > LONGEST_HEAD) throw new Error('the head is too long');
      lines.push(line);
    }
  }

  /** The next `count` bytes, or all that there are if that is `Infinity`. */
  async* bytes(count) {
    while (count > 0) {
      if (this.#rest.length === 0 && !await this.#more()) {
        if (count === Infinity) return;
        throw new Error('the body ended early');
      }
      const part = this.#rest.subarray(0, Math.min(count, this.#rest.length));
      this.#rest = this.#rest.subarray(part.length);
      count -= part.length;
      if (part.length > 0) yield part;
    }
  }

  /** Gives up what is not read; the connection is closed. */
  end() {
    this.#reader.cancel().catch(() => {});
  }
}
