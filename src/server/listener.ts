// Takes connections and leads each request to its handler: API routes to the gateway, the rest to health or admin.

import type { ClientKey, Config } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";
import { beginTrace } from "../core/trace-context.ts";
import type { GatewayDeps } from "../gateway/context.ts";
import { handleCountTokens } from "../gateway/handle-count-tokens.ts";
import { handleGenerate, refuse } from "../gateway/handle-generate.ts";
import { handleModels } from "../gateway/handle-models.ts";
import { handleRaw } from "../gateway/handle-raw.ts";
import { HOP_HEADER, type InboundRequest } from "../gateway/inbound.ts";
import { shuttingDown } from "../gateway/inflight.ts";
import { checkModel, checkUpstreams } from "../gateway/key-allowance.ts";
import { limitHeaders } from "../gateway/limit-headers.ts";
import type { ProbeGate } from "../gateway/probe-gate.ts";
import { randomHex } from "../lib/random.ts";
import { timedId } from "../lib/timed-id.ts";
import type { ClientHeaders } from "../upstream/build-call.ts";
import { authenticateClient } from "./client-auth.ts";
import { corsHeaders, isForeignBrowser } from "./cors.ts";
import { isValidHost } from "./host-rules.ts";
import { callerProtocol, createRouteMatcher, type MatchResult } from "./match-route.ts";
import { normalisePath } from "./normalise-path.ts";
import { isLocalRequest, type Peer } from "./peer.ts";
import { createPlainHeaders } from "./plain-headers.ts";
import { readRequestBody } from "./read-request-body.ts";
import { readTarget } from "./request-target.ts";
import { clientAddress } from "./trusted-proxies.ts";

/** Answers requests below `/admin`, and `/metrics`; undefined when the path is not its own. */
export type AdminHandler = (request: Request, path: string, peer: Peer) => Promise<Response> | Response | undefined;

export interface ListenerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly deps: GatewayDeps;
  readonly probe: ProbeGate;
  readonly currentConfig: () => Config;
  readonly version: string;
  /** Undefined where another listener serves the administrator's routes. */
  readonly admin: AdminHandler | undefined;
  /** False for a listener of the administrator's routes only. */
  readonly servesApi: boolean;
  /** PEM texts; undefined for plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  /** New requests get 503 from now on; resolves when the running ones have ended or after `graceMs`. */
  drain(graceMs: number): Promise<void>;
  /** Closes everything at once. */
  stop(): Promise<void>;
}

/** Silence after which an idle connection is closed, seconds. Requests under way are exempt. */
const IDLE_SECONDS = 65;
/** Longest time that the server can watch over, seconds. */
const MAX_SECONDS = 255;
/** Times that a request may pass through gateways: more is a loop. */
const MAX_HOPS = 3;
const BROWSER_PATHS = new Set(["/favicon.ico", "/robots.txt", "/apple-touch-icon.png"]);
const HEALTH_PATHS = new Set(["/", "/health", "/ready", "/api/hello"]);

