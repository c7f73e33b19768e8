// One client request on its way through the gateway.

import type { Config, KeyLimits, MidStream } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";
import { parseMessage } from "../core/json-depth.ts";
import type { Loss } from "../core/loss.ts";
import type { IrRequest } from "../core/request.ts";
import type { TraceContext } from "../core/trace-context.ts";
import { dropVoidParts } from "../core/void-marker.ts";
import { asBuffer } from "../lib/as-buffer.ts";
import type { Protocol, RouteMatch } from "../protocols/protocol.ts";
import type { ClientHeaders } from "../upstream/build-call.ts";
import type { KeyPermit } from "./key-limiter.ts";

/** What the server hands to the gateway: a request that is authenticated and whose body is read and unpacked. */
export interface InboundRequest {
  /** Ours: `req_` and 24 characters, the first seven of them the time; the client gets it as `x-request-id` and `request-id`. */
  readonly id: string;
  readonly route: RouteMatch;
  readonly protocol: Protocol;
  readonly method: string;
  /** As the client wrote it, without query. */
  readonly path: string;
  /** Without `?`; may hold the client's key, which must go nowhere. */
  readonly query: string;
  readonly headers: ClientHeaders;
  readonly body: Uint8Array;
  /** Fires when the client is gone. */
  readonly signal: AbortSignal;
  readonly startedMs: number;
  readonly startedWallMs: number;
  /** The configuration this request keeps until its end. */
  readonly config: Config;
  /** The peer is this machine: it may be told upstream names. */
  readonly isLocal: () => boolean;
  readonly clientKeyLabel?: string | undefined;
  /** Where requests are traced. */
  readonly trace?: TraceContext | undefined;
  /** First 16 hex digits of the client key's SHA-256. */
  readonly clientKeyId?: string | undefined;
  /** What the client's key may do; undefined for no key or no limits. */
  readonly keyLimits?: KeyLimits | undefined;
  /** To be ended with the request; undefined where nothing is counted. */
  readonly permit?: KeyPermit | undefined;
  /** The client key's own setting. */
  readonly clientMidStream?: MidStream | undefined;
  /** Tells apart who asks: the client key, or the address where there is none. Set where that is limited. */
  readonly clientId?: string | undefined;
  /**
   * Hears that the last of the answer is about to be handed over, though the client may not have taken it all yet. Not
   * later: once the answer is out, the server takes no time limit for its connection (Bun 1.4.5).
   */
  readonly onEnd?: (() => void) | undefined;
  /** Gateways that the request has been through, by its `x-apirouter-hop`; 0 for none. */
  readonly hops?: number | undefined;
  /** Only this upstream (console test page). */
  readonly onlyUpstreamId?: string | undefined;
}

/** Counts the gateways that a request has been through, so that a loop is found. */
export const HOP_HEADER = "x-apirouter-hop";

/** The client's request, decoded at most once and only when a conversion needs it. */
export interface DecodedRequest {
  readonly request: IrRequest;
  readonly losses: readonly Loss[];
}

/** The scan that every body passes is lenient about numbers and keywords: the parser has the last word. */
function parseBody(body: Uint8Array): unknown {
  try {
    return parseMessage(asBuffer(body).toString("utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unreadable";
    throw new GatewayError("client-invalid-request", `body: expected a JSON object, found invalid JSON (${reason})`);
  }
}

/** Decodes on first use. Throws GatewayError `client-invalid-request`, each time it is asked. */
export function createLazyRequest(inbound: InboundRequest): () => DecodedRequest {
  let decoded: DecodedRequest | undefined;
  return () => {
    if (!decoded) {
      const losses: Loss[] = [];
      const body = parseBody(inbound.body);
      const request = inbound.protocol.decodeRequest(body, inbound.route, (loss) => losses.push(loss));
      decoded = { request: dropVoidParts(request), losses };
    }
    return decoded;
  };
}
