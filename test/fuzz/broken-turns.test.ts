// Answers that break at any byte and are begun anew inside the client's message, byte lane and converted, over up to
// three attempts of any formats: what the client gets is legal, holds all text of both sides of each seam in order, and
// no tool call twice.

import { describe, expect, test } from "bun:test";
import type { IrEvent } from "../../src/core/event.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { IrRequest } from "../../src/core/request.ts";
import type { StreamFraming } from "../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import type { SimAnswer } from "../../src/simulator/answer.ts";
import { RENDERERS } from "../../src/simulator/render.ts";
import { renderError } from "../../src/simulator/render-error.ts";
import { renderGeminiArrayFrames } from "../../src/simulator/render-gemini.ts";
import { READERS } from "../conformance/expected/readers.ts";
import type { Reading } from "../conformance/expected/reading.ts";
import {
  type PlayedAttempt,
  playTurn,
  type TurnAttempt,
  type TurnCase,
  type TurnResult,
} from "./support/broken-turn.ts";
import { checkClientStream, toleratedRules } from "./support/client-grammar.ts";
import { PROTOCOL_IDS } from "./support/contexts.ts";
import { byProtocol, type CorpusStream, listStreamCorpus } from "./support/corpus.ts";
import { cutRandomly } from "./support/mutate-stream.ts";
import { plainRequest } from "./support/plain-request.ts";
import { runCases } from "./support/run-cases.ts";
import { type Chooser, MUTATIONS, ONLY_CASE } from "./support/settings.ts";

const COUNT = Math.round(MUTATIONS * 0.25);
const RECORDED = byProtocol((protocol) =>
  listStreamCorpus(protocol).filter((stream) => !stream.name.startsWith("scripted")),
);
/** What an agent's clients never see at the end of a broken answer: that is how they know to ask again. */
const ENDLESS_RULES = new Set([
  "no-terminal",
  "no-end",
  "no-choices",
  "no-done",
  "no-finish",
  "frame-incomplete",
  "no-usage",
]);
/** An upstream that broke off has not told what it used. */
const SEAM_RULES = new Set(["no-usage"]);

describe("broken turns", () => {
  test(
    "go on in the same message",
    async () => {
      const seen = { complete: 0, closed: 0, failed: 0, reset: 0 };
      await runCases("broken turns", COUNT, async (choose) => {
        const turn = makeTurn(choose);
        const result = await playTurn(turn.options);
        if (ONLY_CASE !== undefined) show(turn, result);
        checkTurn(turn, result);
        seen[result.end] += 1;
      });
      console.log(`broken turns: ${COUNT} turns, ${JSON.stringify(seen)}`);
    },
    COUNT * 1000,
  );
});

interface Turn {
  readonly options: TurnCase;
  /** Rules that a recorded stream breaks itself: its bytes go out as they are. */
  readonly ownRules: ReadonlySet<string>;
  /** The scripted answer of each attempt; undefined for a recorded one. */
  readonly answers: readonly (SimAnswer | undefined)[];
  readonly what: string;
}

/** One to two attempts that break, then one that may do so too. */
function makeTurn(choose: Chooser): Turn {
  const to = choose.pick(PROTOCOL_IDS);
  const clientFraming = to === "gemini" && choose.chance(30) ? "json-array" : "sse";
  const count = 2 + choose.int(2);
  const includeUsage = choose.chance(70);
  const client: Client = { to, clientFraming, includeUsage };
  const made = Array.from({ length: count }, (_, at) => makeAttempt(choose, client, at, at === count - 1));
  const names = made.flatMap(({ answer }) => (answer?.toolCalls ?? []).map((call) => call.name));
  const request = plainRequest(to, {
    includeUsage,
    tools: names.map((name) => ({ type: "function", name })),
  });
  return {
    options: {
      to,
      request,
      clientFraming,
      attempts: made.map(({ attempt }) => attempt),
      opensEarly: choose.chance(20),
      keepsAlive: choose.chance(30),
    },
    ownRules: new Set(made.flatMap(({ recording }) => ownRules(to, recording, request))),
    answers: made.map(({ answer }) => answer),
    what: `${to} (${clientFraming}): ${made.map(({ what }) => what).join("; ")}`,
  };
}

interface Client {
  readonly to: ProtocolId;
  readonly clientFraming: StreamFraming;
  readonly includeUsage: boolean;
}

interface MadeAttempt {
  readonly attempt: TurnAttempt;
  readonly answer: SimAnswer | undefined;
  readonly recording: CorpusStream | undefined;
  readonly what: string;
}

