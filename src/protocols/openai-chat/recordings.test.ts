// Recorded traffic of real servers through this folder, in both roles. Skips where the recordings are absent.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IrBlock } from "../../core/block.ts";
import { createResponseCollector } from "../../core/collect-response.ts";
import type { IrEvent } from "../../core/event.ts";
import { replayResponse } from "../../core/replay-response.ts";
import type { IrResponse } from "../../core/response.ts";
import { createSseSplitter } from "../../lib/sse.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { decodeError } from "./errors.ts";
import { decodeContext, expectGrammar, ROUTE, replyContext, targetAt } from "./test-support.ts";

interface Recording {
  readonly id: string;
  readonly model: string;
  readonly request: { readonly method: string; readonly body: Record<string, unknown> | null };
  readonly response: {
    readonly status: number;
    readonly stream: boolean;
    readonly body?: unknown;
    readonly raw?: string;
  };
}

const FOLDER = join(import.meta.dir, "../../../../shared/recordings/openai_chat");
const isPresent = existsSync(FOLDER);
if (!isPresent) console.log("openai-chat recordings: skipped, ../shared/recordings is absent");

const recordings: Recording[] = isPresent
  ? readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Recording)
  : [];
const answers = recordings.filter(({ request, response }) => response.status < 300 && request.method === "POST");
const streams = answers.filter(({ response }) => response.stream);
const wholes = answers.filter(({ response }) => !response.stream);

/** Streams that end in an error, as their servers meant it. */
const FAILED_STREAMS: ReadonlySet<string> = new Set([
  "openai_chat/groq-test-tool-use-failed-error-streaming-with-text",
]);

function decodeCut(raw: string, sizes: (length: number) => Iterable<number>): IrEvent[] {
  const events: IrEvent[] = [];
  const decoder = createStreamDecoder((event) => events.push(event), decodeContext());
  const splitter = createSseSplitter((name, data) => decoder.event(name, data), 1 << 24);
  const bytes = new TextEncoder().encode(raw);
  let at = 0;
  for (const size of sizes(bytes.length)) {
    splitter.push(bytes.slice(at, at + size));
    at += size;
  }
  splitter.push(bytes.slice(at));
  splitter.end();
  decoder.end();
  return events;
}

function* seededSizes(seed: number, length: number): Generator<number> {
  let state = seed;
  for (let at = 0; at < length; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const size = 1 + (state % 97);
    at += size;
    yield size;
  }
}

function collect(events: readonly IrEvent[]): IrResponse {
  const collector = createResponseCollector();
  for (const event of events) collector.event(event);
  const result = collector.result();
  if (!result || "error" in result) throw new Error(`no answer: ${JSON.stringify(result)}`);
  return result;
}

function textOf(response: IrResponse, type: "text" | "reasoning" | "refusal"): string {
  return response.content.map((block) => (block.type === type ? block.text : "")).join("");
}

function callsOf(response: IrResponse): unknown[] {
  return response.content
    .filter((block) => block.type === "tool-call")
    .map(({ id, name, arguments: args }) => ({ id, name, args }));
}

/** Everything a client of the same protocol must find again. Reasoning paragraphs are joined by chat itself. */
function essence(response: IrResponse): unknown {
  return {
    text: textOf(response, "text"),
    reasoning: textOf(response, "reasoning").replaceAll("\n", ""),
    // A refusal without words gets some on its way to a client.
    refusal: textOf(response, "refusal").replace("The request was refused by the model or its content filter.", ""),
    calls: callsOf(response),
    stop: response.stop.reason,
    usage: response.usage && { ...response.usage, serviceTier: undefined },
  };
}

/** Ids that chat clients accept only after a change are compared without it. */
function withPlainIds(response: IrResponse): IrResponse {
  const content = response.content.map(
    (block): IrBlock =>
      block.type === "tool-call" ? { ...block, id: block.id.replaceAll(/[^a-zA-Z0-9]/g, "").slice(0, 8) } : block,
  );
  return { ...response, content };
}

/** Adds up what a stream says, without our code, for comparison. */
function rawSums(raw: string): { text: string; reasoning: string; calls: number } {
  let text = "";
  let reasoning = "";
  let calls = 0;
  for (const line of raw.split(/\r?\n/)) {
    if (!line.startsWith("data: {")) continue;
    const delta = JSON.parse(line.slice(6)).choices?.[0]?.delta ?? {};
    if (typeof delta.content === "string") text += delta.content;
    reasoning += delta.reasoning_content || delta.reasoning || "";
    for (const call of delta.tool_calls ?? []) if (call.function?.name) calls++;
  }
  return { text, reasoning, calls };
}

