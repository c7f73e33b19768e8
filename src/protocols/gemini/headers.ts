// Paths and headers of upstream calls. The configured base URL already holds the version (`…/v1beta`).

import { GatewayError } from "../../core/errors.ts";
import type { Operation } from "../protocol.ts";

/** Client headers that a Gemini upstream gets as they are. */
export const FORWARD_HEADERS: readonly string[] = [
  "user-agent",
  "x-goog-api-client",
  "x-gemini-api-privileged-user-id",
  "x-session-id",
];

const METHODS: Readonly<Record<"generate" | "stream" | "count-tokens", { suffix: string; query: string }>> = {
  generate: { suffix: ":generateContent", query: "" },
  stream: { suffix: ":streamGenerateContent", query: "alt=sse" },
  "count-tokens": { suffix: ":countTokens", query: "" },
};

/**
 * Path and query below the base URL.
 * @throws GatewayError `client-invalid-request` for a model name that could leave the path.
 */
export function upstreamPath(operation: Operation, model: string, stream: boolean): { path: string; query: string } {
  if (operation === "list-models") return { path: "/models", query: "pageSize=1000" };
  const resource = modelPath(model);
  if (operation === "get-model") return { path: resource, query: "" };
  const method = METHODS[operation === "generate" && stream ? "stream" : operation];
  return { path: resource + method.suffix, query: method.query };
}

/** The key header; OAuth access tokens of Google (`ya29.…`, Vertex) go out as Bearer. Empty key: no header. */
export function upstreamHeaders(key: string): Record<string, string> {
  if (key === "") return {};
  return key.startsWith("ya29.") ? { authorization: `Bearer ${key}` } : { "x-goog-api-key": key };
}

/** Whether the base URL is Google's Vertex AI, which differs in call ids, limits and server-side tools. */
export function isVertex(baseUrl: string): boolean {
  return baseUrl.includes("aiplatform.googleapis.com");
}

/** A model name without the `models/` prefix that the Gemini API puts before it. */
export function bareModel(model: string): string {
  return model.startsWith("models/") ? model.slice("models/".length) : model;
}

/** `/models/…`, percent-encoded per segment; names that already are resource paths keep their own collection. */
function modelPath(model: string): string {
  const name = bareModel(model);
  if (name === "")
    throw new GatewayError("client-invalid-request", "model: expected a non-empty string, found an empty one");
  const segments = name.split("/");
  if (hasForbidden(name) || segments.some((segment) => segment === "" || segment === ".")) {
    throw new GatewayError(
      "client-invalid-request",
      "model: expected a model name, found characters that do not belong in one",
    );
  }
  const isResource = /^(tunedModels|publishers|projects)\//.test(name);
  return (isResource ? "/" : "/models/") + segments.map(encodeURIComponent).join("/");
}

function hasForbidden(name: string): boolean {
  if (name.includes("..")) return true;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    // control characters, DEL, "?", "#", "\", and lone surrogates, which encodeURIComponent refuses
    if (code <= 0x20 || code === 0x7f || code === 0x3f || code === 0x23 || code === 0x5c) return true;
  }
  return !name.isWellFormed();
}
