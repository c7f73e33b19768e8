// For this folder's tests only: raw servers that play a script, and an exchange whose calls are recorded.

import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Exchange, ResponseHead, Transport, TransportFailure, TransportRequest } from "../transport.ts";

const FIXTURES = `${import.meta.dir}/__fixtures__/`;

/** PEM of the authority that signed all test certificates. */
export const TEST_CA = readFileSync(`${FIXTURES}ca.pem`, "utf8");

/** Key and certificate for a server. */
export function testCertificate(name: "localhost" | "expired" | "wrong-name"): { key: string; cert: string } {
  return {
    key: readFileSync(`${FIXTURES}${name}.key.pem`, "utf8"),
    cert: readFileSync(`${FIXTURES}${name}.pem`, "utf8"),
  };
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** Connections accepted so far, in order. */
  readonly sockets: readonly Socket[];
  url(path?: string): URL;
}

/** A raw TCP server; `onConnection` gets each socket and its number, from 0. */
export async function listenRaw(onConnection: (socket: Socket, index: number) => void): Promise<ScriptedServer> {
  return listening(createServer(), "connection", "http", onConnection);
}

/** The same behind TLS; connections that fail their handshake are not seen. */
export async function listenTls(
  certificate: { key: string; cert: string },
  onConnection: (socket: Socket, index: number) => void,
): Promise<ScriptedServer> {
  const server = createTlsServer({ ...certificate, ALPNProtocols: ["h2", "http/1.1"] });
  server.on("tlsClientError", () => undefined);
  return listening(server, "secureConnection", "https", onConnection);
}

async function listening(
  server: Server,
  event: string,
  scheme: string,
  onConnection: (socket: Socket, index: number) => void,
): Promise<ScriptedServer> {
  const sockets: Socket[] = [];
  server.on(event, (socket: Socket) => {
    socket.on("error", () => undefined);
    onConnection(socket, sockets.push(socket) - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    sockets,
    url: (path = "/") => new URL(`${scheme}://${scheme === "https" ? "localhost" : "127.0.0.1"}:${port}${path}`),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Calls `onRequest` with each whole request (head, body by content-length) that comes in on the socket. */
export function onRequests(socket: Socket, onRequest: (head: string, body: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  socket.on("data", (data: Buffer) => {
    pending = Buffer.concat([pending, data]);
    for (;;) {
      const end = pending.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = pending.toString("latin1", 0, end);
      const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
      if (pending.length < end + 4 + length) return;
      const body = Buffer.from(pending.subarray(end + 4, end + 4 + length));
      pending = pending.subarray(end + 4 + length);
      onRequest(head, body);
    }
  });
}

/** Answers every request on the socket with the same bytes. */
export function answerWith(socket: Socket, response: string | Buffer): void {
  onRequests(socket, () => socket.write(response));
}

/** A response with a content-length. */
export function counted(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export interface Recording {
  readonly exchange: Exchange;
  /** "head", "data", "end" and "failure", repeated "data" once. */
  readonly calls: string[];
  head: ResponseHead | null;
  failure: TransportFailure | null;
  readonly body: () => Buffer;
  /** Resolves at `onEnd` or `onFailure`. */
  readonly done: Promise<void>;
}

export interface RecordOptions extends Partial<TransportRequest> {
  /** Called after each recorded call, with the exchange; may abort or pause. */
  readonly on?: (call: "head" | "data" | "end" | "failure", exchange: Exchange, chunk: Uint8Array | null) => void;
  /** Whether to keep the body, default true. */
  readonly keepsBody?: boolean;
}

/** Sends a request (default: GET) and records what happens to it. */
export function record(transport: Transport, url: URL, options: RecordOptions = {}): Recording {
  const { on, keepsBody = true, ...over } = options;
  const chunks: Buffer[] = [];
  const calls: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const note = (call: "head" | "data" | "end" | "failure", chunk: Uint8Array | null = null) => {
    if (call !== "data" || calls.at(-1) !== "data") calls.push(call);
    on?.(call, recording.exchange, chunk);
    if (call === "end" || call === "failure") resolve();
  };
  const request: TransportRequest = { method: "GET", url, headers: {}, body: null, connectTimeoutMs: 5_000, ...over };
  const exchange = transport.send(request, {
    onHead(head) {
      recording.head = head;
      note("head");
    },
    onData(chunk) {
      if (keepsBody) chunks.push(Buffer.from(chunk));
      note("data", chunk);
    },
    onEnd: () => note("end"),
    onFailure(failure) {
      recording.failure = failure;
      note("failure");
    },
  });
  const recording: Recording = {
    exchange,
    calls,
    head: null,
    failure: null,
    body: () => Buffer.concat(chunks),
    done: promise,
  };
  return recording;
}

/** Lets everything that is already on its way happen: some turns of the event loop. */
export async function settle(turns = 10): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Waits until a condition about another party (server, child process) holds; fails after five seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
