// What has to stay the same when our encoder goes on with an answer that an upstream's own chunks have begun.

import type { ReplyContext } from "../protocol.ts";
import { asNumber, asObject, asText } from "./wire.ts";

/** Fields that are the same in every chunk of an answer. */
export interface Trail {
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch. */
  readonly created: number;
}

/** Reads them from a chunk. */
export function trailFrom(chunk: {
  readonly id?: unknown;
  readonly model?: unknown;
  readonly created?: unknown;
}): Trail {
  return { id: asText(chunk.id), model: asText(chunk.model), created: asNumber(chunk.created) ?? 0 };
}

/** What the chunks of this encoder have in common: an upstream's beginning, or our own. */
export function identityOf(context: ReplyContext): Trail {
  const resume = asObject<Trail>(context.resume);
  if (resume && typeof resume.id === "string" && resume.id !== "") return resume;
  return { id: `chatcmpl-${context.responseId}`, model: context.model, created: context.createdAt };
}
