// The HTTP/1.1 client on raw sockets: puts pool, dialling, proxy and exchange together. Redirects, retries between
// upstreams and all timeouts after the connect are the caller's.

import { type Clock, systemClock } from "../../lib/clock.ts";
import type { Exchange, ExchangeHandlers, Transport, TransportRequest } from "../transport.ts";
import { Connection } from "./connection.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { type Dial, type DialOutcome, dial, type TlsSettings } from "./dial.ts";
import { type Route, startExchange } from "./exchange.ts";
import { bareHost, type ProxyResolver, portOf } from "./proxy.ts";
import { type ForwardProxy, proxyAuthorization, requestHead } from "./request-head.ts";
import { createHostResolver, type Lookup } from "./resolve-host.ts";
import type { OwnedSocket } from "./socket-owner.ts";
import { dialProxy, openTunnel } from "./tunnel.ts";

export interface Http1TransportOptions {
  /** Outbound proxy per upstream; default none. See `createProxyResolver`. */
  readonly proxyFor?: ProxyResolver;
  /** Certificate authorities in PEM, replacing the built-in ones; default the built-in ones. */
  readonly ca?: string | readonly string[];
  /** Name resolution; default the system's. */
  readonly lookup?: Lookup;
  /** Idle connections kept per origin, default 512. */
  readonly maxIdlePerOrigin?: number;
  /** Default 30,000 ms; a server's `keep-alive: timeout=N` shortens it. */
  readonly idleTimeoutMs?: number;
  readonly clock?: Clock;
}

/** Head and small body of a request leave in one write of at most this many bytes. */
const FIRST_WRITE_BYTES = 64 * 1024;

/**
 * Creates a transport with its own connection pool; there is no limit of simultaneous exchanges. `send` throws a
 * TypeError for a URL that is not http(s) and for headers that cannot be written safely; all else is reported to the
 * handlers, never before `send` has returned.
 */
export function createHttp1Transport(options: Http1TransportOptions = {}): Transport {
  return new Http1Transport(options);
}

class Http1Transport implements Transport {
  readonly #pool: ConnectionPool;
  readonly #scratch = Buffer.allocUnsafeSlow(FIRST_WRITE_BYTES);
  readonly #lookup: Lookup;
  readonly #proxyFor: ProxyResolver;
  readonly #ca: string | readonly string[] | undefined;

  constructor(options: Http1TransportOptions) {
    const clock = options.clock ?? systemClock;
    const { maxIdlePerOrigin = 512, idleTimeoutMs = 30_000 } = options;
    this.#pool = new ConnectionPool({ clock, maxIdle: maxIdlePerOrigin, idleTimeoutMs });
    this.#lookup = createHostResolver(clock, options.lookup);
    this.#proxyFor = options.proxyFor ?? (() => null);
    this.#ca = options.ca;
  }

  send(request: TransportRequest, handlers: ExchangeHandlers): Exchange {
    return startExchange(this.#routeFor(request), request, handlers);
  }

  releaseIdle(): void {
    this.#pool.releaseIdle();
  }

  close(): void {
    this.#pool.close();
  }

  #routeFor(request: TransportRequest): Route {
    const { url } = request;
    const isSecure = url.protocol === "https:";
    if (!isSecure && url.protocol !== "http:") throw new TypeError("request url: expected http or https");
    const proxy = this.#proxyFor(url);
    const forward: ForwardProxy | null =
      proxy !== null && !isSecure ? { authorization: proxyAuthorization(proxy) } : null;
    const key = proxy === null ? url.origin : `${url.origin} ${proxy.href}`;
    return {
      head: requestHead(request, forward),
      isForwarded: forward !== null,
      takeIdle: () => this.#pool.take(key),
      dial: (outcome) => this.#dial(request, proxy, outcome),
      adopt: (socket: OwnedSocket) => new Connection(key, socket, this.#pool, this.#scratch),
    };
  }

  #dial(request: TransportRequest, proxy: URL | null, outcome: DialOutcome): Dial {
    const { url, connectTimeoutMs: timeoutMs } = request;
    const hostname = bareHost(url.hostname);
    const port = portOf(url);
    const lookup = this.#lookup;
    const tls: TlsSettings | null = url.protocol === "https:" ? { serverName: hostname, ca: this.#ca } : null;
    if (proxy === null) return dial({ hostname, port, tls, timeoutMs, lookup }, outcome);
    if (proxy.protocol !== "http:") return refuse(outcome);
    if (tls === null) return dialProxy(proxy, timeoutMs, lookup, outcome);
    return openTunnel({ proxy, authority: `${url.hostname}:${port}`, tls, timeoutMs, lookup }, outcome);
  }
}

/** Proxies spoken to over TLS or SOCKS are not supported: said at the first request, not worked around. */
function refuse(outcome: DialOutcome): Dial {
  let isCancelled = false;
  queueMicrotask(() => {
    if (!isCancelled) outcome.dialFailed({ code: "proxy_error", detail: "UNSUPPORTED_PROXY_SCHEME" });
  });
  return {
    cancel: () => {
      isCancelled = true;
    },
  };
}
