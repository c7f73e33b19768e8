// Every recorded exchange of this protocol: answers decoded in any cut, re-encoded, and requests round-tripped.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createResponseCollector } from "../../core/collect-response.ts";
import type { IrEvent } from "../../core/event.ts";
import { replayResponse } from "../../core/replay-response.ts";
import type { IrResponse } from "../../core/response.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { decodeError } from "./errors.ts";
import { decodeCount } from "./models.ts";
import {
  counter,
  decodeContext,
  decodeSse,
  encodeEvents,
  irGrammarProblems,
  replyContext,
  target,
  wireGrammarProblems,
} from "./test-support.ts";
import { isObject, without } from "./wire.ts";

const FOLDER = join(import.meta.dir, "../../../../shared/recordings/anthropic");
const HAS_RECORDINGS = existsSync(FOLDER);
if (!HAS_RECORDINGS) console.log("recordings.test.ts (anthropic): skipped, ../shared/recordings is absent");

interface Recording {
  readonly id: string;
  readonly model: string;
  readonly request: { readonly path: string; readonly body: unknown };
  readonly response: {
    readonly status: number;
    readonly stream: boolean;
    readonly body?: unknown;
    readonly raw?: string;
    readonly text?: string;
  };
}

const RECORDINGS: readonly Recording[] = HAS_RECORDINGS
  ? readdirSync(FOLDER)
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Recording)
  : [];

const streams = RECORDINGS.filter((recording) => recording.response.raw !== undefined);
const answers = RECORDINGS.filter(
  ({ request, response }) =>
    response.raw === undefined && response.status === 200 && !request.path.includes("count_tokens"),
);
const failures = RECORDINGS.filter(({ response }) => response.status >= 400);
const requests = RECORDINGS.filter(({ request, response }) => isObject(request.body) && response.status < 300);

/** What a client sees of an answer, for comparison over a round trip. */
function essence(response: IrResponse): unknown {
  const blocks = response.content.map((block) => {
    switch (block.type) {
      case "text":
        return { text: block.text, citations: block.citations?.map((citation) => citation.wire) };
      case "reasoning":
        return { reasoning: block.text, signature: block.opaque?.payload, redacted: block.redacted };
      case "tool-call":
        return { call: block.name, id: block.id, input: JSON.parse(block.arguments) };
      case "server-tool-call":
        return { server: block.name, input: block.input };
      default:
        return block;
    }
  });
  const isEmpty = (block: unknown): boolean => isObject(block) && block["text"] === "";
  return { blocks: blocks.filter((block) => !isEmpty(block)), stop: response.stop, usage: response.usage };
}

function collect(events: readonly IrEvent[]): IrResponse {
  const collector = createResponseCollector();
  for (const event of events) collector.event(event);
  const result = collector.result();
  if (!result || "error" in result) throw new Error(`no answer: ${JSON.stringify(result)}`);
  return result;
}

