// The way to an https upstream through an HTTP proxy: connect to the proxy, CONNECT, then TLS with the upstream inside.

import type { TransportErrorCode } from "../transport.ts";
import { bunTlsOptions, type Dial, type DialOutcome, dial, type TlsSettings } from "./dial.ts";
import { errorDetail, type Fault } from "./failure.ts";
import { bareHost, portOf } from "./proxy.ts";
import { proxyAuthorization } from "./request-head.ts";
import type { Lookup } from "./resolve-host.ts";
import { ResponseParser } from "./response-parser.ts";
import { ABANDONED, abandon, type OwnedSocket, SOCKET_HANDLERS, type SocketOwner } from "./socket-owner.ts";

export interface TunnelOptions {
  /** `http:` only; user and password in it are sent to the proxy. */
  readonly proxy: URL;
  /** The upstream as `host:port`, IPv6 in brackets. */
  readonly authority: string;
  readonly tls: TlsSettings;
  /** For everything up to the end of the upstream's handshake. */
  readonly timeoutMs: number;
  readonly lookup: Lookup;
}

/** Starts building the tunnel; reports like `dial`. Whatever fails before the upstream's handshake is a proxy_error. */
export function openTunnel(options: TunnelOptions, outcome: DialOutcome): Dial {
  return new Tunnel(options, outcome);
}

/** Dials a proxy for plain requests: as `dial`, with every failure blamed on the proxy. */
export function dialProxy(proxy: URL, timeoutMs: number, lookup: Lookup, outcome: DialOutcome): Dial {
  const target = { hostname: bareHost(proxy.hostname), port: portOf(proxy), tls: null, timeoutMs, lookup };
  return dial(target, {
    dialConnected: (socket) => outcome.dialConnected(socket),
    dialFailed: (fault) => outcome.dialFailed(blameProxy(fault)),
  });
}

class Tunnel implements Dial, DialOutcome, SocketOwner {
  readonly #options: TunnelOptions;
  #outcome: DialOutcome | null;
  #deadline: Timer;
  #dial: Dial | null;
  #socket: OwnedSocket | null = null;
  #isSecuring = false;
  readonly #parser = new ResponseParser();

  constructor(options: TunnelOptions, outcome: DialOutcome) {
    this.#options = options;
    this.#outcome = outcome;
    this.#deadline = setTimeout(() => this.#timeOut(), options.timeoutMs);
    // The dial's own deadline is the same moment; the later of the two finds nothing to do.
    this.#dial = dialProxy(options.proxy, options.timeoutMs, options.lookup, this);
  }

  cancel(): void {
    this.#finish();
    this.#dial?.cancel();
    if (this.#socket !== null) abandon(this.#socket);
  }

  dialConnected(socket: OwnedSocket): void {
    this.#dial = null;
    this.#socket = socket;
    socket.data = this;
    const { proxy, authority } = this.#options;
    const authorization = proxyAuthorization(proxy);
    const credentials = authorization === null ? "" : `proxy-authorization: ${authorization}\r\n`;
    // The answer to CONNECT has no body that matters, like one to HEAD.
    this.#parser.begin({ responseHead: (head) => this.#answered(head.status), responseData: () => undefined }, true);
    const head = `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${credentials}\r\n`;
    if (socket.write(head) !== head.length) this.#fail("proxy_error", "CONNECT_NOT_WRITTEN");
  }

  dialFailed(fault: Fault): void {
    this.#dial = null;
    this.#finish()?.dialFailed(fault);
  }

  socketData(_socket: OwnedSocket, bytes: Buffer): void {
    if (this.#isSecuring || this.#outcome === null) return;
    const used = this.#parser.push(bytes);
    if (this.#parser.fault !== null) {
      this.#fail("proxy_error", this.#parser.fault.detail);
      return;
    }
    if (!this.#parser.isComplete) return;
    if (used < bytes.length) {
      this.#fail("proxy_error", "DATA_AFTER_CONNECT");
      return;
    }
    this.#secure();
  }

  socketSecured(socket: OwnedSocket, error: Error | null): void {
    if (this.#outcome === null) {
      abandon(socket);
      return;
    }
    if (error !== null) {
      this.#fail("tls_error", errorDetail(error, "HANDSHAKE_FAILED"));
      return;
    }
    const outcome = this.#finish();
    this.#socket = null;
    socket.data = ABANDONED;
    outcome?.dialConnected(socket);
  }

  socketClosed(_socket: OwnedSocket, error: Error | null): void {
    if (this.#isSecuring) this.#fail("tls_error", errorDetail(error, "CLOSED_IN_HANDSHAKE"));
    else this.#fail("proxy_error", errorDetail(error, "PROXY_CLOSED"));
  }

  #answered(status: number): void {
    if (status < 200 || status > 299) this.#fail("proxy_error", `CONNECT_STATUS_${status}`);
  }

  #secure(): void {
    const raw = this.#socket;
    if (this.#outcome === null || raw === null) return;
    this.#isSecuring = true;
    const tls = bunTlsOptions(this.#options.tls);
    const [, secured] = raw.upgradeTLS<SocketOwner>({ data: this, tls, socket: SOCKET_HANDLERS });
    // The raw half goes on to report the encrypted bytes and its own end.
    raw.data = ABANDONED;
    this.#socket = secured;
  }

  #timeOut(): void {
    if (this.#isSecuring) this.#fail("connect_timeout", "HANDSHAKE_TIMEOUT");
    else this.#fail("proxy_error", "PROXY_TIMEOUT");
  }

  #fail(code: TransportErrorCode, detail: string): void {
    const outcome = this.#finish();
    this.#dial?.cancel();
    if (this.#socket !== null) abandon(this.#socket);
    outcome?.dialFailed({ code, detail });
  }

  #finish(): DialOutcome | null {
    const outcome = this.#outcome;
    this.#outcome = null;
    clearTimeout(this.#deadline);
    return outcome;
  }
}

function blameProxy(fault: Fault): Fault {
  return fault.code === "local_fault" ? fault : { code: "proxy_error", detail: fault.detail };
}
