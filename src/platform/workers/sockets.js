// What wasm needs of the modules `cloudflare:sockets` and `cloudflare:email`. They are loaded when they
// are first needed.

/** A connection: `read()`, `write(bytes)`, `startTls()`, `close()`. */
export async function open_socket(hostname, port, tls) {
  const { connect } = await import('cloudflare:sockets');
  const secureTransport = { now: 'on', later: 'starttls', never: 'off' }[tls];
  const socket = connect({ hostname, port }, { secureTransport, allowHalfOpen: false });
  const connection = new Connection(socket, hostname);
  await connection.opened;
  return connection;
}

class Connection {
  #socket;
  #reader;
  #writer;
  #hostname;

  constructor(socket, hostname) {
    this.#hostname = hostname;
    this.#use(socket);
  }

  #use(socket) {
    this.#socket = socket;
    this.opened = socket.opened;
    socket.closed.catch(() => {}); // reads and writes tell of it
    this.#reader = socket.readable.getReader();
    this.#writer = socket.writable.getWriter();
  }

  /** The bytes that come next; none if the other side has closed. */
  async read() {
    const { done, value } = await this.#reader.read();
    return done ? new Uint8Array() : new Uint8Array(value);
  }

  write(bytes) {
    return this.#writer.write(bytes);
  }

  async startTls() {
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    this.#use(this.#socket.startTls({ expectedServerHostname: this.#hostname }));
    await this.opened;
  }

  close() {
    this.#socket.close().catch(() => {});
  }
}

/** Sends `raw`, an e-mail as RFC 5322 has it, over a `send_email` binding. */
export async function send_email(binding, from, to, raw) {
  const { EmailMessage } = await import('cloudflare:email');
  await binding.send(new EmailMessage(from, to, raw));
}
