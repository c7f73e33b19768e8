// What the GenAI conventions call a request.

import type { RequestRecord } from "../../core/request-record.ts";

/**
 * `gen_ai.operation.name` of a request; undefined for routes that are passed on unread and do something else.
 * @source OpenTelemetry semantic conventions for generative AI, seen 2026-11
 */
export function operationName({ path, attempts }: Pick<RequestRecord, "path" | "attempts">): string | undefined {
  // Also where no upstream could be asked.
  if (/\/embeddings$|:(?:batch)?embed/i.test(path)) return "embeddings";
  // Only what is passed on unread has its sizes told.
  if (attempts.every(({ answerBytes }) => answerBytes === undefined)) return "chat";
  return path.endsWith("/completions") ? "text_completion" : undefined;
}
