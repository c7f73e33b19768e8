// Tells which format and which operation a request is for, by its path's end, whatever base path is in front.

import type { ProtocolId } from "../core/protocol-id.ts";

/** What a request asks for. */
export type SimOperation = "generate" | "count-tokens" | "list-models" | "get-model" | "health" | "unknown";

/** A request's target as far as method, path and headers tell it. */
export interface SimRoute {
  readonly protocol: ProtocolId;
  readonly operation: SimOperation;
  /** Model in the path (Gemini, get-model), percent-decoded. */
  readonly model?: string | undefined;
  /** Set where the path says whether the answer streams. */
  readonly stream?: boolean | undefined;
  readonly framing: "sse" | "json-array";
}

const POST_ROUTES: readonly (readonly [suffix: string, protocol: ProtocolId, operation: SimOperation])[] = [
  ["/messages", "anthropic", "generate"],
  ["/messages/count_tokens", "anthropic", "count-tokens"],
  ["/chat/completions", "openai-chat", "generate"],
  ["/responses", "openai-responses", "generate"],
  ["/responses/input_tokens", "openai-responses", "count-tokens"],
];

/** Finds the route. `header` reads a request header by lower-case name. Never throws. */
export function routeOf(method: string, target: string, header: (name: string) => string | undefined): SimRoute {
  const queryAt = target.indexOf("?");
  const path = queryAt < 0 ? target : target.slice(0, queryAt);
  const query = queryAt < 0 ? "" : target.slice(queryAt + 1);
  if (method === "POST") {
    for (const [suffix, protocol, operation] of POST_ROUTES) {
      if (path.endsWith(suffix)) return { protocol, operation, framing: "sse" };
    }
    const gemini = /\/(?:models|tunedModels)\/(.+):(generateContent|streamGenerateContent|countTokens)$/.exec(path);
    if (gemini) {
      const isStream = gemini[2] === "streamGenerateContent";
      return {
        protocol: "gemini",
        operation: gemini[2] === "countTokens" ? "count-tokens" : "generate",
        model: decode(gemini[1] ?? ""),
        stream: isStream,
        framing: !isStream || /(?:^|&)alt=sse(?:&|$)/.test(query) ? "sse" : "json-array",
      };
    }
  }
  if (method === "GET" || method === "HEAD") {
    const models = /\/models(?:\/(.+))?$/.exec(path);
    if (models) {
      const model = models[1] === undefined ? undefined : decode(models[1]);
      return {
        protocol: listProtocol(path, query, header),
        operation: model ? "get-model" : "list-models",
        model,
        framing: "sse",
      };
    }
    if (path === "/" || path === "/health" || path === "/api/hello")
      return { protocol: "openai-chat", operation: "health", framing: "sse" };
  }
  return { protocol: "openai-chat", operation: "unknown", framing: "sse" };
}

/** The model list is at one path for three formats: headers decide. */
function listProtocol(path: string, query: string, header: (name: string) => string | undefined): ProtocolId {
  if (/\/v1(?:beta|alpha)\//.test(path) || header("x-goog-api-key") !== undefined || /(?:^|&)key=/.test(query))
    return "gemini";
  if (header("anthropic-version") !== undefined || header("x-api-key") !== undefined) return "anthropic";
  return "openai-chat";
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: the raw text is as good a model name as any.
    return text;
  }
}
