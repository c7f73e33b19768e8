// Every recorded Gemini exchange through every direction of this folder.

import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createResponseCollector } from "../../core/collect-response.ts";
import type { IrEvent } from "../../core/event.ts";
import type { IrRequest } from "../../core/request.ts";
import type { IrResponse } from "../../core/response.ts";
import { createJsonArraySplitter } from "../../lib/json-array.ts";
import { createSseSplitter } from "../../lib/sse.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { decodeError } from "./errors.ts";
import { decodeContext, grammarBreaches, replyContext, target } from "./test-context.ts";
import { isObject, type WireObject } from "./wire.ts";

const FOLDER = join(import.meta.dir, "../../../../shared/recordings/gemini");
const hasRecordings = existsSync(FOLDER);
if (!hasRecordings) console.log("skipped: no recordings beside the repository (../shared/recordings/gemini)");

interface Recording {
  readonly id: string;
  readonly framing?: string;
  readonly request: { readonly path: string; readonly body: unknown };
  readonly response: { readonly status: number; readonly body?: unknown; readonly raw?: string };
}

const recordings: Recording[] = hasRecordings
  ? readdirSync(FOLDER)
      .filter((file) => file.endsWith(".json"))
      .map((file) => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Recording)
  : [];
const streams = recordings.filter(({ response }) => response.raw !== undefined);
const answers = recordings.filter(
  ({ response, request }) =>
    response.status === 200 && response.body !== undefined && request.path.includes(":generateContent"),
);
const errors = recordings.filter(({ response }) => response.status >= 400 && response.body !== undefined);
const requests = recordings.filter(({ response, request }) => response.status < 300 && isObject(request.body));

/** Function names that a recorded request declares. */
function declaredNames({ request }: Recording): string[] {
  const body = isObject(request.body) ? request.body : {};
  const tools = Array.isArray(body["tools"]) ? body["tools"] : [];
  return tools.flatMap((tool) => {
    const list: unknown = isObject(tool) ? (tool["functionDeclarations"] ?? tool["function_declarations"]) : undefined;
    return Array.isArray(list) ? list.map((item: { name: string }) => item.name) : [];
  });
}

function eventsOf(recording: Recording, cuts: (bytes: Uint8Array) => Uint8Array[]): IrEvent[] {
  const events: IrEvent[] = [];
  const decoder = createStreamDecoder((event) => events.push(event), decodeContext(declaredNames(recording)));
  const handler = (name: string, data: string): void => decoder.event(name, data);
  const splitter =
    recording.framing === "json_array" ? createJsonArraySplitter(handler, 1e7) : createSseSplitter(handler, 1e7);
  for (const piece of cuts(new TextEncoder().encode(recording.response.raw ?? ""))) splitter.push(piece);
  splitter.end();
  decoder.end();
  return events;
}

const whole = (bytes: Uint8Array): Uint8Array[] => [bytes];
const oneByOne = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (_byte, at) => bytes.slice(at, at + 1));

function randomCuts(seed: number): (bytes: Uint8Array) => Uint8Array[] {
  let state = seed;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state % limit;
  };
  return (bytes) => {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + next(97);
      pieces.push(bytes.slice(at, at + length));
      at += length;
    }
    return pieces;
  };
}

function collect(events: readonly IrEvent[]): ReturnType<ReturnType<typeof createResponseCollector>["result"]> {
  const collector = createResponseCollector();
  for (const event of events) collector.event(event);
  return collector.result();
}

/** What of an answer has to survive a way through our client side. */
function essence(response: IrResponse): unknown {
  const text = response.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  const thinking = response.content.map((block) => (block.type === "reasoning" ? block.text : "")).join("");
  const calls = response.content.flatMap((block) =>
    block.type === "tool-call"
      ? [{ id: block.id, name: block.name, arguments: JSON.parse(block.arguments), signature: block.opaque?.payload }]
      : [],
  );
  const { inputTokens, outputTokens, cacheReadTokens, reasoningTokens } = response.usage ?? {};
  return {
    text,
    thinking,
    calls,
    stop: response.stop.reason,
    raw: response.stop.raw,
    usage: [(inputTokens ?? 0) + (cacheReadTokens ?? 0), cacheReadTokens, outputTokens ?? 0, reasoningTokens ?? 0],
  };
}

