// Recorded traffic of this API through every codec of the folder.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IrBlock } from "../../core/block.ts";
import { createResponseCollector } from "../../core/collect-response.ts";
import type { IrEvent } from "../../core/event.ts";
import type { IrRequest } from "../../core/request.ts";
import type { IrResponse } from "../../core/response.ts";
import { createSseSplitter } from "../../lib/sse.ts";
import { decodeContext, grammarFaults, replyContext, TARGET, wireGrammarFaults } from "./__fixtures__/contexts.ts";
import { openaiResponsesProtocol as protocol } from "./index.ts";
import { arrayOf, isObject, type JsonObject, objectOf, objectsOf } from "./wire.ts";

const FOLDER = join(import.meta.dir, "../../../../shared/recordings/openai_responses");
const hasRecordings = existsSync(FOLDER);
if (!hasRecordings) console.log(`skipped: no recordings at ../shared/recordings`);

interface Recording {
  readonly id: string;
  readonly model: string;
  readonly request: { readonly path: string; readonly body: JsonObject | null };
  readonly response: { readonly status: number; readonly body?: unknown; readonly raw?: string };
}

const recordings: Recording[] = hasRecordings
  ? readdirSync(FOLDER)
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")))
  : [];

const GENERATE = /\/responses$/;
const ROUTE = { protocol: "openai-responses", operation: "generate", framing: "sse" } as const;

/** Streams whose upstream failed on purpose. */
const FAILED_STREAMS: Readonly<Record<string, string>> = {
  "openai_responses/openai-error.1": "insufficient_quota",
  "openai_responses/quoted-openai-responses-stream-error-event-overloaded": "server_is_overloaded",
  "openai_responses/quoted-openai-responses-stream-failed-overloaded": "server_error",
};

const streams = recordings.filter((recording) => recording.response.raw !== undefined);
const answers = recordings.filter(
  ({ request, response }) => isObject(response.body) && response.status < 300 && GENERATE.test(request.path),
);

describe.skipIf(!hasRecordings)("recorded streams", () => {
  for (const recording of streams) {
    const raw = Buffer.from(recording.response.raw ?? "", "utf8");
    const whole = decodeStream([raw]);

    test(`${recording.id} decodes the same however it is cut`, () => {
      const bytes = Array.from(raw, (_byte, i) => raw.subarray(i, i + 1));
      expect(decodeStream(bytes)).toEqual(whole);
      expect(decodeStream(randomCuts(raw, 7))).toEqual(whole);
      expect(decodeStream(randomCuts(raw, 4711))).toEqual(whole);
    });

    test(`${recording.id} keeps the grammar of neutral events`, () => {
      expect(grammarFaults(whole)).toEqual([]);
    });

    const code = FAILED_STREAMS[recording.id];
    if (code !== undefined) {
      test(`${recording.id} ends as an error with the upstream's words`, () => {
        expect(whole.at(-1)).toMatchObject({ type: "error", error: { code } });
      });
      continue;
    }

    test(`${recording.id} says what its final response object says`, () => {
      const final = finalResponse(recording.response.raw ?? "");
      const expected = protocol.decodeResponse(final, decodeContext()) as IrResponse;
      const collected = collect(whole);
      expect(collected.usage).toEqual(expected.usage);
      if (arrayOf(final["output"]).length > 0) {
        expect(comparable(collected.content)).toEqual(comparable(expected.content));
        expect(collected.stop).toEqual(expected.stop);
      }
    });

    test(`${recording.id} is encoded again without loss`, () => {
      const context = replyContext(requestOf(recording));
      const frames: string[] = [];
      const encoder = protocol.createStreamEncoder((frame) => frames.push(frame), context);
      for (const event of whole) encoder.event(event);
      encoder.close();
      expect(wireGrammarFaults(frames)).toEqual([]);
      const again = decodeStream([Buffer.from(frames.join(""), "utf8")]);
      expect(grammarFaults(again)).toEqual([]);
      const before = collect(whole);
      const after = collect(again);
      expect(facts(after.content)).toEqual(facts(before.content));
      expect(after.stop).toEqual(before.stop);
      expect(tokenCounts(after)).toEqual(tokenCounts(before));
    });

    test(`${recording.id} without its last event ends as a truncated stream`, () => {
      const text = recording.response.raw ?? "";
      const terminal = Math.max(text.lastIndexOf('"response.completed"'), text.lastIndexOf('"response.incomplete"'));
      const events = decodeStream([Buffer.from(text.slice(0, text.lastIndexOf("\n\n", terminal) + 2), "utf8")]);
      expect(events.at(-1)).toMatchObject({ type: "error", error: { truncated: true } });
    });
  }
});

