// A whole answer as a response object.

import { replayResponse } from "../../core/replay-response.ts";
import type { IrResponse } from "../../core/response.ts";
import type { IrStop } from "../../core/stop.ts";
import type { IrUsage } from "../../core/usage.ts";
import type { ReplyContext } from "../protocol.ts";
import { SILENT_WRITER } from "./frame-writer.ts";
import { createOutputBuilder } from "./output-builder.ts";
import { responseEcho } from "./response-object.ts";
import { encodeStop } from "./stop-reason.ts";
import { encodeUsage } from "./usage.ts";
import type { JsonObject, OutputItem } from "./wire.ts";

/** Encodes an answer; what the API cannot show is reported to `context.loss`. */
export function encodeResponse(response: IrResponse, context: ReplyContext): unknown {
  const builder = createOutputBuilder(context, SILENT_WRITER);
  replayResponse(response, (event) => builder.event(event));
  const output = builder.finish(response.stop);
  return finalResponse(responseEcho(context), response.stop, output, response.usage);
}

/** The response object of a finished answer. */
export function finalResponse(
  echo: JsonObject,
  stop: IrStop,
  output: readonly OutputItem[],
  usage: IrUsage | undefined,
): JsonObject {
  const response: Record<string, unknown> = { ...echo, ...encodeStop(stop), output, usage: encodeUsage(usage) };
  // The upstream may have words of its own; clients that check theirs know these only.
  if (usage?.serviceTier !== undefined && TIERS.has(usage.serviceTier)) response["service_tier"] = usage.serviceTier;
  if (usage?.webSearchRequests !== undefined) {
    response["tool_usage"] = { image_gen: NO_IMAGES, web_search: { num_requests: usage.webSearchRequests } };
  }
  return response;
}

const TIERS: ReadonlySet<string> = new Set(["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"]);

const NO_IMAGES: JsonObject = {
  input_tokens: 0,
  input_tokens_details: { image_tokens: 0, text_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { image_tokens: 0, text_tokens: 0 },
  total_tokens: 0,
};