describe.skipIf(!isPresent)("recorded streams", () => {
  test("there are at least 35 of them", () => {
    expect(streams.length).toBeGreaterThanOrEqual(35);
  });

  for (const { id, response } of streams) {
    const raw = response.raw ?? "";
    test(`${id} gives the same legal events however it is cut`, () => {
      const events = decodeCut(raw, () => []);
      expectGrammar(events);
      expect(decodeCut(raw, (length) => Array<number>(length).fill(1))).toEqual(events);
      for (const seed of [1, 2, 3]) expect(decodeCut(raw, (length) => seededSizes(seed, length))).toEqual(events);
      expect(events.at(-1)?.type).toBe(FAILED_STREAMS.has(id) ? "error" : "message-end");
    });

    if (FAILED_STREAMS.has(id)) continue;
    test(`${id} keeps every character and call`, () => {
      const answer = collect(decodeCut(raw, () => []));
      const sums = rawSums(raw);
      expect(textOf(answer, "text")).toBe(sums.text);
      expect(textOf(answer, "reasoning")).toBe(sums.reasoning);
      expect(callsOf(answer).length).toBe(sums.calls);
      for (const { args } of callsOf(answer) as { args: string }[]) expect(() => JSON.parse(args)).not.toThrow();
    });

    test(`${id} survives the way to a client and back`, () => {
      const events = decodeCut(raw, () => []);
      const frames: string[] = [];
      const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext());
      for (const event of events) encoder.event(event);
      encoder.close();
      const again = collect(decodeCut(frames.join(""), () => []));
      expect(essence(withPlainIds(again))).toEqual(essence(withPlainIds(collect(events))));
    });

    test(`${id} is an error when it breaks off before its finish reason`, () => {
      const cut = raw.slice(0, raw.search(/"finish_reason":\s?"/));
      const events = decodeCut(`${cut.slice(0, cut.lastIndexOf("data:"))}`, () => []);
      const last = events.at(-1);
      expect(last?.type).toBe("error");
      if (last?.type === "error") expect(last.error.truncated).toBe(true);
    });
  }
});

describe.skipIf(!isPresent)("recorded whole answers", () => {
  for (const { id, response } of wholes) {
    test(`${id} survives the way to a client and back, whole and replayed as a stream`, () => {
      const answer = decodeResponse(response.body, decodeContext());
      if ("error" in answer) throw new Error(JSON.stringify(answer));
      const body = JSON.parse(JSON.stringify(encodeResponse(answer, replyContext())));
      const again = decodeResponse(body, decodeContext());
      if ("error" in again) throw new Error(JSON.stringify(again));
      expect(essence(withPlainIds(again))).toEqual(essence(withPlainIds(answer)));

      const frames: string[] = [];
      const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext());
      replayResponse(answer, (event) => encoder.event(event));
      const streamed = collect(decodeCut(frames.join(""), () => []));
      expect(essence(withPlainIds(streamed))).toEqual(essence(withPlainIds(answer)));
    });
  }

  const errors = recordings.filter(({ response }) => response.status >= 400);
  for (const { id, response } of errors) {
    test(`${id} is read as an error with a message`, () => {
      const error = decodeError(response.status, response.body);
      expect(error.status).toBe(response.status);
      expect(error.message.length).toBeGreaterThan(3);
    });
  }
});

/** The form that chat's own encoder gives a request: spellings that mean the same are made equal. */
function canonical(body: Record<string, unknown>): unknown {
  const { user, stop, max_completion_tokens, stream, stream_options: _options, tool_choice, ...rest } = body;
  const fields: Record<string, unknown> = { ...rest };
  if (stream === true) fields["stream"] = true;
  fields["max_tokens"] ??= max_completion_tokens;
  fields["safety_identifier"] ??= user;
  if (stop !== null && stop !== undefined) fields["stop"] = Array.isArray(stop) ? stop : [stop];
  if (tool_choice) fields["tool_choice"] = tool_choice === "any" ? "required" : tool_choice;
  if ((fields["response_format"] as { type?: string } | null)?.type === "text") delete fields["response_format"];
  if (Array.isArray(fields["functions"])) {
    fields["tools"] = fields["functions"].map((fn) => ({ type: "function", function: fn }));
    delete fields["functions"];
    const { function_call } = fields as { function_call?: { name: string } };
    if (function_call) fields["tool_choice"] = { type: "function", function: function_call };
    delete fields["function_call"];
  }
  // An assistant message with nothing in it joins the one behind it.
  const messages = (fields["messages"] as Record<string, unknown>[]).map(canonicalMessage);
  fields["messages"] = messages.filter((message) => Object.keys(message).length > 1);
  // Descriptions that say nothing are left out.
  fields["tools"] = JSON.parse(JSON.stringify(fields["tools"] ?? null)?.replaceAll('"description":"",', "") ?? "null");
  return withoutNulls(fields);
}

function canonicalMessage(message: Record<string, unknown>): Record<string, unknown> {
  const { reasoning, reasoning_details, prefix: _prefix, ...rest } = message;
  const content = rest["content"];
  const parts = Array.isArray(content) ? content : content ? [{ type: "text", text: content }] : [];
  const details = (reasoning_details ?? []) as { text?: string; data?: string; signature?: string }[];
  const isSealed = details.some((detail) => detail.data !== undefined || detail.signature !== undefined);
  const text = reasoning ?? (isSealed ? undefined : details.map((detail) => detail.text ?? "").join(""));
  const audio = parts.map((part) =>
    typeof part.input_audio === "string"
      ? { type: "input_audio", input_audio: { data: part.input_audio, format: "mp3" } }
      : part,
  );
  const own = {
    ...rest,
    content: audio.length > 0 ? audio : null,
    role: rest["role"] === "developer" ? "system" : rest["role"],
  };
  return withoutNulls({
    reasoning_content: text || undefined,
    ...own,
    reasoning_details: isSealed ? details : undefined,
  });
}

function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

describe.skipIf(!isPresent)("recorded requests", () => {
  const requests = recordings.filter(({ request, response }) => request.body !== null && response.status < 300);
  for (const { id, model, request } of requests) {
    test(`${id} comes out of the neutral form as it went in`, () => {
      const body = request.body ?? {};
      // Azure and a few others name the model in the path.
      const named = { model, ...body };
      const ir = decodeRequest(named, ROUTE, () => undefined);
      const encoded = encodeRequest(ir, targetAt("http://localhost:8000/v1", String(named.model)), () => "id").value;
      expect(canonical(encoded.body as Record<string, unknown>)).toEqual(canonical(named));
    });
  }
});
