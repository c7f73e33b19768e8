// Runs every feature through every conversion and writes down what was lost.

import { GatewayError } from "../../src/core/errors.ts";
import type { Loss } from "../../src/core/loss.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { IrRequest } from "../../src/core/request.ts";
import type { RouteMatch, UpstreamTarget } from "../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { ANSWER_FEATURES } from "./answers.ts";
import { BASE, REQUEST_FEATURES } from "./features.ts";

/** What became of a feature on a route. */
export type Verdict =
  | { readonly type: "bytes" }
  | { readonly type: "kept" }
  | { readonly type: "changed"; readonly losses: readonly Loss[] }
  | { readonly type: "lost"; readonly losses: readonly Loss[] }
  | { readonly type: "refused"; readonly message: string }
  | { readonly type: "none" };

export const ORDER: readonly ProtocolId[] = ["anthropic", "openai-chat", "openai-responses", "gemini"];

/** The upstreams that the tables are made for; other models and servers differ where the protocol folders say so. */
export const TARGETS: Readonly<Record<ProtocolId, Pick<UpstreamTarget, "model" | "baseUrl">>> = {
  anthropic: { model: "claude-sonnet-4-5", baseUrl: "https://api.anthropic.com/v1" },
  "openai-chat": { model: "gpt-4.1", baseUrl: "https://api.openai.com/v1" },
  "openai-responses": { model: "gpt-5.2", baseUrl: "https://api.openai.com/v1" },
  gemini: { model: "gemini-3-pro-preview", baseUrl: "https://generativelanguage.googleapis.com/v1beta" },
};

let minted = 0;
const mintId = () => `${minted++}`.padStart(24, "0");

/** What survives of a request feature between a client and an upstream. */
export function requestVerdict(sample: object | undefined, client: ProtocolId, upstream: ProtocolId): Verdict {
  if (!sample) return { type: "none" };
  if (client === upstream) return { type: "bytes" };
  const losses: Loss[] = [];
  try {
    const route: RouteMatch = { protocol: client, operation: "generate", framing: "sse", model: "m", stream: false };
    const request = PROTOCOLS[client].decodeRequest({ ...BASE[client], ...sample }, route, (loss) => losses.push(loss));
    const target: UpstreamTarget = { upstreamId: "u", keyId: "", quirks: {}, ...TARGETS[upstream] };
    losses.push(...PROTOCOLS[upstream].encodeRequest(request, target, mintId).losses);
  } catch (error) {
    if (error instanceof GatewayError) return { type: "refused", message: error.message };
    throw error;
  }
  return judge(losses);
}

/** What survives of an answer feature between an upstream and a client. */
export function answerVerdict(
  feature: (typeof ANSWER_FEATURES)[number],
  upstream: ProtocolId,
  client: ProtocolId,
): Verdict {
  if (client === upstream) return { type: "bytes" };
  const losses: Loss[] = [];
  const request: IrRequest = {
    model: "m",
    stream: false,
    system: [],
    messages: [],
    tools: [],
    includeUsage: true,
    reasoning: { mode: "enabled", budgetTokens: 2048 },
  };
  PROTOCOLS[client].encodeResponse(feature.response(upstream), {
    model: "m",
    responseId: mintId(),
    createdAt: 0,
    request,
    framing: "sse",
    mintId,
    loss: (loss) => losses.push(loss),
  });
  return judge(losses);
}

function judge(losses: readonly Loss[]): Verdict {
  if (losses.length === 0) return { type: "kept" };
  return { type: losses.some((loss) => loss.kind === "dropped") ? "lost" : "changed", losses };
}

/** One sign per verdict, as the tables use it. */
export const SIGNS: Readonly<Record<Verdict["type"], string>> = {
  bytes: "=",
  kept: "✓",
  changed: "≈",
  lost: "✗",
  refused: "!",
  none: "",
};

/** A route's losses in words. */
export function explain(verdict: Verdict): string {
  if (verdict.type === "refused") return `refused: ${verdict.message}`;
  if (verdict.type !== "changed" && verdict.type !== "lost") return "";
  return [
    ...new Set(verdict.losses.map((loss) => `${loss.kind} ${loss.feature}${loss.detail ? ` (${loss.detail})` : ""}`)),
  ].join("; ");
}

export { ANSWER_FEATURES, REQUEST_FEATURES };
