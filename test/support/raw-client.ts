// A client below HTTP: sends bytes, keeps every read apart, and tells a proper close from a reset.

/** What one raw connection got. */
export interface RawAnswer {
  /** Every read by itself. */
  readonly reads: readonly Buffer[];
  readonly bytes: Buffer;
  /** All bytes as UTF-8 text; characters that chunk framing cuts apart are lost in it. */
  readonly text: string;
  /** How it ended: closed by the server, reset, or left by us when the time was over or `until` was met. */
  readonly ended: "fin" | "rst" | "open";
}

/** When to leave a connection that the server keeps open. */
export interface RawOptions {
  /** Default 2,000. */
  readonly timeoutMs?: number;
  /** Leave once the text so far satisfies this. */
  readonly until?: (text: string) => boolean;
}

/** Sends bytes on a new connection to 127.0.0.1 and gathers the answer. */
export function rawExchange(port: number, bytes: string | Uint8Array, options: RawOptions = {}): Promise<RawAnswer> {
  return rawExchangeAt("127.0.0.1", port, bytes, options);
}

/** As `rawExchange`, to another address of this machine. */
export async function rawExchangeAt(
  hostname: string,
  port: number,
  bytes: string | Uint8Array,
  options: RawOptions = {},
): Promise<RawAnswer> {
  const reads: Buffer[] = [];
  const text = (): string => Buffer.concat(reads).toString("utf8");
  const { promise, resolve } = Promise.withResolvers<RawAnswer["ended"]>();
  const timer = setTimeout(() => resolve("open"), options.timeoutMs ?? 2000);
  let rest: Uint8Array = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  const push = (socket: Bun.Socket<undefined>): void => {
    const written = socket.write(rest);
    rest = rest.subarray(Math.max(0, written));
  };
  const socket = await Bun.connect({
    hostname,
    port,
    socket: {
      open: push,
      drain: (each) => (rest.length > 0 ? push(each) : undefined),
      data(_, chunk) {
        reads.push(Buffer.from(chunk));
        if (options.until?.(text())) resolve("open");
      },
      close: (_, error) => resolve(error === undefined || error === null ? "fin" : "rst"),
      error: () => resolve("rst"),
    },
  });
  const ended = await promise;
  clearTimeout(timer);
  socket.terminate();
  return { reads, bytes: Buffer.concat(reads), text: text(), ended };
}

/** A request as text. Extra headers are whole lines. */
export function rawRequest(path: string, body: unknown, headers: readonly string[] = []): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const lines = [
    "host: localhost",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(text)}`,
    ...headers,
  ];
  return `POST ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${text}`;
}

/** An answer taken apart. */
export interface SplitAnswer {
  readonly status: number;
  readonly head: string;
  /** Chunked encoding undone. */
  readonly body: string;
  /** Whether the HTTP message was complete. */
  readonly isWhole: boolean;
}

/** An answer's head and body. Throws when the chunk framing is broken. */
export function splitAnswer({ bytes }: Pick<RawAnswer, "bytes">): SplitAnswer {
  const end = bytes.indexOf("\r\n\r\n");
  const head = bytes.toString("utf8", 0, Math.max(0, end));
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
  const rest = bytes.subarray(end + 4);
  if (!/transfer-encoding: chunked/i.test(head)) {
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    return { status, head, body: rest.toString("utf8"), isWhole: Number.isNaN(length) || rest.length >= length };
  }
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf("\r\n", at);
    const size = lineEnd < 0 ? -1 : Number.parseInt(rest.toString("latin1", at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error(`chunk size expected at byte ${at} of the body`);
    if (size <= 0) return { status, head, body: Buffer.concat(parts).toString("utf8"), isWhole: size === 0 };
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
