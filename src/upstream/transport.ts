// How bytes get to an upstream and back. Callbacks, not promises: a stream's events must not pay for a task each.

/** One HTTP request to an upstream. */
export interface TransportRequest {
  readonly method: "GET" | "POST" | "DELETE" | "PUT" | "PATCH" | "HEAD";
  /** Absolute http(s) URL, percent-encoded. */
  readonly url: URL;
  /** Lower-case names; host, content-length, connection and accept-encoding are the transport's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null for none. Not copied: must not change while the exchange runs. */
  readonly body: Uint8Array | null;
  /** TCP connect and TLS handshake together, milliseconds. */
  readonly connectTimeoutMs: number;
}

export interface ResponseHead {
  readonly status: number;
  /** Lower-case names; repeated headers joined with ", " (set-cookie dropped). */
  readonly headers: ReadonlyMap<string, string>;
}

/** Why an exchange failed below HTTP semantics. */
export type TransportErrorCode =
  | "connect_refused"
  | "dns_error"
  | "connect_timeout"
  | "tls_error"
  | "proxy_error"
  /** Connection closed or reset before any response byte. */
  | "empty_response"
  /** Connection closed or reset inside the body: less came than announced, or no last chunk. */
  | "truncated"
  /** Not HTTP, broken chunk framing, conflicting lengths. */
  | "protocol_error"
  | "header_overflow"
  /** Body encoding that was not asked for and cannot be decoded, or a decompression bomb. */
  | "decode_error"
  /** Out of file descriptors or memory on our side. */
  | "local_fault";

export interface TransportFailure {
  readonly code: TransportErrorCode;
  /** System or TLS code where there is one: ECONNRESET, CERT_HAS_EXPIRED. */
  readonly detail: string;
  /** Whether any byte of the request was handed to the system: it may have been processed and billed. */
  readonly requestSent: boolean;
  /** Whether the connection had served an earlier request (a stale keep-alive socket). */
  readonly reusedConnection: boolean;
}

/**
 * What happens to an exchange, in order: `onHead` once, `onData` any number of times, then exactly one of `onEnd` and
 * `onFailure`; `onFailure` may come at any point. Nothing is called after `abort()`, nor before `send` has returned.
 * Behind a call that throws comes `onFailure` with `local_fault`, also behind `onEnd`: whoever waits is told.
 */
export interface ExchangeHandlers {
  onHead(head: ResponseHead): void;
  /** `chunk` is decoded of transfer and content encoding and is only valid during the call. */
  onData(chunk: Uint8Array): void;
  onEnd(): void;
  onFailure(failure: TransportFailure): void;
}

export interface ExchangeProgress {
  /** Bytes of the request that the system has not taken yet; 0 once it has all, and before there is a connection. */
  readonly unsentBytes: number;
  /** The answer's head has begun and is not complete. */
  readonly headStarted: boolean;
}

/** A running exchange. All methods may be called at any time and more than once. */
export interface Exchange {
  /** Stops reading from the connection; a few chunks already read may still arrive. */
  pause(): void;
  resume(): void;
  /** How far the request has got. */
  progress(): ExchangeProgress;
  /** Drops the exchange and closes its connection at once; no handler is called afterwards. */
  abort(): void;
}

export interface Transport {
  send(request: TransportRequest, handlers: ExchangeHandlers): Exchange;
  /** Closes idle connections, to give their descriptors back. */
  releaseIdle(): void;
  /** Closes idle connections, now and as they become so; running exchanges go on. */
  close(): void;
}