/** Starts listening. Throws what `Bun.serve` throws (EADDRINUSE, EACCES). */
export function startListener(options: ListenerOptions): Listener {
  const { deps } = options;
  const matcher = createRouteMatcher(deps.protocols);
  let isDraining = false;
  /** Requests whose bodies are being read. */
  let receiving = 0;

  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    idleTimeout: IDLE_SECONDS,
    // Larger bodies are refused by us, in the client's protocol.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    development: false,
    // Without it, `development: false` lets a second program share the port silently (Bun 1.4.5).
    reusePort: false,
    ...(options.tls && { tls: options.tls }),
    fetch: options.tls ? answerSecurely : answer,
    error() {
      return Response.json(
        { error: { message: "the gateway failed to handle this request", type: "api_error" } },
        { status: 500 },
      );
    },
  });

  async function answerSecurely(request: Request, server: Bun.Server<undefined>): Promise<Response> {
    const response = await answer(request, server);
    response.headers.set("strict-transport-security", "max-age=31536000");
    return response;
  }

  /** Not async itself: each layer of promises costs every request. */
  function answer(request: Request, server: Bun.Server<undefined>): Promise<Response> | Response {
    const target = readTarget(request.url);
    const host = request.headers.get("host");
    if (!target || (host !== null && !isValidHost(host))) return new Response(null, { status: 400 });
    const { path: rawPath, query } = target;
    if (HEALTH_PATHS.has(rawPath)) return health(request, rawPath);
    // What browsers ask for by themselves is no request of a client: it belongs into no log.
    if (BROWSER_PATHS.has(rawPath)) return Response.json({ error: { message: "no such route" } }, { status: 404 });
    const peerAddress = () => server.requestIP(request)?.address;
    if (options.admin && /^\/(?:admin(?:[/-]|$)|metrics$)/.test(rawPath)) {
      const peer = {
        address: clientAddress(peerAddress() ?? "", request.headers, options.currentConfig().trustedProxies),
        isLocal: isLocalRequest(peerAddress(), request.headers),
        port: server.port as number,
        isTls: options.tls !== undefined,
      };
      const answer = options.admin(request, rawPath, peer);
      if (answer) return answer;
    }
    if (!options.servesApi) return Response.json({ error: "Not found" }, { status: 404 });
    return handleApi(request, rawPath, query, peerAddress, (seconds) => server.timeout(request, seconds));
  }

  function health(request: Request, path: string): Response {
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    const isReady = !isDraining;
    const body = {
      status: isReady ? "ok" : "draining",
      version: options.version,
      features: FEATURES,
    };
    return Response.json(body, { status: path === "/ready" && !isReady ? 503 : 200 });
  }

  async function handleApi(
    request: Request,
    rawPath: string,
    query: string,
    peerAddress: () => string | undefined,
    setTimeLimit: (seconds: number) => void,
  ): Promise<Response> {
    const config = options.currentConfig();
    const headers = createPlainHeaders(request.headers);
    const path = matcher.isFixed(rawPath) ? rawPath : normalisePath(rawPath);
    const match: MatchResult = path === null ? { type: "none" } : matcher.match(request.method, path, query, headers);
    const protocol =
      match.type === "none" ? deps.protocols[callerProtocol(path ?? rawPath, query, headers)] : match.protocol;
    const cors = corsHeaders(config, headers);
    if (request.method === "OPTIONS") return preflight(headers, cors);
    const startedWallMs = deps.clock.wallMs();
    const inbound: MutableInbound = {
      id: `req_${timedId(deps.random, startedWallMs)}`,
      route: match.type === "route" ? match.match : { protocol: protocol.id, operation: "generate", framing: "sse" },
      protocol,
      method: request.method,
      path: rawPath,
      query,
      headers,
      body: EMPTY,
      signal: request.signal,
      startedMs: deps.clock.monotonicMs(),
      startedWallMs,
      trace:
        config.otel.endpoint === undefined
          ? undefined
          : beginTrace(headers.get("traceparent"), headers.get("tracestate"), (digits) =>
              randomHex(deps.random, digits),
            ),
      config,
      clientKeyLabel: undefined,
      clientKeyId: undefined,
      isLocal: () => isLocalRequest(peerAddress(), headers),
      // What waits for a slow client is given this long without any progress, and so is the idle connection after it.
      onEnd: () => setTimeLimit(Math.max(IDLE_SECONDS, Math.min(MAX_SECONDS, config.clientStallMs / 1000))),
    };
    let response: Response;
    try {
      admit(inbound, match, path);
      if (config.limits.maxInflightPerClient > 0) admitClient(inbound, peerAddress);
      receiving += 1;
      try {
        inbound.body = await readRequestBody(request, headers, config.limits, setTimeLimit);
      } finally {
        receiving -= 1;
      }
      setTimeLimit(0);
      response = await dispatch(inbound, match, path as string);
    } catch (error) {
      response = refuse(deps, inbound, peerAddress() === undefined ? leftAtOnce(error) : error);
    }
    // Only these take long, and they tell when they are through.
    if (match.type === "route" && match.match.operation !== "generate") setTimeLimit(IDLE_SECONDS);
    if (match.type === "wrong-method") response.headers.set("allow", match.allowed.join(", "));
    if (cors) for (const [name, value] of Object.entries(cors)) response.headers.set(name, value);
    if (inbound.clientKey?.limits) addLimitHeaders(response, inbound, inbound.clientKey);
    if (deps.loadGuard.wantsFewerConnections) response.headers.set("connection", "close");
    return response;
  }

  /** Whose address is gone was taken for another machine: that it left is all that is known of its key. */
  function leftAtOnce(error: unknown): unknown {
    if (!(error instanceof GatewayError) || error.code !== "client-unauthenticated") return error;
    return new GatewayError("client-closed", "the client left right after its request", { cause: error });
  }

  /** Lets a request pass, or throws what its client is told; its body has not been read yet. */
  function admit(inbound: MutableInbound, match: MatchResult, path: string | null): void {
    const { config, headers } = inbound;
    if (isDraining) throw shuttingDown();
    if (deps.inflight.count + receiving >= config.limits.maxInflight) {
      throw new GatewayError("gateway-overloaded", "the gateway has too many requests under way", {
        retryAfterMs: 1000,
        shouldRetry: true,
      });
    }
    const refusal = deps.loadGuard.refusal(config.limits);
    if (refusal) throw refusal;
    inbound.hops = hopsOf(headers);
    if (inbound.hops >= MAX_HOPS) {
      throw new GatewayError(
        "gateway-loop",
        "the request has come round in a circle: an upstream leads back to this gateway",
        { shouldRetry: false },
      );
    }
    if (headers.get("upgrade"))
      throw new GatewayError("client-upgrade-refused", "upgrade: this route speaks plain HTTP only");
    if (isForeignBrowser(config, headers)) {
      throw new GatewayError(
        "client-forbidden",
        "origin: pages of other sites may not use this gateway while access control is off",
      );
    }
    const client = authenticateClient(config, headers, inbound.query, inbound.isLocal, inbound.startedWallMs);
    inbound.clientKeyLabel = client.label;
    inbound.clientKeyId = client.id;
    inbound.clientMidStream = client.key?.midStream;
    inbound.clientKey = client.key;
    inbound.keyLimits = client.key?.limits;
    if (match.type === "wrong-method")
      throw new GatewayError(
        "client-method-not-allowed",
        `method: ${inbound.method} is not served at ${printable(inbound.path)}`,
      );
    const unserved = match.type === "none" && path !== null ? UNSERVED.exec(path) : null;
    if (unserved) {
      throw new GatewayError(
        "client-not-found",
        `${unserved[1]}: not served here; use models/{model}:generateContent or :streamGenerateContent`,
      );
    }
    if (path === null || (match.type === "none" && !/^\/v1(beta)?\//.test(path))) {
      throw new GatewayError("client-not-found", `${printable(inbound.path)}: no such route`);
    }
    if (inbound.keyLimits && client.key) holdToLimits(inbound, match, client.key);
  }

  /** Model names that stand in the path, and the counts of what costs something: lists and token counts are free. */
  function holdToLimits(inbound: MutableInbound, match: MatchResult, key: ClientKey): void {
    const { operation, model } = inbound.route;
    // Lists and their entries are filtered instead.
    if (match.type === "route" && (operation === "list-models" || operation === "get-model")) return;
    checkUpstreams(inbound.config, key);
    if (match.type === "route" && model !== undefined) checkModel(key.limits, model);
    if (match.type === "none" || operation === "generate") inbound.permit = deps.keyLimiter.enter(key);
  }

  function addLimitHeaders(response: Response, inbound: MutableInbound, key: ClientKey): void {
    const rates = deps.keyLimiter.rates(key);
    if (!rates) return;
    for (const [name, value] of Object.entries(limitHeaders(inbound.protocol.id, rates, deps.clock.wallMs())))
      response.headers.set(name, value);
  }

  /** Holds a client to its share of what may be under way. */
  function admitClient(inbound: MutableInbound, peerAddress: () => string | undefined): void {
    inbound.clientId =
      inbound.clientKeyId ?? clientAddress(peerAddress() ?? "", inbound.headers, inbound.config.trustedProxies);
    if (deps.inflight.countOf(inbound.clientId) < inbound.config.limits.maxInflightPerClient) return;
    throw new GatewayError("client-rate-limited", "too many requests of this client are under way", {
      retryAfterMs: 1000,
      shouldRetry: true,
    });
  }

  function dispatch(inbound: InboundRequest, match: MatchResult, path: string): Promise<Response> | Response {
    if (match.type !== "route") return handleRaw(deps, inbound, path);
    switch (inbound.route.operation) {
      case "generate":
        return handleGenerate(deps, options.probe, inbound);
      case "count-tokens":
        return handleCountTokens(deps, inbound);
      default:
        return handleModels(deps, inbound);
    }
  }

  return {
    url: server.url.href.replace(/\/$/, ""),
    port: server.port as number,
    async drain(graceMs) {
      isDraining = true;
      await deps.inflight.whenIdle(graceMs);
    },
    stop: () => server.stop(true),
  };
}