/** Cuts bytes at places a seeded generator picks, several per event. */
function randomCuts(bytes: Uint8Array, seed: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let state = seed;
  for (let at = 0; at < bytes.length; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const end = at + 1 + (state % 97);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

function singleBytes(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

function decodeWhole(body: unknown): IrResponse {
  const result = decodeResponse(body, decodeContext());
  if ("error" in result) throw new Error(JSON.stringify(result.error));
  return result;
}

describe.skipIf(!HAS_RECORDINGS)("recorded streams", () => {
  for (const { id, response } of streams) {
    test(`${id}: the same legal events in any cut`, () => {
      const bytes = new TextEncoder().encode(response.raw);
      const whole = decodeSse([bytes]);
      expect(irGrammarProblems(whole)).toEqual([]);
      expect(decodeSse(singleBytes(bytes))).toEqual(whole);
      for (const seed of [1, 7, 42]) expect(decodeSse(randomCuts(bytes, seed))).toEqual(whole);
    });

    test(`${id}: our frames are legal and hold the same answer`, () => {
      const events = decodeSse([new TextEncoder().encode(response.raw)]);
      const frames = encodeEvents(events);
      expect(wireGrammarProblems(frames)).toEqual([]);
      if (events.at(-1)?.type === "error") {
        expect(frames.at(-1)).toStartWith("event: error\n");
        return;
      }
      const again = decodeSse([new TextEncoder().encode(frames.join(""))]);
      expect(irGrammarProblems(again)).toEqual([]);
      expect(withoutNotes(essence(collect(again)))).toEqual(withoutNotes(essence(collect(events))));
    });
  }
});

/** The first message of a recorded stream, read naively from its JSON: the measure for our decoder. */
function readNaively(raw: string): {
  text: string;
  thinking: string;
  stop: unknown;
  output: unknown;
  inputs: unknown[];
} {
  const seen = {
    text: "",
    thinking: "",
    stop: undefined as unknown,
    output: undefined as unknown,
    inputs: [] as unknown[],
  };
  const json = new Map<number, string>();
  for (const line of raw.split(/\r?\n/)) {
    if (!line.startsWith("data:") || !line.includes("{")) continue;
    const event = JSON.parse(line.slice(5));
    if (event.type === "content_block_start" && event.content_block.type === "tool_use") json.set(event.index, "");
    if (event.type === "content_block_delta") {
      seen.text += event.delta.text ?? "";
      seen.thinking += event.delta.thinking ?? "";
      const before = json.get(event.index);
      if (before !== undefined) json.set(event.index, before + (event.delta.partial_json ?? ""));
    }
    if (event.type === "message_delta") {
      seen.stop = event.delta.stop_reason;
      seen.output = event.usage.output_tokens;
    }
    if (event.type === "message_stop") break;
  }
  seen.inputs = [...json.values()].filter((text) => text !== "").map((text) => JSON.parse(text));
  return seen;
}

describe.skipIf(!HAS_RECORDINGS)("recorded streams against a naive reading", () => {
  for (const { id, response } of streams) {
    const events = HAS_RECORDINGS ? decodeSse([new TextEncoder().encode(response.raw)]) : [];
    if (events.at(-1)?.type === "error") continue;
    test(`${id}: text, thinking, arguments, stop reason and output tokens`, () => {
      const naive = readNaively(response.raw ?? "");
      const { content, stop, usage } = collect(events);
      const joined = (type: "text" | "reasoning"): string =>
        content.map((block) => (block.type === type ? block.text : "")).join("");
      const calls = content.filter((block) => block.type === "tool-call").map((block) => JSON.parse(block.arguments));
      expect(joined("text")).toBe(naive.text);
      expect(joined("reasoning")).toBe(naive.thinking);
      expect(calls.filter((input) => naive.inputs.length > 0 && Object.keys(input).length > 0)).toEqual(naive.inputs);
      expect(stop.raw).toBe(naive.stop as string);
      expect(usage?.outputTokens).toBe(naive.output as number);
    });
  }
});

/** Usage that a stream of ours reports in full where the recording left counters out. */
function withoutNotes(value: unknown): unknown {
  if (!isObject(value)) return value;
  const usage = isObject(value["usage"]) ? value["usage"] : {};
  const counted = Object.fromEntries(
    Object.entries(usage).filter(([key, count]) => count !== 0 && count !== undefined && key !== "serviceTier"),
  );
  return { ...value, usage: counted };
}

describe.skipIf(!HAS_RECORDINGS)("recorded answers", () => {
  for (const { id, response } of answers) {
    test(`${id}: text, calls, stop reason and usage survive the round trip`, () => {
      const decoded = decodeWhole(response.body);
      const again = decodeWhole(encodeResponse(decoded, replyContext()));
      expect(withoutNotes(essence(again))).toEqual(withoutNotes(essence(decoded)));
    });

    test(`${id}: replayed as a stream it is the same answer`, () => {
      const decoded = decodeWhole(response.body);
      const events: IrEvent[] = [];
      replayResponse(decoded, (event) => events.push(event));
      const frames = encodeEvents(events);
      expect(wireGrammarProblems(frames)).toEqual([]);
      const again = collect(decodeSse([new TextEncoder().encode(frames.join(""))]));
      expect(withoutNotes(essence(again))).toEqual(withoutNotes(essence(decoded)));
    });
  }
});

describe.skipIf(!HAS_RECORDINGS)("recorded failures", () => {
  for (const { id, response } of failures) {
    test(`${id}: the error says what the upstream said`, () => {
      const error = decodeError(response.status, response.body ?? response.text);
      expect(error.status).toBe(response.status);
      expect(error.message.length).toBeGreaterThan(0);
      if (isObject(response.body)) expect(error.type).toBeString();
    });
  }
});

describe.skipIf(!HAS_RECORDINGS)("recorded counts", () => {
  const counts = RECORDINGS.filter(
    ({ request, response }) => request.path.includes("count_tokens") && response.status === 200,
  );
  for (const { id, response } of counts) {
    test(`${id}: a positive count`, () => expect(decodeCount(response.body)).toBeGreaterThan(0));
  }
});

const NOISE: ReadonlySet<string> = new Set(["is_error", "citations", "caller", "signature"]);

/** Spells a request body in one way: content as arrays, no defaults, no empty text. */
function plain(body: unknown): unknown {
  if (!isObject(body)) return body;
  const messages = Array.isArray(body["messages"]) ? body["messages"] : [];
  const rest = without(body, new Set(["messages", "stream", "tools", "system"]));
  return {
    ...rest,
    ...(body["stream"] === true ? { stream: true } : {}),
    ...(Array.isArray(body["tools"]) && body["tools"].length > 0 ? { tools: body["tools"].map(plainTool) } : {}),
    ...(body["system"] === undefined ? {} : { system: blocks(body["system"]) }),
    messages: messages.map((message) =>
      isObject(message) ? { role: message["role"], content: blocks(message["content"]) } : message,
    ),
  };
}

function plainTool(tool: unknown): unknown {
  return isObject(tool) && isObject(tool["input_schema"])
    ? { ...tool, input_schema: { type: "object", properties: {}, ...tool["input_schema"] } }
    : tool;
}

function blocks(content: unknown): unknown {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  if (!Array.isArray(content)) return content;
  return content.map((block) => {
    if (!isObject(block)) return block;
    const keep = new Set(
      [...NOISE].filter(
        (key) => key !== "signature" && (block[key] === false || block[key] === null || key === "caller"),
      ),
    );
    const bare = without(block, keep);
    return block["type"] === "tool_result" ? { ...bare, content: blocks(block["content"]) } : bare;
  });
}

describe.skipIf(!HAS_RECORDINGS)("recorded requests", () => {
  for (const { id, model, request } of requests) {
    test(`${id}: the body survives the round trip`, () => {
      const losses: unknown[] = [];
      const decoded = decodeRequest(request.body, (loss) => losses.push(loss));
      expect(decoded.messages.length).toBeGreaterThan(0);
      const { value, losses: encodeLosses } = encodeRequest(decoded, target(model), counter());
      const skip = new Set(request.path.includes("count_tokens") ? ["max_tokens"] : []);
      const expected = without(plain(request.body) as Record<string, unknown>, skip);
      const actual = without(plain(value.body) as Record<string, unknown>, skip);
      expect({ body: actual, losses: [...losses, ...encodeLosses] }).toEqual({ body: expected, losses: [] });
    });
  }

  test("there are recordings of every kind", () => {
    for (const kind of [streams, answers, failures, requests]) expect(kind.length).toBeGreaterThan(5);
  });
});
