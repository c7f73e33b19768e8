// One GET of a URL that a client chose, made so that it cannot be turned against the gateway's own network: the name is
// resolved once, every address is checked, the connection goes to a checked address, and nothing is followed.

import { systemClock } from "../../lib/clock.ts";
import { Connection, type ConnectionHome, type ConnectionUser } from "../http1/connection.ts";
import { type Dial, type DialOutcome, dial } from "../http1/dial.ts";
import type { Fault } from "../http1/failure.ts";
import { requestHead } from "../http1/request-head.ts";
import { createHostResolver, type Lookup } from "../http1/resolve-host.ts";
import type { OwnedSocket } from "../http1/socket-owner.ts";
import { abandon } from "../http1/socket-owner.ts";
import type { ResponseHead, TransportErrorCode } from "../transport.ts";
import { isSameAddress } from "./address-rules.ts";
import type { MediaError, MediaFetcher, MediaRequest, MediaResult } from "./media-fetcher.ts";
import { acceptHeader, isDeclaredAs, provenType } from "./media-type.ts";
import { checkMediaUrl, isAllowedAddress, type TestAllowance } from "./media-url.ts";

export interface GuardedFetcherOptions {
  /** Name resolution; default the system's. */
  readonly lookup?: Lookup;
  /** Certificate authorities in PEM, replacing the built-in ones; default the built-in ones. */
  readonly ca?: string | readonly string[];
  /** For tests only; absent in every running gateway. */
  readonly testAllowance?: TestAllowance;
}

/** Files being fetched at once in this process; further ones are refused, not queued. Bounds memory and sockets. */
const MAX_UNDER_WAY = 64;
/**
 * Addresses of a name that are tried. A connect that stays unanswered keeps its descriptor for minutes (see http1), so
 * that a name with many silent addresses could use them all up.
 */
const MAX_TRIED = 2;
const FIRST_BODY_BYTES = 64 * 1024;
const SCRATCH_BYTES = 16 * 1024;

/**
 * Creates the fetcher. It knows no proxy, keeps no connections and no cookies, sends nothing of the client's request
 * and no key. The checks are those of security.md, S31 to S33.
 */
export function createGuardedFetcher(options: GuardedFetcherOptions = {}): MediaFetcher {
  const tools: Tools = {
    lookup: createHostResolver(systemClock, options.lookup),
    ca: options.ca,
    allowance: options.testAllowance ?? null,
    scratch: Buffer.allocUnsafeSlow(SCRATCH_BYTES),
  };
  let underWay = 0;
  return {
    async fetch(request, signal) {
      if (signal.aborted) return failed("aborted");
      if (underWay >= MAX_UNDER_WAY) return failed("busy");
      underWay += 1;
      try {
        return await new Promise<MediaResult>((resolve) => new Retrieval(tools, request, signal, resolve).start());
      } finally {
        underWay -= 1;
      }
    },
  };
}

interface Tools {
  readonly lookup: Lookup;
  readonly ca: string | readonly string[] | undefined;
  readonly allowance: TestAllowance | null;
  readonly scratch: Buffer;
}

class Retrieval implements DialOutcome, ConnectionUser, ConnectionHome {
  readonly #tools: Tools;
  readonly #request: MediaRequest;
  readonly #signal: AbortSignal;
  /** Null once the result was told. */
  #resolve: ((result: MediaResult) => void) | null;
  #timer: Timer | null = null;
  #dial: Dial | null = null;
  #connection: Connection | null = null;
  #head = "";
  /** The only addresses that the connection may have. */
  #addresses: readonly string[] = [];
  #body = Buffer.alloc(0);
  #bodyBytes = 0;
  readonly #onAbort = () => this.#fail("aborted");

  constructor(tools: Tools, request: MediaRequest, signal: AbortSignal, resolve: (result: MediaResult) => void) {
    this.#tools = tools;
    this.#request = request;
    this.#signal = signal;
    this.#resolve = resolve;
  }

