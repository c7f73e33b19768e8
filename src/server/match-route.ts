// From method, path and headers to a protocol's route.

import type { ProtocolId } from "../core/protocol-id.ts";
import type { Operation, Protocol, RouteMatch, RoutePattern, StreamFraming } from "../protocols/protocol.ts";
import type { ClientHeaders } from "../upstream/build-call.ts";

/** What a path leads to. */
export type MatchResult =
  | { readonly type: "route"; readonly protocol: Protocol; readonly match: RouteMatch }
  /** The path is known, the method is not. */
  | { readonly type: "wrong-method"; readonly protocol: Protocol; readonly allowed: readonly string[] }
  | { readonly type: "none" };

interface CompiledRoute {
  readonly protocol: Protocol;
  readonly pattern: RoutePattern;
  /** Text before and behind `{model}`; undefined for a fixed path. */
  readonly around?: readonly [string, string];
}

/** Matches normalised paths. Fixed paths are looked up; patterns are few and tried in order. */
export interface RouteMatcher {
  /** Whether a path is a route as it stands, so that it needs no normalising. */
  isFixed(path: string): boolean;
  match(method: string, path: string, query: string, headers: ClientHeaders): MatchResult;
}

/** Compiles the routes of all protocols. */
export function createRouteMatcher(protocols: Readonly<Record<ProtocolId, Protocol>>): RouteMatcher {
  const fixed = new Map<string, CompiledRoute[]>();
  const patterns: CompiledRoute[] = [];
  for (const protocol of Object.values(protocols)) {
    for (const pattern of protocol.routes) {
      const [before, behind] = pattern.path.split("{model}");
      if (behind === undefined) {
        const routes = fixed.get(pattern.path) ?? [];
        routes.push({ protocol, pattern });
        fixed.set(pattern.path, routes);
      } else patterns.push({ protocol, pattern, around: [before as string, behind] });
    }
  }

  function candidates(path: string): CompiledRoute[] {
    const exact = fixed.get(path);
    if (exact) return exact;
    const matching = patterns.filter(({ around }) => {
      const [before, behind] = around as readonly [string, string];
      return path.length > before.length + behind.length && path.startsWith(before) && path.endsWith(behind);
    });
    // `models/x:generateContent` is that method of x, whatever a model may be called.
    const exactMethods = matching.filter(({ around }) => around?.[1] !== "");
    return exactMethods.length > 0 ? exactMethods : matching;
  }

  return {
    isFixed: (path) => fixed.has(path),
    match(method, path, query, headers) {
      const found = candidates(path);
      const wanted = found.filter(
        ({ pattern }) => pattern.method === method || (method === "HEAD" && pattern.method === "GET"),
      );
      const route = wanted.length > 1 ? chooseByCaller(wanted, path, query, headers) : wanted[0];
      if (!route) {
        const other = found[0];
        if (!other) return { type: "none" };
        // `models/x:embedContent` is a method we do not know, not a model name.
        if (other.around?.[1] === "" && path.slice(other.around[0].length).includes(":") && method === "POST")
          return { type: "none" };
        return {
          type: "wrong-method",
          protocol: other.protocol,
          allowed: [...new Set(found.map(({ pattern }) => pattern.method))],
        };
      }
      const { protocol, pattern, around } = route;
      const operation: Operation = pattern.operation;
      return {
        type: "route",
        protocol,
        match: {
          protocol: protocol.id,
          operation,
          model: around ? decodeModel(path.slice(around[0].length, path.length - around[1].length)) : undefined,
          stream: pattern.stream,
          framing: framingOf(pattern, query),
        },
      };
    },
  };
}

/** Several protocols share `/v1/models`: the caller's headers tell which dialect it speaks. */
function chooseByCaller(
  routes: readonly CompiledRoute[],
  path: string,
  query: string,
  headers: ClientHeaders,
): CompiledRoute | undefined {
  const caller = callerProtocol(path, query, headers);
  return routes.find(({ protocol }) => protocol.id === caller) ?? routes[0];
}

/** The dialect of a caller whose route does not tell, by the headers that its client library sends. */
export function callerProtocol(path: string, query: string, headers: ClientHeaders): ProtocolId {
  const parameters = new URLSearchParams(query);
  if (parameters.has("client_version")) return "openai-responses";
  if (path.startsWith("/v1beta")) return "gemini";
  if (headers.get("x-goog-api-key") || headers.get("x-goog-api-client") || parameters.get("key")) return "gemini";
  if (headers.get("anthropic-version") || headers.get("x-api-key") || path.startsWith("/v1/messages"))
    return "anthropic";
  return path.startsWith("/v1/responses") ? "openai-responses" : "openai-chat";
}

function framingOf(pattern: RoutePattern, query: string): StreamFraming {
  if (pattern.stream !== true) return "sse";
  return new URLSearchParams(query).get("alt") === "sse" ? "sse" : "json-array";
}

function decodeModel(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign is part of the name then
  }
}
