// Brings a whole answer to the client: as it is, converted, or played as a stream when a stream was asked for.

import { createResponseCollector } from "../core/collect-response.ts";
import { GatewayError } from "../core/errors.ts";
import { createCallIds } from "../core/fresh-call-ids.ts";
import { replayResponse } from "../core/replay-response.ts";
import type { IrResponse } from "../core/response.ts";
import type { IrUsage } from "../core/usage.ts";
import type { WireError } from "../core/wire-error.ts";
import { createSseSplitter } from "../lib/sse.ts";
import type { DecodeContext, Protocol } from "../protocols/protocol.ts";
import type { ResponseHead } from "../upstream/transport.ts";
import { isEmptyAnswer } from "./answer-content.ts";
import type { RequestContext } from "./context.ts";
import { decodeAnswer, lookIntoAnswer } from "./look-into-answer.ts";

/** A body read to its end. */
export interface WholeAnswer {
  readonly bytes: Buffer;
  /** The upstream streamed although a whole answer was asked for. */
  readonly isSse: boolean;
  readonly head: ResponseHead;
  /** For the client, asked for when all losses are known. */
  readonly headers: () => Record<string, string>;
}

export type WholeResult = { readonly usage: IrUsage | undefined } & (
  | { readonly type: "done" }
  /** The body is an error, or no answer at all. */
  | { readonly type: "refused"; readonly error: WireError }
  | { readonly type: "failed"; readonly error: GatewayError }
);

/** Delivers the answer, or says why it is none; nothing has reached the client in that case. */
export function deliverWhole(
  context: RequestContext,
  upstreamProtocol: Protocol,
  decodeContext: DecodeContext,
  answer: WholeAnswer,
  isPassThrough: boolean,
  onContent: () => void,
): WholeResult {
  if (answer.bytes.length === 0) {
    const error = new GatewayError("upstream-malformed", "upstream sent an empty body", { outcome: "empty_body" });
    return { type: "failed", error, usage: undefined };
  }
  const isPassedOn = isPassThrough && !answer.isSse && context.stream === undefined;
  const response = answer.isSse
    ? collect(upstreamProtocol, decodeContext, answer.bytes, context.inbound.config.limits.maxEventBytes)
    : isPassedOn
      ? lookIntoAnswer(upstreamProtocol, decodeContext, answer.bytes)
      : decodeAnswer(upstreamProtocol, decodeContext, answer.bytes);
  if ("error" in response) return { type: "refused", error: response.error, usage: undefined };
  const { usage } = response;
  if (isEmptyAnswer(response)) {
    const error = new GatewayError("upstream-empty", "upstream ended its answer without any content", {
      outcome: "empty_answer",
      shouldRetry: false,
    });
    return { type: "failed", error, usage };
  }
  onContent();
  const { stream, reply, inbound } = context;
  if (stream) {
    const contentType = inbound.route.framing === "sse" ? "text/event-stream; charset=utf-8" : "application/json";
    stream.open(() => ({
      ...answer.headers(),
      "content-type": contentType,
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    }));
    if (isPassThrough) stream.answerId = response.id;
    replayResponse(response, (event) => stream.writeEvent(event));
    stream.finish();
  } else if (isPassedOn) {
    reply.sendWhole(answer.head.status, answer.headers(), answer.bytes);
  } else {
    // The provider knows the answer by its own id only.
    const replyContext = { ...context.replyContext(), answerId: isPassThrough ? response.id : undefined };
    const { request, mintId, loss } = replyContext;
    const shown = createCallIds(request, mintId, loss).response(response);
    const body = JSON.stringify(inbound.protocol.encodeResponse(shown, replyContext));
    reply.sendWhole(200, answer.headers(), body);
  }
  return { type: "done", usage };
}

function collect(
  protocol: Protocol,
  decodeContext: DecodeContext,
  bytes: Uint8Array,
  maxEventBytes: number,
): IrResponse | { readonly error: WireError } {
  const collector = createResponseCollector();
  const decoder = protocol.createStreamDecoder((event) => collector.event(event), decodeContext);
  const splitter = createSseSplitter((name, data) => {
    if (data !== "") decoder.event(name, data);
  }, maxEventBytes);
  splitter.push(bytes);
  splitter.end();
  decoder.end();
  return (
    collector.result() ?? { error: { message: "upstream ended its answer without finishing it", truncated: true } }
  );
}