describe.skipIf(!hasRecordings)("recorded answers", () => {
  for (const recording of answers) {
    const status = objectOf(recording.response.body)["status"];
    const decoded = protocol.decodeResponse(recording.response.body, decodeContext());
    if (status === "queued") {
      test(`${recording.id} is the beginning of an answer, for its own client only`, () => {
        expect(decoded).toMatchObject({ error: { malformed: true } });
        const passedOn = protocol.decodeResponse(recording.response.body, decodeContext({ isPassedOn: true }));
        expect(passedOn).toMatchObject({ content: [], stop: { reason: "pause-turn", raw: "queued" } });
      });
      continue;
    }

    test(`${recording.id} keeps text, calls, stop and usage when encoded again`, () => {
      const response = decoded as IrResponse;
      const body = protocol.encodeResponse(response, replyContext(requestOf(recording)));
      const again = protocol.decodeResponse(JSON.parse(JSON.stringify(body)), decodeContext()) as IrResponse;
      expect(facts(again.content)).toEqual(facts(response.content));
      expect(again.stop).toEqual(response.stop);
      expect(tokenCounts(again)).toEqual(tokenCounts(response));
      expect(response.usage?.outputTokens).toBeGreaterThan(0);
    });

    test(`${recording.id} holds every text of the wire`, () => {
      const wire = objectsOf(objectOf(recording.response.body)["output"])
        .flatMap((item) => objectsOf(item["type"] === "message" ? item["content"] : []))
        .map((part) => part["text"] ?? part["refusal"]);
      const texts = (decoded as IrResponse).content.flatMap((block) =>
        block.type === "text" || block.type === "refusal" ? [block.text] : [],
      );
      expect(texts as unknown[]).toEqual(wire);
    });
  }
});

describe.skipIf(!hasRecordings)("recorded errors", () => {
  for (const recording of recordings.filter(({ response }) => response.status >= 400)) {
    test(`${recording.id} gives status and message`, () => {
      const error = protocol.decodeError(recording.response.status, recording.response.body);
      expect(error.status).toBe(recording.response.status);
      expect(error.message.length).toBeGreaterThan(10);
      expect(error.code).toBeTruthy();
    });
  }
});

describe.skipIf(!hasRecordings)("recorded requests", () => {
  const convertible = recordings.filter(
    ({ request, response }) =>
      request.body !== null &&
      response.status < 300 &&
      (GENERATE.test(request.path) || request.path.endsWith("/input_tokens")) &&
      request.body["previous_response_id"] == null &&
      request.body["background"] !== true,
  );
  for (const recording of convertible) {
    test(`${recording.id} is decoded and encoded to an equivalent body`, () => {
      const body = recording.request.body as JsonObject;
      const request = protocol.decodeRequest(body, ROUTE, () => undefined);
      const encoded = protocol.encodeRequest(request, { ...TARGET, model: request.model }, () => "x");
      const sent = encoded.value.body as JsonObject;
      expect(normalized(sent)).toEqual(normalized(body));
      // What is sent says the same when read once more.
      const again = protocol.decodeRequest(sent, ROUTE, () => undefined);
      expect(bareMessages(again)).toEqual(bareMessages(request));
      expect(again.system).toEqual(request.system);
      expect(again.tools.length).toBe(request.tools.length);
    });
  }

  for (const recording of recordings.filter(({ request }) => request.body?.["previous_response_id"] != null)) {
    test(`${recording.id} is refused because it needs the provider's store`, () => {
      const decode = (): IrRequest => protocol.decodeRequest(recording.request.body, ROUTE, () => undefined);
      expect(decode).toThrow("previous_response_id: ");
    });
  }
});

function decodeStream(chunks: readonly Uint8Array[]): IrEvent[] {
  const events: IrEvent[] = [];
  const decoder = protocol.createStreamDecoder((event) => events.push(event), decodeContext());
  const splitter = createSseSplitter((name, data) => decoder.event(name, data), 10_000_000);
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  decoder.end();
  return events;
}

function collect(events: readonly IrEvent[]): IrResponse {
  const collector = createResponseCollector();
  for (const event of events) collector.event(event);
  return collector.result() as IrResponse;
}

