// What several tests of this folder need: contexts, targets, stream runs, and the grammar of Messages streams.

import { GatewayError } from "../../core/errors.ts";
import type { IrEvent } from "../../core/event.ts";
import type { Loss, LossSink } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import { createSseSplitter } from "../../lib/sse.ts";
import type { DecodeContext, ReplyContext, UpstreamTarget } from "../protocol.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { createStreamEncoder } from "./encode-stream.ts";

/** A request with nothing in it, changed by `overrides`. */
export function irRequest(overrides: Partial<IrRequest> = {}): IrRequest {
  return {
    model: "claude-sonnet-4-6",
    stream: false,
    system: [],
    messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    tools: [],
    includeUsage: true,
    ...overrides,
  };
}

/** An upstream target for a model. */
export function target(model = "claude-sonnet-4-6", overrides: Partial<UpstreamTarget> = {}): UpstreamTarget {
  return { upstreamId: "up", keyId: "key", model, baseUrl: "https://api.anthropic.com/v1", quirks: {}, ...overrides };
}

/** A loss sink for tests that do not look at losses. */
export const ignoreLoss: LossSink = () => undefined;

/** A source of ids that counts. */
export function counter(): () => string {
  let count = 0;
  return () => `minted${String(++count).padStart(18, "0")}`;
}

/** A decode context that collects its losses. */
export function decodeContext(losses: Loss[] = []): DecodeContext {
  return {
    origin: { protocol: "anthropic", upstreamId: "up", keyId: "key", model: "claude-sonnet-4-6" },
    quirks: {},
    mintId: counter(),
    loss: (loss) => losses.push(loss),
  };
}

/** A reply context that collects its losses. */
export function replyContext(overrides: Partial<ReplyContext> = {}, losses: Loss[] = []): ReplyContext {
  return {
    model: "asked-model",
    responseId: "ABCDEFGHIJKLMNOPQRSTUVWX",
    createdAt: 1_790_000_000,
    request: irRequest(),
    framing: "sse",
    mintId: counter(),
    loss: (loss) => losses.push(loss),
    ...overrides,
  };
}

/** Decodes raw SSE bytes, pushed in the given cuts. */
export function decodeSse(chunks: Iterable<Uint8Array>, context: DecodeContext = decodeContext()): IrEvent[] {
  const events: IrEvent[] = [];
  const decoder = createStreamDecoder((event) => events.push(event), context);
  const splitter = createSseSplitter((name, data) => decoder.event(name, data), 64 * 1024 * 1024);
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  decoder.end();
  return events;
}

/** Decodes wire events given as JSON values. */
export function decodeEvents(
  wire: readonly Record<string, unknown>[],
  context: DecodeContext = decodeContext(),
): IrEvent[] {
  const events: IrEvent[] = [];
  const decoder = createStreamDecoder((event) => events.push(event), context);
  for (const event of wire) decoder.event(String(event["type"]), JSON.stringify(event));
  decoder.end();
  return events;
}

/** Encodes IR events into frames. */
export function encodeEvents(events: readonly IrEvent[], context: ReplyContext = replyContext()): string[] {
  const frames: string[] = [];
  const encoder = createStreamEncoder((frame) => frames.push(frame), context);
  for (const event of events) {
    if (event.type === "error") encoder.error(new GatewayError("upstream-truncated", event.error.message));
    else encoder.event(event);
  }
  encoder.close();
  return frames;
}

/** The JSON payloads of frames, without pings. */
export function payloads(frames: readonly string[]): Record<string, unknown>[] {
  return frames
    .map((frame) => JSON.parse(frame.slice(frame.indexOf("data: ") + 6)) as Record<string, unknown>)
    .filter((payload) => payload["type"] !== "ping");
}

