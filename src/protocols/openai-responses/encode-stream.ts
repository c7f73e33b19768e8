// Neutral events as stream events of the Responses API, and its in-band errors.

import type { GatewayError } from "../../core/errors.ts";
import type { IrEvent } from "../../core/event.ts";
import { type IrUsage, mergeUsage } from "../../core/usage.ts";
import type { ReplyContext, StreamEncoder } from "../protocol.ts";
import { finalResponse } from "./encode-response.ts";
import { errorObject, failedResponseError, isRetryable } from "./errors.ts";
import { createFrameWriter } from "./frame-writer.ts";
import { createOutputBuilder } from "./output-builder.ts";
import { heartbeatResponse, openResponse, responseEcho } from "./response-object.ts";
import { encodeStop } from "./stop-reason.ts";
import { trailOf } from "./trail.ts";

/**
 * Creates an encoder; see StreamEncoder. The answer starts with `response.created` and `response.in_progress`, which
 * is repeated as heartbeat, because Codex does not count comments. There is no `[DONE]` in this API.
 */
export function createStreamEncoder(write: (frame: string) => void, context: ReplyContext): StreamEncoder {
  const writer = createFrameWriter(write, trailOf(context)?.done);
  const echo = responseEcho(context);
  const builder = createOutputBuilder(context, writer);
  let usage: IrUsage | undefined;
  let hasStarted = false;
  let hasEnded = false;

  function start(): void {
    if (hasStarted) return;
    hasStarted = true;
    const response = `"response":${JSON.stringify(openResponse(echo))}`;
    writer.json("response.created", response);
    writer.json("response.in_progress", response);
  }

  return {
    event(event: IrEvent) {
      if (hasEnded) return;
      switch (event.type) {
        case "block-delta":
        case "block-end":
          builder.event(event);
          break;
        case "block-start":
        case "logprobs":
          start();
          builder.event(event);
          break;
        case "message-start":
          usage = mergeUsage(usage, event.usage);
          start();
          break;
        case "usage":
          usage = mergeUsage(usage, event.usage);
          break;
        case "message-end": {
          start();
          hasEnded = true;
          const output = builder.finish(event.stop);
          const response = finalResponse(echo, event.stop, output, usage);
          const isComplete = encodeStop(event.stop).status === "completed";
          writer.event(isComplete ? "response.completed" : "response.incomplete", { response });
          break;
        }
        case "error":
          // The gateway decides what becomes of it and calls `error`.
          break;
      }
    },
    error(error: GatewayError) {
      if (hasEnded) return;
      hasEnded = true;
      writeError(error);
    },
    keepAlive() {
      if (hasEnded) return;
      if (hasStarted) writer.event("response.in_progress", { response: heartbeatResponse(echo) });
      else start();
    },
    resumed() {
      hasStarted = true;
      const trail = trailOf(context);
      writer.continueAt(trail?.nextSequence ?? 0);
      // An item announced by the upstream, of which no event has told yet, could be neither continued nor closed.
      return builder.resumed() >= (trail?.itemIds.length ?? 0);
    },
    close: () => undefined,
  };

  /**
   * Codex repeats the request after a bare `error` event and gives the turn up on some failed responses, so a failed
   * response follows only where repeating is useless.
   * @source measured with Codex 0.169.0, 2026-11-23
   */
  function writeError(error: GatewayError): void {
    const words = errorObject(error);
    if (isRetryable(error)) {
      const { message } = words;
      const nested = { type: "server_error", code: "server_error", message, param: null };
      writer.event("error", { code: "server_error", message, param: null, error: nested });
      return;
    }
    const { code, message, param } = words;
    writer.event("error", { code, message, param, error: words });
    const response = { ...openResponse(echo), status: "failed", error: failedResponseError(error) };
    writer.event("response.failed", { response });
  }
}
