// From a host and port to a socket ready for HTTP: name lookup, several addresses (happy eyeballs), TCP, TLS, and one
// deadline over all of it. Knows nothing of HTTP; proxies are tunnel.ts.

import { connectFault, errorDetail, type Fault, resolveFault } from "./failure.ts";
import type { Lookup } from "./resolve-host.ts";
import { ABANDONED, abandon, type OwnedSocket, SOCKET_HANDLERS, type SocketOwner } from "./socket-owner.ts";

/** How long an address may stay silent before the next one is tried beside it. */
const NEXT_ADDRESS_MS = 250;

/** The only protocol we speak, as the extension carries it: one length byte, then the name. */
const ALPN = Buffer.from("\x08http/1.1", "latin1");

export interface TlsSettings {
  /** Name the certificate must carry, and the SNI. */
  readonly serverName: string;
  /** PEM; replaces the built-in authorities. Undefined keeps them. */
  readonly ca: string | readonly string[] | undefined;
}

export interface DialOptions {
  /** Name or IP literal, IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Null for plain TCP. */
  readonly tls: TlsSettings | null;
  /** For everything up to the end of the handshake. */
  readonly timeoutMs: number;
  readonly lookup: Lookup;
}

/** Exactly one of the two is called, never before `dial` has returned, and none after `cancel()`. */
export interface DialOutcome {
  /** The socket's owner must be set during the call. */
  dialConnected(socket: OwnedSocket): void;
  dialFailed(fault: Fault): void;
}

/** A connect under way. */
export interface Dial {
  /** Gives up at once. A TCP connect that is still unanswered keeps its descriptor until the system gives up too. */
  cancel(): void;
}

/** Starts connecting; see DialOutcome. */
export function dial(options: DialOptions, outcome: DialOutcome): Dial {
  const dialling = new Dialling(options, outcome);
  queueMicrotask(() => dialling.start());
  return dialling;
}

/** The form Bun wants its TLS options in. */
export function bunTlsOptions(settings: TlsSettings): Bun.TLSOptions {
  const { serverName, ca } = settings;
  // Said outright: the default follows NODE_TLS_REJECT_UNAUTHORIZED, and verification is never switched off.
  const rejectUnauthorized = true;
  const common = { serverName, rejectUnauthorized, ALPNProtocols: ALPN };
  if (ca === undefined) return common;
  return { ...common, ca: typeof ca === "string" ? ca : [...ca] };
}

class Dialling implements Dial, SocketOwner {
  readonly #options: DialOptions;
  #outcome: DialOutcome | null;
  readonly #deadline: Timer;
  #nextAddress: Timer | null = null;
  #addresses: readonly string[] = [];
  #next = 0;
  #underWay = 0;
  #winner: OwnedSocket | null = null;

  constructor(options: DialOptions, outcome: DialOutcome) {
    this.#options = options;
    this.#outcome = outcome;
    const detail = options.tls === null ? "CONNECT_TIMEOUT" : "CONNECT_OR_HANDSHAKE_TIMEOUT";
    this.#deadline = setTimeout(() => this.#fail({ code: "connect_timeout", detail }), options.timeoutMs);
  }

  start(): void {
    if (this.#outcome === null) return;
    this.#options.lookup(this.#options.hostname, (error, addresses) => {
      if (this.#outcome === null) return;
      if (error !== null) return this.#fail(resolveFault(error));
      this.#addresses = addresses;
      this.#tryNext();
    });
  }

  cancel(): void {
    this.#finish();
    if (this.#winner !== null) abandon(this.#winner);
  }

  socketOpened(socket: OwnedSocket): void {
    if (this.#outcome === null || this.#winner !== null) {
      abandon(socket);
      return;
    }
    this.#winner = socket;
    this.#stopTrying();
    if (this.#options.tls === null) this.#succeed(socket);
  }

  socketFailed(error: Error): void {
    this.#underWay -= 1;
    if (this.#outcome === null || this.#winner !== null) return;
    if (this.#next < this.#addresses.length) {
      this.#tryNext();
      return;
    }
    if (this.#underWay === 0) this.#fail(connectFault(error));
  }

  socketSecured(socket: OwnedSocket, error: Error | null): void {
    if (this.#outcome === null) {
      abandon(socket);
      return;
    }
    if (error === null) {
      this.#succeed(socket);
      return;
    }
    this.#fail({ code: "tls_error", detail: errorDetail(error, "HANDSHAKE_FAILED") });
  }

  socketClosed(socket: OwnedSocket, error: Error | null): void {
    if (socket !== this.#winner) return;
    this.#fail({ code: "tls_error", detail: errorDetail(error, "CLOSED_IN_HANDSHAKE") });
  }

  #tryNext(): void {
    this.#stopTrying();
    const hostname = this.#addresses[this.#next];
    if (hostname === undefined) return;
    this.#next += 1;
    this.#underWay += 1;
    if (this.#next < this.#addresses.length) this.#nextAddress = setTimeout(() => this.#tryNext(), NEXT_ADDRESS_MS);
    const { port, tls } = this.#options;
    const target = { hostname, port, data: this as SocketOwner, socket: SOCKET_HANDLERS };
    try {
      const connecting = Bun.connect<SocketOwner>(tls === null ? target : { ...target, tls: bunTlsOptions(tls) });
      // The rejection repeats what socketFailed was told.
      connecting.catch(() => undefined);
    } catch (error) {
      // Options that Bun refuses to try, such as port 0.
      this.socketFailed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #succeed(socket: OwnedSocket): void {
    const outcome = this.#finish();
    socket.setNoDelay(true);
    // An answer may take many silent minutes; probes keep middle boxes from forgetting the connection.
    socket.setKeepAlive(true, 60_000);
    socket.data = ABANDONED;
    outcome?.dialConnected(socket);
  }

  #fail(fault: Fault): void {
    const outcome = this.#finish();
    if (this.#winner !== null) abandon(this.#winner);
    outcome?.dialFailed(fault);
  }

  /** Makes sure that nothing is reported twice; returns whom to report to, null when that was done already. */
  #finish(): DialOutcome | null {
    const outcome = this.#outcome;
    this.#outcome = null;
    clearTimeout(this.#deadline);
    this.#stopTrying();
    return outcome;
  }

  #stopTrying(): void {
    if (this.#nextAddress !== null) clearTimeout(this.#nextAddress);
    this.#nextAddress = null;
  }
}