describe.skipIf(!hasRecordings)("recorded streams", () => {
  for (const recording of streams) {
    test(`${recording.id}: the same legal events however the bytes are cut`, () => {
      const events = eventsOf(recording, whole);
      expect(grammarBreaches(events)).toEqual([]);
      expect(eventsOf(recording, oneByOne)).toEqual(events);
      expect(eventsOf(recording, randomCuts(7))).toEqual(events);
      expect(eventsOf(recording, randomCuts(99))).toEqual(events);
    });

    test(`${recording.id}: survives our own stream encoder`, () => {
      const events = eventsOf(recording, whole);
      const before = collect(events);
      if (!before || "error" in before) {
        expect(recording.response.status).toBeGreaterThanOrEqual(400);
        return;
      }
      for (const framing of ["sse", "json-array"] as const) {
        const frames: string[] = [];
        const encoder = createStreamEncoder((frame) => frames.push(frame), replyContext(framing));
        for (const event of events) encoder.event(event);
        encoder.close();
        const again: Recording = {
          ...recording,
          framing: framing === "sse" ? "sse" : "json_array",
          response: { status: 200, raw: frames.join("") },
        };
        const after = collect(eventsOf(again, whole));
        if (!after || "error" in after) throw new Error("the encoded stream holds no answer");
        expect(essence(after)).toEqual(essence(before));
      }
    });
  }
});

/** A copy in which some values are replaced by ones of another kind. */
function damage(value: unknown, next: (limit: number) => number): unknown {
  const odd: readonly unknown[] = [null, 0, -1, "", "x", true, [], {}, [null], { a: 1 }, 1e99];
  if (next(25) === 0) return odd[next(odd.length)];
  if (Array.isArray(value)) return value.map((item) => damage(item, next));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, damage(item, next)]));
}

describe.skipIf(!hasRecordings)("damaged answers", () => {
  test("never throw and never break the grammar", () => {
    let state = 4242;
    const next = (limit: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % limit;
    };
    const bodies = recordings.flatMap(({ response, framing }) => {
      if (response.raw === undefined) return [[response.body]];
      const lines = response.raw.split("\n").filter((line) => line.startsWith("data:"));
      return [
        framing === "json_array"
          ? (JSON.parse(response.raw) as unknown[])
          : lines.map((line) => JSON.parse(line.slice(5)) as unknown),
      ];
    });
    for (let round = 0; round < 20; round++) {
      for (const body of bodies) {
        const broken = damage(body, next);
        decodeResponse(broken, decodeContext());
        const events: IrEvent[] = [];
        const decoder = createStreamDecoder((event) => events.push(event), decodeContext(round % 2 ? [] : undefined));
        for (const item of Array.isArray(broken) ? broken : [broken]) decoder.event("", JSON.stringify(item));
        decoder.end();
        expect(grammarBreaches(events)).toEqual([]);
        const encoder = createStreamEncoder(() => undefined, replyContext());
        for (const event of events) encoder.event(event);
      }
    }
  });
});

describe.skipIf(!hasRecordings)("recorded answers", () => {
  for (const recording of answers) {
    test(`${recording.id}: text, calls, stop reason and usage survive`, () => {
      const before = decodeResponse(recording.response.body, decodeContext(declaredNames(recording)));
      if ("error" in before) {
        expect(["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"]).toContain(before.error.type ?? "");
        return;
      }
      const after = decodeResponse(encodeResponse(before, replyContext()), decodeContext(declaredNames(recording)));
      if ("error" in after) throw new Error(after.error.message);
      // a prompt that was refused has no finish reason to repeat
      const raw = before.stop.reason === "refusal" ? after.stop.raw : before.stop.raw;
      expect(essence(after)).toEqual(essence({ ...before, stop: { ...before.stop, raw } }));
    });
  }
});