function ownRules(to: ProtocolId, recording: CorpusStream | undefined, request: IrRequest): string[] {
  if (recording?.protocol !== to) return [];
  return checkClientStream(to, recording.text, request).map(({ rule }) => rule);
}

function makeAttempt(
  choose: Chooser,
  { to, clientFraming, includeUsage }: Client,
  at: number,
  isLast: boolean,
): MadeAttempt {
  // Half of the attempts speak the client's format: there the upstream's own bytes go out.
  const from = choose.chance(50) ? to : choose.pick(PROTOCOL_IDS);
  const framing = from === to ? clientFraming : "sse";
  const recorded = RECORDED[from].filter((stream) => stream.framing === framing);
  const isRecorded = !isLast && recorded.length > 0 && choose.chance(25);
  const answer = isRecorded ? undefined : makeAnswer(choose, at);
  const recording = isRecorded ? choose.pick(recorded) : undefined;
  const seen = { framing, includeUsage: includeUsage || from !== to };
  const frames = answer ? render(from, answer, at, seen) : [recording?.text ?? ""];
  const isWhole = isLast && choose.chance(80);
  const { bytes, how } = isWhole
    ? { bytes: Buffer.from(frames.join("")), how: "whole" }
    : breakOff(from, frames, choose);
  return {
    attempt: { from, framing, chunks: cutRandomly(bytes, choose), isBroken: choose.chance(70) && !isWhole },
    answer,
    recording,
    what: `${from} ${recording?.name ?? "scripted"} ${how}`,
  };
}

function makeAnswer(choose: Chooser, at: number): SimAnswer {
  const hasText = choose.chance(80);
  const calls = choose.pick([0, 0, 1, 1, 2, 3]);
  return {
    ...(choose.chance(60) ? { thinking: `Thought ${at}: weighing things up, 考える.` } : {}),
    ...(hasText || calls === 0 ? { text: `Text ${at}: Grüße 🙂 over there.` } : {}),
    toolCalls: Array.from({ length: calls }, (_, call) => ({
      name: `tool_${at}_${call}`,
      arguments: choose.chance(80) ? { city: `Zürich ${at}/${call}`, deep: { list: [1, "two", null] } } : {},
    })),
    chunkSize: choose.pick([1, 3, 8, 40]),
  };
}

function render(
  from: ProtocolId,
  answer: SimAnswer,
  at: number,
  { framing, includeUsage }: { framing: StreamFraming; includeUsage: boolean },
): string[] {
  const context = { model: "simulated-model", seed: `attempt ${at}`, inputTokens: 7, includeUsage };
  const frames =
    framing === "json-array" ? renderGeminiArrayFrames(answer, context) : RENDERERS[from].frames(answer, context);
  return frames.map((frame) => frame.text);
}

/** Cuts at any byte, or behind a whole event, there with an error event in some cases. */
function breakOff(from: ProtocolId, frames: readonly string[], choose: Chooser): { bytes: Buffer; how: string } {
  const kept = choose.int(frames.length + 1);
  if (frames.length > 1 && choose.chance(40)) {
    const whole = frames.slice(0, kept).join("");
    if (from === "gemini" || choose.chance(50)) return { bytes: Buffer.from(whole), how: `cut behind event ${kept}` };
    const kind = choose.pick(["api_error", "overloaded"] as const);
    const error = renderError(from, kind, undefined, kept).frame;
    return { bytes: Buffer.from(whole + error), how: `${kind} behind event ${kept}` };
  }
  const bytes = Buffer.from(frames.join(""));
  const length = choose.int(bytes.length);
  return { bytes: bytes.subarray(0, length), how: `cut at byte ${length} of ${bytes.length}` };
}

function checkTurn({ options, ownRules, answers, what }: Turn, result: TurnResult): void {
  const { text, end, attempts } = result;
  if (text === undefined) {
    expect([what, end === "reset" || end === "failed"]).toEqual([what, true]);
    return;
  }
  expect([what, violations(options, ownRules, result)]).toEqual([what, []]);
  if (end !== "complete" && end !== "closed") {
    expect([what, looksComplete(options.to, text)]).toEqual([what, false]);
    return;
  }
  const last = attempts.length - 1;
  const reading = READERS[options.to]({ text, isStream: true });
  expect([what, reading.text]).toEqual([what, expectedText(options.to, attempts, end)]);
  const answer = answers[last];
  if (!answer) return;
  expectCalls(what, reading, answer, end);
}