function randomCuts(bytes: Uint8Array, seed: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let state = seed;
  for (let at = 0; at < bytes.length; ) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const length = 1 + (state % 97);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

function finalResponse(raw: string): JsonObject {
  let final: JsonObject = {};
  const splitter = createSseSplitter((_name, data) => {
    if (!data.startsWith("{")) return;
    const event = JSON.parse(data);
    if (event.type === "response.completed" || event.type === "response.incomplete") final = event.response;
  }, 10_000_000);
  splitter.push(Buffer.from(raw, "utf8"));
  splitter.end();
  return final;
}

/** What has to survive: adjacent texts count as one, encrypted payloads by presence. */
function facts(content: readonly IrBlock[]): unknown[] {
  const list: unknown[] = [];
  for (const block of content) {
    const last = list.at(-1);
    if (block.type === "text" && isObject(last) && last["type"] === "text") {
      list[list.length - 1] = { ...last, text: `${last["text"]}${block.text}` };
    } else if (block.type === "text") list.push({ type: "text", text: block.text, citations: block.citations?.length });
    else if (block.type === "reasoning") {
      list.push({ type: "reasoning", text: block.text, payload: block.opaque?.payload });
    } else if (block.type === "tool-call") {
      const { id: _id, ...call } = block;
      list.push(call);
    } else list.push(block);
  }
  return JSON.parse(JSON.stringify(list));
}

/** Payloads are encrypted anew for each event; items without a neutral form keep no order among the others. */
function comparable(content: readonly IrBlock[]): unknown[] {
  const list = facts(content).map((fact) =>
    isObject(fact) && fact["payload"] !== undefined ? { ...fact, payload: "present" } : fact,
  );
  const isUnknown = (fact: unknown): boolean => objectOf(fact)["type"] === "unknown";
  const unknown = list.filter(isUnknown).map((fact) => JSON.stringify(fact));
  return [...list.filter((fact) => !isUnknown(fact)), ...unknown.sort()];
}

function tokenCounts(response: IrResponse): unknown {
  const usage = response.usage ?? {};
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage;
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens };
}

function requestOf(recording: Recording): IrRequest {
  const body: Record<string, unknown> = { model: "m", input: "x", ...recording.request.body };
  delete body["previous_response_id"];
  delete body["background"];
  return protocol.decodeRequest(body, ROUTE, () => undefined);
}

/** Messages without what a new id or a default may change. */
function bareMessages(request: IrRequest): unknown {
  return request.messages.map(({ role, content }) => ({
    role,
    content: content
      .filter((block) => block.type !== "reasoning" || block.opaque !== undefined)
      .map((block) => ({ ...block, id: undefined, callId: undefined, detail: undefined })),
  }));
}

/** Brings a body into one of its equivalent forms: see the comment at each step. */
function normalized(body: JsonObject): unknown {
  const copy: Record<string, unknown> = JSON.parse(JSON.stringify(body));
  for (const field of ["store", "include", "stream"]) delete copy[field]; // always set, or set only when true
  for (const [field, value] of Object.entries(copy)) if (value === null) delete copy[field];
  const text = objectOf(copy["text"]);
  if (objectOf(text["format"])["type"] === "text" && Object.keys(text).length === 1) delete copy["text"]; // the default
  const input = copy["input"];
  const items = typeof input === "string" ? [{ role: "user", content: input }] : objectsOf(input);
  copy["input"] = items.map(normalizedItem).filter((item) => item !== undefined);
  copy["tools"] = arrayOf(copy["tools"]).map(normalizedTool);
  if (arrayOf(copy["tools"]).length === 0) delete copy["tools"];
  return copy;
}

function normalizedItem(item: JsonObject): unknown {
  const { id: _id, status: _status, ...rest } = item as Record<string, unknown>;
  if (rest["role"] !== undefined) {
    rest["type"] = "message";
    if (rest["role"] === "system") rest["role"] = "developer";
    if (typeof rest["content"] === "string") {
      const type = rest["role"] === "assistant" ? "output_text" : "input_text";
      rest["content"] = [{ type, text: rest["content"] }];
    }
    rest["content"] = objectsOf(rest["content"]).map((part) => {
      const { annotations: _annotations, logprobs: _logprobs, ...plain } = part as Record<string, unknown>;
      return plain["type"] === "input_image" ? { detail: "auto", ...plain } : plain;
    });
  }
  // Without its payload a reasoning item names something in a store that is not used.
  if (rest["type"] === "reasoning" && rest["encrypted_content"] === undefined) return undefined;
  if (typeof rest["call_id"] === "string" && rest["call_id"].length > 64) rest["call_id"] = "long";
  if (typeof rest["call_id"] === "string" && /[^\w-]|_[0-9a-f]{8}$/.test(rest["call_id"])) rest["call_id"] = "long";
  if (Array.isArray(rest["output"]) && objectsOf(rest["output"]).every((part) => part["type"] === "input_text")) {
    rest["output"] = objectsOf(rest["output"])
      .map((part) => part["text"])
      .join("\n");
  }
  return rest;
}

function normalizedTool(tool: unknown): unknown {
  const wire = objectOf(tool);
  if (wire["type"] === "namespace") {
    return { type: "namespace", name: wire["name"], tools: arrayOf(wire["tools"]).map(normalizedTool) };
  }
  if (wire["type"] !== "function") return wire;
  const { strict, ...rest } = wire as Record<string, unknown>;
  if (rest["description"] === null) delete rest["description"];
  return { ...rest, strict: strict ?? false };
}