describe.skipIf(!hasRecordings)("recorded errors", () => {
  for (const recording of errors) {
    test(`${recording.id}: status, word and message are read`, () => {
      const error = decodeError(recording.response.status, recording.response.body);
      expect(error.status).toBe(recording.response.status);
      expect(error.type).toMatch(/^[A-Z_]+$/);
      expect(error.message.length).toBeGreaterThan(5);
      const hasDelay = JSON.stringify(recording.response.body).includes("retryDelay");
      if (hasDelay) expect(error.retryAfterMs).toBeGreaterThan(0);
      else expect(error.retryAfterMs).toBeUndefined();
    });
  }
});

/** Brings a body into one spelling, so that equal meanings compare equal. */
function normalize(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => normalize(item));
  if (!isObject(value)) return key === "type" && typeof value === "string" ? value.toLowerCase() : value;
  const out: Record<string, unknown> = {};
  for (const [rawKey, item] of Object.entries(value)) {
    if (item === null) continue;
    const camel = rawKey.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    out[camel === "parameters" ? "parametersJsonSchema" : camel] =
      camel === "args" || camel === "response" ? item : normalize(item, camel);
  }
  return out;
}

/** What our encoder may say differently: ids, empty schemas, result wrapping, defaults. */
function comparable(body: WireObject): unknown {
  const { model: _model, toolConfig, generationConfig, ...rest } = normalize(body) as Record<string, unknown>;
  const tools = (rest["tools"] as WireObject[] | undefined)?.map((tool) => {
    const { functionDeclarations, ...others } = tool as Record<string, unknown>;
    if (!Array.isArray(functionDeclarations)) return others;
    return { ...others, functionDeclarations: functionDeclarations.map(plainDeclaration) };
  });
  const { thinkingConfig, ...others } = (generationConfig ?? {}) as WireObject;
  // Generation 3 is steered by levels: a budget becomes one, and the thoughts stay wanted.
  const settings = {
    ...others,
    includeThoughts: isObject(thinkingConfig) && thinkingConfig["includeThoughts"] === true,
  };
  return {
    contents: (rest["contents"] as WireObject[]).map(({ parts, role }) => ({
      role: role ?? "user",
      parts: (parts as WireObject[]).map(plainPart),
    })),
    system: (rest["systemInstruction"] as { parts: { text: string }[] } | undefined)?.parts.map(({ text }) => text),
    tools,
    toolConfig: tools ? toolConfig : undefined,
    settings,
    safetySettings: rest["safetySettings"],
  };
}

function plainDeclaration(declaration: unknown): unknown {
  const { parametersJsonSchema, ...others } = declaration as { parametersJsonSchema?: { properties?: WireObject } };
  const hasProperties = Object.keys(parametersJsonSchema?.properties ?? {}).length > 0;
  return hasProperties ? { ...others, parametersJsonSchema } : others;
}

function plainPart(part: WireObject): unknown {
  const { thought, functionCall, functionResponse, ...others } = part as Record<string, unknown>;
  if (isObject(functionCall))
    return { ...others, functionCall: { name: functionCall["name"], args: functionCall["args"] } };
  if (isObject(functionResponse)) {
    const response = functionResponse["response"] as WireObject;
    const keys = Object.keys(response);
    const value: unknown = response[keys[0] ?? ""];
    const isWrapped = keys[0] === "output" || keys[0] === "result";
    const text =
      keys[0] === "error" || (isWrapped && typeof value === "string")
        ? value
        : JSON.stringify(isWrapped ? value : response);
    return { ...others, functionResponse: { name: functionResponse["name"], text, isError: keys[0] === "error" } };
  }
  return thought === true ? { ...others, thought } : others;
}

describe.skipIf(!hasRecordings)("recorded requests", () => {
  for (const recording of requests) {
    test(`${recording.id}: comes back as an equivalent body`, () => {
      const name = /models\/([^:]+):/.exec(recording.request.path)?.[1] ?? "";
      const body = recording.request.body as WireObject;
      const route = { protocol: "gemini", operation: "generate", model: name, stream: true, framing: "sse" } as const;
      const decoded: IrRequest = decodeRequest(body, route, () => undefined);
      const { value, losses } = encodeRequest(decoded, target(name), () => "0".repeat(24));
      const expected = comparable(body);
      expect(comparable(value.body as WireObject)).toEqual(expected as object);
      expect(losses.filter((loss) => loss.kind === "dropped").map((loss) => loss.feature)).toEqual([]);
    });
  }
});
