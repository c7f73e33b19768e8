// What whole and streamed answers to a client decide the same way.

import type { MediaSource } from "../../core/block.ts";
import type { LossSink } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import type { IrStop } from "../../core/stop.ts";

/** Whether the client declared `functions` and so waits for `function_call`. */
export function isLegacyClient(request: IrRequest): boolean {
  return request.extensions?.["openai-chat"]?.["functions"] !== undefined;
}

/** Whether the client wants to see thinking; absent means yes. */
export function showsReasoning(request: IrRequest): boolean {
  return request.reasoning?.display !== "omitted";
}

/** URL of a picture; undefined for files that only their provider can resolve. */
export function imageUrl(source: MediaSource): string | undefined {
  if (source.type === "base64") return `data:${source.mediaType};base64,${source.data}`;
  return source.type === "url" ? source.url : undefined;
}

/**
 * The words of a refusal that came without any: the upstream's explanation, or a sentence of ours when the answer
 * would be empty otherwise. Undefined when nothing was refused or the text says it.
 */
export function refusalText(stop: IrStop, hasText: boolean, loss: LossSink): string | undefined {
  if (stop.reason !== "refusal") return undefined;
  if (stop.explanation !== undefined && stop.explanation !== "") return stop.explanation;
  if (hasText) return undefined;
  loss({ kind: "invented", path: "choices[0].message.refusal", feature: "refusal-text" });
  return "The request was refused by the model or its content filter.";
}
