// A raw TCP server that performs a script per connection, for faults below HTTP that the simulator does not know.

/** One step of a connection's script. */
export type FaultStep =
  /** Wait for a whole request head, for a head and its content-length body, or for a number of bytes. */
  | { readonly recv: "headers" | "body" | number }
  | { readonly delay: number }
  /** Take nothing more from the socket: the client's writes fill the system's buffers and stop. */
  | { readonly deaf: true }
  /** Bytes as they are; with `slice` in writes of that many bytes, each in its own turn of the event loop. */
  | { readonly write: string | Uint8Array; readonly slice?: number }
  /** The same as one chunk of chunked transfer encoding; `""` is the last chunk. */
  | { readonly chunk: string | Uint8Array }
  /** Hold the connection open until the client leaves or the server stops. */
  | { readonly stall: true }
  | { readonly fin: true }
  | { readonly rst: true };

/** What one connection saw. */
export interface FaultConnection {
  readonly number: number;
  readonly openedAt: number;
  /** Everything received, as latin1 text. */
  received: string;
  bytesSent: number;
  closedAt: number | undefined;
  /** The client closed or reset before the script was through. */
  closedEarly: boolean;
}

/** A running fault server. */
export interface FaultServer {
  readonly url: string;
  readonly port: number;
  readonly connections: readonly FaultConnection[];
  /** Requests seen: heads received over all connections. */
  readonly requestCount: number;
  stop(): void;
}

/** Gives the script of the n-th connection, from 0. A script that ends without fin, rst or stall leaves the socket open. */
export type FaultScript = (connection: number) => readonly FaultStep[];

const HEAD_END = "\r\n\r\n";

/** Starts a fault server on a free port of 127.0.0.1. */
export function startFaultServer(script: FaultScript): FaultServer {
  const connections: FaultConnection[] = [];
  const players = new Set<Player>();
  const listener = Bun.listen<Player>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.setNoDelay(true);
        const entry: FaultConnection = {
          number: connections.length,
          openedAt: performance.now(),
          received: "",
          bytesSent: 0,
          closedAt: undefined,
          closedEarly: false,
        };
        connections.push(entry);
        socket.data = new Player(socket, entry, script(entry.number));
        players.add(socket.data);
        void socket.data.play();
      },
      data: (socket, bytes) => socket.data.receive(bytes.toString("latin1")),
      drain: (socket) => socket.data.wake(),
      close(socket) {
        socket.data.closed();
        players.delete(socket.data);
      },
      // A client's reset: `close` follows and notes it.
      error: () => undefined,
    },
  });
  return {
    url: `http://127.0.0.1:${listener.port}`,
    port: listener.port,
    connections,
    get requestCount() {
      return connections.reduce((total, each) => total + each.received.split(HEAD_END).length - 1, 0);
    },
    stop() {
      listener.stop(true);
      for (const player of players) player.terminate();
    },
  };
}

type RawSocket = Parameters<NonNullable<Parameters<typeof Bun.listen<Player>>[0]["socket"]["open"]>>[0];

/** Plays one script on one socket. */
class Player {
  readonly #socket: RawSocket;
  readonly #entry: FaultConnection;
  readonly #steps: readonly FaultStep[];
  #taken = 0;
  #isClosed = false;
  #isDone = false;
  #wakers: (() => void)[] = [];

  constructor(socket: RawSocket, entry: FaultConnection, steps: readonly FaultStep[]) {
    this.#socket = socket;
    this.#entry = entry;
    this.#steps = steps;
  }

  async play(): Promise<void> {
    for (const step of this.#steps) {
      if (this.#isClosed) return;
      if ("recv" in step) await this.#untilReceived(step.recv);
      else if ("delay" in step) await Bun.sleep(step.delay);
      else if ("write" in step) await this.#write(toBytes(step.write), step.slice);
      else if ("chunk" in step) await this.#write(asChunk(toBytes(step.chunk)), undefined);
      else if ("deaf" in step) this.#socket.pause();
      else if ("stall" in step) return;
      else {
        this.#isDone = true;
        if ("rst" in step) this.#socket.terminate();
        else this.#socket.end();
        return;
      }
    }
    this.#isDone = true;
  }

  receive(text: string): void {
    this.#entry.received += text;
    this.wake();
  }

  wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const waker of wakers) waker();
  }

  closed(): void {
    this.#isClosed = true;
    this.#entry.closedAt = performance.now();
    this.#entry.closedEarly = !this.#isDone;
    this.wake();
  }

  terminate(): void {
    if (!this.#isClosed) this.#socket.terminate();
  }

  async #untilReceived(what: "headers" | "body" | number): Promise<void> {
    for (;;) {
      const rest = this.#entry.received.slice(this.#taken);
      const length = wholeLength(rest, what);
      if (length !== undefined) {
        this.#taken += length;
        return;
      }
      if (this.#isClosed) return;
      await this.#woken();
    }
  }

  async #write(bytes: Uint8Array, slice: number | undefined): Promise<void> {
    const size = slice ?? Math.max(1, bytes.length);
    for (let at = 0; at < bytes.length; at += size) {
      let part = bytes.subarray(at, at + size);
      while (part.length > 0 && !this.#isClosed) {
        const written = Math.max(0, this.#socket.write(part));
        this.#entry.bytesSent += written;
        part = part.subarray(written);
        if (part.length > 0) await this.#woken();
      }
      if (slice !== undefined) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => this.#wakers.push(resolve));
  }
}

/** Length of what a `recv` step waits for at the start of `text`; undefined while it is not all there. */
function wholeLength(text: string, what: "headers" | "body" | number): number | undefined {
  if (typeof what === "number") return text.length >= what ? what : undefined;
  const end = text.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const headLength = end + HEAD_END.length;
  if (what === "headers") return headLength;
  const length = Number(/\r\ncontent-length:\s*(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length >= headLength + length ? headLength + length : undefined;
}

function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? Buffer.from(value) : value;
}

function asChunk(bytes: Uint8Array): Uint8Array {
  const end = bytes.length === 0 ? "\r\n" : "";
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from(bytes.length === 0 ? end : "\r\n"),
  ]);
}