/** A call is delivered whole and once, and calls of attempts before the last never are. */
function expectCalls(what: string, reading: Reading, answer: SimAnswer, end: "complete" | "closed"): void {
  const calls = (answer.toolCalls ?? []).map((call) => ({ name: call.name, input: call.arguments }));
  const got = reading.calls.map(({ name, input }) => ({ name, input }) as unknown);
  const count = end === "complete" ? calls.length : Math.max(1, got.length);
  expect([what, got]).toEqual([what, calls.slice(0, count)]);
  expect([what, reading.ending]).toEqual([what, calls.length > 0 ? "tool" : "end"]);
}

/** The text of all that was delivered, in order. */
function expectedText(to: ProtocolId, attempts: readonly PlayedAttempt[], end: "complete" | "closed"): string {
  const separator = PROTOCOLS[to].seam === "blank-line" ? "\n\n" : "";
  return attempts
    .map((attempt, at) => {
      const isWhole = end === "complete" && at === attempts.length - 1;
      return { isWhole, events: attempt.isCommitted ? delivered(attempt, isWhole) : [] };
    })
    .filter(({ isWhole, events }) => isWhole || events.some((event) => event.type === "block-start"))
    .map(({ events }) => textOf(events, to))
    .join(separator);
}

/** What the client got of an attempt: not what stood behind a call that never got whole, or beside its beginning. */
function delivered({ events, readTo }: PlayedAttempt, isWhole: boolean): readonly IrEvent[] {
  const ends = readTo ? new Set([...readTo, events.length]) : undefined;
  const calls = new Set<number>();
  let upTo = 0;
  events.forEach((event, at) => {
    if (event.type === "block-start" && event.block.type === "tool-call") calls.add(event.index);
    const endsCall = event.type === "block-end" && calls.delete(event.index);
    if (calls.size === 0 && (!ends || endsCall || ends.has(at + 1))) upTo = at + 1;
  });
  return isWhole ? events : events.slice(0, upTo);
}

/** Two formats have no place of its own for a refusal. */
function textOf(events: readonly IrEvent[], to: ProtocolId): string {
  const kinds = to === "anthropic" || to === "gemini" ? ["text", "refusal"] : ["text"];
  const texts = new Set<number>();
  let text = "";
  for (const event of events) {
    if (event.type === "block-start" && kinds.includes(event.block.type)) texts.add(event.index);
    if (event.type === "block-delta" && event.delta.type === "text" && texts.has(event.index)) text += event.delta.text;
  }
  return text;
}

function violations(options: TurnCase, ownRules: ReadonlySet<string>, { text, end, attempts }: TurnResult): unknown {
  const rules = end === "complete" || end === "closed" ? SEAM_RULES : ENDLESS_RULES;
  const tolerated = new Set([...rules, ...ownRules]);
  // A chat server that ends in order without its marker is common, and left as it is.
  const last = options.attempts[attempts.length - 1];
  if (last?.from === "openai-chat" && !last.isBroken) tolerated.add("no-done");
  for (const { events } of attempts) for (const rule of toleratedRules(options.to, events)) tolerated.add(rule);
  return checkClientStream(options.to, text as string, options.request).filter(
    ({ rule, message }) => !tolerated.has(rule) && !isNameless(rule, message),
  );
}

/** A server that writes the name behind the data, and broke off in it: clients of this API go by the type in the data. */
function isNameless(rule: string, message: string): boolean {
  return rule === "event-name" && message.startsWith('event is "", type is response.');
}

function looksComplete(to: ProtocolId, text: string): boolean {
  return SUCCESS_MARKS[to].some((mark) => text.includes(mark));
}

const SUCCESS_MARKS: Readonly<Record<ProtocolId, readonly string[]>> = {
  anthropic: ["event: message_stop"],
  "openai-chat": ["data: [DONE]"],
  "openai-responses": ["event: response.completed", "event: response.incomplete"],
  gemini: [],
};

/** When one case is run by itself, somebody wants to see it. */
function show({ options, what }: Turn, result: TurnResult): void {
  const parts = options.attempts.map((attempt, at) => {
    const events = result.attempts[at]?.events.map((event) => JSON.stringify(event)).join("\n");
    return `--- upstream ${at}\n${Buffer.concat(attempt.chunks).toString("utf8")}\n--- events ${at}\n${events}`;
  });
  console.log(`=== ${what}\n${parts.join("\n")}\n--- client, ${result.end}\n${result.text ?? "(nothing)"}`);
}
