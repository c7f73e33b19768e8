// One request that reached the simulator: what it asked for and what became of it. The ledger is a list of these.

import { type BodyPeek, peekBody } from "./peek-body.ts";
import { routeOf, type SimRoute } from "./route.ts";

/** A received request. Derived values are computed when first read, so that a benchmark pays for none of them. */
export class SimRequest {
  /** Number of the request since the simulator started, from 0. */
  readonly ordinal: number;
  /** Number of the connection it came on, from 0. */
  readonly connection: number;
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  /** Exact body bytes, transfer encoding undone. */
  readonly body: Buffer;
  /** `performance.now()` when the request was complete. */
  readonly receivedAt: number;

  /** Status that was answered; undefined while nothing was, and for answers that are no HTTP. */
  status: number | undefined;
  /** Whole stream events handed to the socket. */
  eventsSent = 0;
  bytesSent = 0;
  /** `performance.now()` when the answer (or its scripted break) was complete. */
  finishedAt: number | undefined;
  /** The client went away before that; `abortedAt` says when. */
  closedEarly = false;
  abortedAt: number | undefined;

  readonly #head: string;
  #headers: Readonly<Record<string, string>> | undefined;
  #json: { readonly value: unknown } | undefined;
  #route: SimRoute | undefined;
  #peek: BodyPeek | undefined;

  constructor(ordinal: number, connection: number, head: string, body: Buffer) {
    this.ordinal = ordinal;
    this.connection = connection;
    this.#head = head;
    this.body = body;
    this.receivedAt = performance.now();
    const lineEnd = head.indexOf("\r\n");
    const [method = "", path = ""] = (lineEnd < 0 ? head : head.slice(0, lineEnd)).split(" ");
    this.method = method;
    this.path = path;
  }

  /** Names in lower case; repeated headers are joined with `, `. */
  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= parseHeaders(this.#head);
    return this.#headers;
  }

  header(name: string): string | undefined {
    return this.headers[name];
  }

  /** The parsed body; undefined when it is empty or no JSON. */
  get json(): unknown {
    this.#json ??= { value: parseJson(this.body) };
    return this.#json.value;
  }

  /** The parsed body as an object; `{}` when it is none. */
  get fields(): Readonly<Record<string, unknown>> {
    const json = this.json;
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : {};
  }

  get text(): string {
    return this.body.toString("utf8");
  }

  get route(): SimRoute {
    this.#route ??= routeOf(this.method, this.path, (name) => this.header(name));
    return this.#route;
  }

  get peek(): BodyPeek {
    this.#peek ??= peekBody(this.body, () => this.json);
    return this.#peek;
  }

  /** Model asked for; `""` when the request names none. */
  get model(): string {
    return this.route.model ?? this.peek.model ?? "";
  }

  /** Whether a streamed answer is asked for. */
  get wantsStream(): boolean {
    return this.route.stream ?? this.peek.stream;
  }

  /** The credential, from whichever header or query parameter carries it; `""` for none. */
  get key(): string {
    const bearer = /^bearer\s+(.*)$/i.exec(this.header("authorization") ?? "")?.[1];
    const fromQuery = /[?&]key=([^&]*)/.exec(this.path)?.[1];
    return bearer ?? this.header("x-api-key") ?? this.header("x-goog-api-key") ?? fromQuery ?? "";
  }

  /** Whether the client asked to close the connection after the answer. */
  get wantsClose(): boolean {
    return /\r\nconnection:[^\r]*close/i.test(this.#head);
  }

  /** SHA-256 of the body, lower-case hex. */
  sha256(): string {
    return new Bun.CryptoHasher("sha256").update(this.body).digest("hex");
  }
}

function parseHeaders(head: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    // Not JSON: scripts see undefined and can still read the bytes.
    return undefined;
  }
}