/** Problems of an IR event list against the grammar of core/event.ts; empty when it is legal. */
export function irGrammarProblems(events: readonly IrEvent[]): string[] {
  const problems: string[] = [];
  const open = new Set<number>();
  const seen = new Set<number>();
  events.forEach((event, at) => {
    if (at === 0 && event.type !== "message-start" && event.type !== "error")
      problems.push(`begins with ${event.type}`);
    if (at > 0 && event.type === "message-start") problems.push("second message-start");
    const isLast = at === events.length - 1;
    const isTerminal = event.type === "message-end" || event.type === "error";
    if (isTerminal !== isLast) problems.push(`${event.type} at ${at} of ${events.length}`);
    if (event.type === "block-start") {
      if (seen.has(event.index)) problems.push(`index ${event.index} twice`);
      seen.add(event.index);
      open.add(event.index);
    }
    if (event.type === "block-delta" && !open.has(event.index)) problems.push(`delta of closed ${event.index}`);
    if (event.type === "block-end" && !open.delete(event.index)) problems.push(`end of closed ${event.index}`);
    if (event.type === "message-end" && open.size > 0) problems.push("message-end with open blocks");
  });
  return problems;
}

const DELTA_OF_BLOCK: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  tool_use: ["input_json_delta"],
  server_tool_use: ["input_json_delta"],
  mcp_tool_use: ["input_json_delta"],
};

/** Problems of frames against the grammar that official clients enforce; empty when they are legal. */
export function wireGrammarProblems(frames: readonly string[]): string[] {
  const problems: string[] = [];
  const events = payloads(frames);
  for (const frame of frames) {
    const match = /^event: (\w+)\ndata: (.*)\n\n$/.exec(frame);
    if (!match) problems.push(`no frame: ${JSON.stringify(frame)}`);
    else if ((JSON.parse(match[2] ?? "") as { type: string }).type !== match[1])
      problems.push(`event name ${match[1]}`);
  }
  let next = 0;
  let open: { index: unknown; type: string; signed: boolean } | undefined;
  const types = events.map((event) => String(event["type"]));
  if (types[0] !== "message_start" && types[0] !== "error") problems.push(`begins with ${types[0]}`);
  if (types.at(-1) !== "message_stop" && types.at(-1) !== "error") problems.push(`ends with ${types.at(-1)}`);
  for (const [at, event] of events.entries()) {
    const type = types[at];
    if (type === "message_start" && at > 0) problems.push("second message_start");
    if (type === "content_block_start") {
      const block = event["content_block"] as Record<string, unknown>;
      if (open) problems.push(`block ${next} starts while one is open`);
      if (event["index"] !== next) problems.push(`index ${event["index"]} instead of ${next}`);
      next += 1;
      open = { index: event["index"], type: String(block["type"]), signed: false };
      if (block["type"] === "text" && block["text"] !== "") problems.push("text block does not start empty");
      if (block["type"] === "thinking" && block["thinking"] !== "")
        problems.push("thinking block does not start empty");
      if (block["type"] === "tool_use" && JSON.stringify(block["input"]) !== "{}")
        problems.push("tool starts with input");
    } else if (type === "content_block_delta") {
      const delta = String((event["delta"] as Record<string, unknown>)["type"]);
      if (event["index"] !== open?.index) problems.push(`delta of block ${event["index"]} that is not open`);
      if (!DELTA_OF_BLOCK[open?.type ?? ""]?.includes(delta)) problems.push(`${delta} in ${open?.type}`);
      if (open?.signed) problems.push("delta after the signature");
      if (open && delta === "signature_delta") open.signed = true;
    } else if (type === "content_block_stop") {
      if (event["index"] !== open?.index) problems.push(`stop of block ${event["index"]} that is not open`);
      if (open?.type === "thinking" && !open.signed) problems.push("thinking block without signature");
      open = undefined;
    } else if (type === "message_delta" && open) problems.push("message_delta while a block is open");
  }
  if (types.filter((type) => type === "message_delta").length > 1) problems.push("second message_delta");
  return problems;
}
