// One exchange from `send` to its end: takes a connection from the pool or dials one, retries a stale one once, decodes
// the body where the server encoded it, and reports to the caller's handlers.

import type {
  Exchange,
  ExchangeHandlers,
  ExchangeProgress,
  ResponseHead,
  TransportErrorCode,
  TransportRequest,
} from "../transport.ts";
import { type BodyDecoder, createBodyDecoder, type DecoderOutput, judgeEncoding } from "./body-decoder.ts";
import type { Connection, ConnectionUser } from "./connection.ts";
import type { Dial, DialOutcome } from "./dial.ts";
import { errorDetail, type Fault } from "./failure.ts";
import type { OwnedSocket } from "./socket-owner.ts";

/** Where a request goes: which connections may carry it and how to make a new one. */
export interface Route {
  /** The request's head, line ends included. */
  readonly head: string;
  /** Whether it is a plain request to a proxy, which may answer for itself. */
  readonly isForwarded: boolean;
  takeIdle(): Connection | null;
  dial(outcome: DialOutcome): Dial;
  adopt(socket: OwnedSocket): Connection;
}

/** Starts the exchange; handlers are called from the next microtask on. */
export function startExchange(route: Route, request: TransportRequest, handlers: ExchangeHandlers): Exchange {
  const exchange = new RunningExchange(route, request, handlers);
  exchange.start();
  return exchange;
}

const NO_PROGRESS: ExchangeProgress = { unsentBytes: 0, headStarted: false };

class RunningExchange implements Exchange, ConnectionUser, DialOutcome, DecoderOutput {
  readonly #route: Route;
  readonly #request: TransportRequest;
  /** Null once it has ended, failed or been aborted. */
  #handlers: ExchangeHandlers | null;
  #connection: Connection | null = null;
  #dial: Dial | null = null;
  #decoder: BodyDecoder | null = null;
  #isRefusedEncoding = false;
  #isPaused = false;
  #isCongested = false;
  #hasSent = false;
  #isReused = false;
  /** When the request was given to its connection. */
  #ranMs = 0;

  constructor(route: Route, request: TransportRequest, handlers: ExchangeHandlers) {
    this.#route = route;
    this.#request = request;
    this.#handlers = handlers;
  }

  start(): void {
    const idle = this.#route.takeIdle();
    if (idle === null) this.#dialFresh();
    else this.#run(idle);
  }

  pause(): void {
    this.#isPaused = true;
    this.#decoder?.pause();
    this.#connection?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#decoder?.resume();
    if (!this.#isCongested) this.#connection?.resume();
  }

  progress(): ExchangeProgress {
    return this.#connection?.progress() ?? NO_PROGRESS;
  }

  abort(): void {
    this.#finish();
  }

  dialConnected(socket: OwnedSocket): void {
    this.#dial = null;
    this.#run(this.#route.adopt(socket));
  }

  dialFailed(fault: Fault): void {
    this.#dial = null;
    this.#fail(fault.code, fault.detail);
  }

  responseHead(head: ResponseHead): void {
    if (head.status === 407 && this.#route.isForwarded) {
      this.#fail("proxy_error", "PROXY_STATUS_407");
      return;
    }
    if (this.#isReused && performance.now() - this.#ranMs < CROSSING_MS && tellsIdleEnd(head)) {
      this.#noteSent();
      this.#connection?.abort();
      this.#connection = null;
      this.#dialFresh();
      return;
    }
    const verdict = judgeEncoding(head.headers.get("content-encoding"));
    if (verdict.type === "decode") {
      this.#decoder = createBodyDecoder(verdict.coding, this);
      if (this.#isPaused) this.#decoder.pause();
      this.#handlers?.onHead({ status: head.status, headers: withoutEncoding(head.headers) });
      return;
    }
    this.#isRefusedEncoding = verdict.type === "refused";
    this.#handlers?.onHead(head);
  }

  responseData(chunk: Uint8Array): void {
    if (this.#decoder !== null) this.#decoder.push(chunk);
    else if (this.#isRefusedEncoding) this.#fail("decode_error", "CONTENT_ENCODING");
    else this.#handlers?.onData(chunk);
  }

  responseEnd(): void {
    this.#noteSent();
    this.#connection = null;
    if (this.#decoder === null) this.#end();
    else this.#decoder.end();
  }

  connectionLost(fault: Fault, sawByte: boolean): void {
    this.#noteSent();
    this.#connection = null;
    // The server closed an idle connection just as it was used again: not a failure of the upstream. The retry's
    // connection is fresh, so that there is never a second one.
    const isStale = fault.code === "empty_response" && !sawByte && this.#isReused;
    if (!isStale) {
      this.#fail(fault.code, fault.detail);
      return;
    }
    this.#dialFresh();
  }

  decoderData(chunk: Uint8Array): void {
    this.#handlers?.onData(chunk);
  }

  decoderEnd(): void {
    this.#end();
  }

  decoderFailed(detail: string): void {
    this.#fail("decode_error", detail);
  }

  decoderCongested(isCongested: boolean): void {
    this.#isCongested = isCongested;
    if (isCongested) this.#connection?.pause();
    else if (!this.#isPaused) this.#connection?.resume();
  }

  #dialFresh(): void {
    this.#isReused = false;
    this.#dial = this.#route.dial(this);
  }

  #run(connection: Connection): void {
    this.#connection = connection;
    this.#isReused = connection.isReused;
    this.#ranMs = performance.now();
    const { body, method } = this.#request;
    if (!connection.start(this, this.#route.head, body, method === "HEAD")) {
      this.connectionLost({ code: "empty_response", detail: "CLOSED_BEFORE_REQUEST" }, false);
      return;
    }
    if (this.#isPaused) connection.pause();
  }

  #end(): void {
    const handlers = this.#finish();
    try {
      handlers?.onEnd();
    } catch (error) {
      // The connection hears of calls that throw during the answer; it is through by now.
      const detail = errorDetail(error instanceof Error ? error : null, "HANDLER_FAILED");
      handlers?.onFailure({ code: "local_fault", detail, requestSent: true, reusedConnection: this.#isReused });
    }
  }

  #fail(code: TransportErrorCode, detail: string): void {
    this.#noteSent();
    const reusedConnection = this.#isReused;
    this.#finish()?.onFailure({ code, detail, requestSent: this.#hasSent, reusedConnection });
  }

  #noteSent(): void {
    if (this.#connection?.hasSent === true) this.#hasSent = true;
  }

  /** Lets go of everything; returns the handlers, null when they were told the end already or must not hear of it. */
  #finish(): ExchangeHandlers | null {
    const handlers = this.#handlers;
    this.#handlers = null;
    this.#dial?.cancel();
    this.#dial = null;
    this.#connection?.abort();
    this.#connection = null;
    this.#decoder?.stop();
    this.#decoder = null;
    return handlers;
  }
}

/** A farewell that crosses a request on its way is there at once; what comes later may be about the request. */
const CROSSING_MS = 1_000;

/**
 * What proxies write into an idle connection before they close it, and what then stands where the answer of a request
 * belongs that crossed it on its way: none was read. A 408 of an API itself is JSON.
 */
function tellsIdleEnd({ status, headers }: ResponseHead): boolean {
  if (status !== 408 || !/\bclose\b/i.test(headers.get("connection") ?? "")) return false;
  return !(headers.get("content-type") ?? "").includes("json");
}

/** The headers that describe the encoded body do not describe what the handlers get. */
function withoutEncoding(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const kept = new Map(headers);
  kept.delete("content-encoding");
  kept.delete("content-length");
  return kept;
}