  start(): void {
    const { lookup, allowance } = this.#tools;
    const verdict = checkMediaUrl(this.#request.url, allowance);
    if (!verdict.ok) {
      this.#fail(verdict.error);
      return;
    }
    const { url, hostname, port } = verdict;
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#timer = setTimeout(() => this.#fail("timed-out"), this.#request.timeoutMs);
    const headers = { accept: acceptHeader(this.#request.kind), "user-agent": "apirouter" };
    this.#head = requestHead({ method: "GET", url, headers, body: null, connectTimeoutMs: 0 }, null);
    lookup(hostname, (error, addresses) => {
      if (this.#resolve === null) return;
      if (error !== null || addresses.length === 0) return this.#fail("name-unknown");
      // One bad address refuses the name: the connection must not depend on which of them is tried first.
      if (!addresses.every((address) => isAllowedAddress(address, allowance))) return this.#fail("not-public");
      this.#connect(hostname, port, addresses.slice(0, MAX_TRIED));
    });
  }

  dialConnected(socket: OwnedSocket): void {
    this.#dial = null;
    const remote = socket.remoteAddress;
    if (!this.#addresses.some((address) => isSameAddress(address, remote))) {
      abandon(socket);
      this.#fail("not-public");
      return;
    }
    this.#connection = new Connection("", socket, this, this.#tools.scratch);
    if (!this.#connection.start(this, this.#head, null, false)) this.#fail("broken-answer");
  }

  dialFailed(fault: Fault): void {
    this.#dial = null;
    this.#fail(CONNECT_ERRORS[fault.code] ?? "connect-failed");
  }

  responseHead(head: ResponseHead): void {
    const error = this.#judgeHead(head);
    if (error !== null) this.#fail(error);
  }

  responseData(chunk: Uint8Array): void {
    if (this.#resolve === null) return;
    const total = this.#bodyBytes + chunk.length;
    if (total > this.#request.maxBytes) {
      this.#fail("too-large");
      return;
    }
    if (total > this.#body.length) this.#grow(total);
    this.#body.set(chunk, this.#bodyBytes);
    this.#bodyBytes = total;
  }

  responseEnd(): void {
    this.#connection = null;
    const file = this.#body.subarray(0, this.#bodyBytes);
    const mediaType = provenType(this.#request.kind, file);
    if (mediaType === undefined) this.#fail("wrong-type");
    else this.#finish({ ok: true, mediaType, base64: file.toString("base64"), bytes: file.length });
  }

  connectionLost(): void {
    this.#connection = null;
    this.#fail("broken-answer");
  }

  /** Connections are not kept. */
  connectionFree(connection: Connection): void {
    connection.close();
  }

  connectionGone(): void {
    this.#connection = null;
  }

  #connect(hostname: string, port: number, addresses: readonly string[]): void {
    this.#addresses = addresses;
    const tls = { serverName: hostname, ca: this.#tools.ca };
    // The name is for the certificate only: what is dialled are the addresses that were checked.
    const lookup: Lookup = (_hostname, done) => done(null, addresses);
    this.#dial = dial({ hostname, port, tls, timeoutMs: this.#request.timeoutMs, lookup }, this);
  }

  #judgeHead(head: ResponseHead): MediaError | null {
    const { kind, maxBytes } = this.#request;
    if (head.status >= 300 && head.status <= 399) return "redirect";
    if (head.status !== 200) return "bad-status";
    if (!isDeclaredAs(kind, head.headers.get("content-type"))) return "wrong-type";
    const encoding = head.headers.get("content-encoding") ?? "identity";
    if (encoding.toLowerCase() !== "identity") return "wrong-type";
    return Number(head.headers.get("content-length") ?? 0) > maxBytes ? "too-large" : null;
  }

  /** Doubles, so that neither many tiny chunks nor a large announced length cost more than the bytes that came. */
  #grow(needed: number): void {
    const wanted = Math.max(needed, this.#body.length * 2, FIRST_BODY_BYTES);
    const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(wanted, this.#request.maxBytes)));
    larger.set(this.#body.subarray(0, this.#bodyBytes));
    this.#body = larger;
  }

  #fail(error: MediaError): void {
    this.#finish(failed(error));
  }

  #finish(result: MediaResult): void {
    const resolve = this.#resolve;
    if (resolve === null) return;
    this.#resolve = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#dial?.cancel();
    this.#connection?.abort();
    this.#connection = null;
    this.#body = Buffer.alloc(0);
    resolve(result);
  }
}

const CONNECT_ERRORS: Readonly<Partial<Record<TransportErrorCode, MediaError>>> = {
  connect_timeout: "timed-out",
  tls_error: "tls-failed",
};

function failed(error: MediaError): MediaResult {
  return { ok: false, error };
}