/** Gemini routes that keep state at one provider and so make no sense across several. */
const UNSERVED = /^\/v1(?:beta)?\/(interactions|webhooks|cachedContents)(?:\/|$)/;
const EMPTY = new Uint8Array(0);
const FEATURES = [
  "anthropic",
  "openai",
  "openai_response",
  "gemini",
  "failover",
  "circuit_breaker",
  "streaming",
  "request_log",
  "access_control",
];

/** An inbound request while the listener fills it in. */
type MutableInbound = { -readonly [Field in keyof InboundRequest]: InboundRequest[Field] } & {
  clientKey?: ClientKey | undefined;
};

function preflight(headers: ClientHeaders, cors: Record<string, string> | undefined): Response {
  if (!cors) return new Response(null, { status: 204 });
  return new Response(null, {
    status: 204,
    headers: {
      ...cors,
      "access-control-allow-methods": "GET,POST,HEAD,OPTIONS",
      "access-control-allow-headers":
        headers.get("access-control-request-headers") ?? "authorization,content-type,x-api-key",
      "access-control-max-age": "86400",
    },
  });
}

/** Gateways that a request has been through, as far as they have said. */
function hopsOf(headers: ClientHeaders): number {
  const text = headers.get(HOP_HEADER);
  return text !== null && /^\d{1,3}$/.test(text) ? Number(text) : 0;
}

function printable(path: string): string {
  return path.slice(0, 200).replace(/[^\x21-\x7e]/g, "?");
}
