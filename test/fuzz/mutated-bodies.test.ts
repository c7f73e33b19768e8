// Damaged whole answers and error bodies: every decoder reads them without throwing, every encoder makes of them an
// answer, whole or streamed, that clients can read.

import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import type { IrEvent } from "../../src/core/event.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { replayResponse } from "../../src/core/replay-response.ts";
import type { IrRequest } from "../../src/core/request.ts";
import type { IrResponse } from "../../src/core/response.ts";
import { isEmptyAnswer } from "../../src/gateway/answer-content.ts";
import { decodeAnswer, lookIntoAnswer } from "../../src/gateway/look-into-answer.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { checkClientStream, toleratedRules } from "./support/client-grammar.ts";
import { decodeContextFor, PROTOCOL_IDS, replyContextFor } from "./support/contexts.ts";
import { byProtocol, createRequestPicker, listBodyCorpus } from "./support/corpus.ts";
import { irProblems } from "./support/ir-grammar.ts";
import { mutateJson, printMutated } from "./support/mutate-json.ts";
import { runCases } from "./support/run-cases.ts";
import { type Chooser, createChooser, MUTATIONS, ONLY_CASE } from "./support/settings.ts";

const COUNT = Math.round(MUTATIONS * 0.25);
const BODIES = byProtocol(listBodyCorpus);
const pickRequest = createRequestPicker();

describe("mutated bodies", () => {
  test(
    "are answers or errors in every format",
    async () => {
      const seen = { answers: 0, errors: 0 };
      await runCases("mutated bodies", COUNT, (choose) => {
        const from = choose.pick(PROTOCOL_IDS);
        const base = choose.pick(BODIES[from]);
        const donors = BODIES[from].map(({ body }) => body);
        // Through JSON, because a body on the wire holds what JSON can hold.
        const body: unknown = JSON.parse(printMutated(mutateJson(base.body, choose, donors)));
        for (const to of PROTOCOL_IDS) {
          const isAnswer = checkBody(body, from, to, pickRequest(choose, to, from), `${base.name} ${from} -> ${to}`);
          seen[isAnswer ? "answers" : "errors"] += 1;
        }
        checkErrorBody(body, from, choose);
      });
      console.log(`mutated bodies: ${COUNT} mutations, ${JSON.stringify(seen)}`);
    },
    COUNT * 1000,
  );

  for (const protocol of PROTOCOL_IDS) {
    test(`of ${protocol} show the same to one who only looks into them`, async () => {
      const context = decodeContextFor(protocol, pickRequest(createChooser("looks", 0), protocol, protocol));
      const check = (name: string, bytes: Buffer) => {
        const looked = shown(lookIntoAnswer(PROTOCOLS[protocol], context, bytes));
        expect([name, looked]).toEqual([name, shown(decodeAnswer(PROTOCOLS[protocol], context, bytes))]);
      };
      const bodies = BODIES[protocol];
      for (const { name, body } of bodies) {
        check(name, Buffer.from(JSON.stringify(body)));
        check(name, Buffer.from(withOtherLetters(JSON.stringify(body))));
      }
      await runCases(`looks into bodies of ${protocol}`, COUNT, (choose) => {
        const { name, body } = choose.pick(bodies);
        const donors = bodies.map((other) => other.body);
        const text = printMutated(mutateJson(body, choose, donors));
        const bytes = Buffer.from(choose.chance(50) ? withOtherLetters(text) : text);
        if (choose.chance(30)) bytes[choose.int(bytes.length)] = 0x80 + choose.int(0x80);
        check(name, bytes);
      });
    });
  }
});

/** Letters of two, three and four bytes in the texts, and as a service tier. */
function withOtherLetters(text: string): string {
  return text
    .replaceAll(/e(?=[a-z]* [^"]*")/g, "é")
    .replaceAll(" the ", " 日本 😀 ")
    .replaceAll('"standard"', '"größe"');
}

/** What the gateway wants to know of an answer that it passes on. */
function shown(answer: ReturnType<typeof decodeAnswer>): unknown {
  return "error" in answer ? answer : { usage: answer.usage, isEmpty: isEmptyAnswer(answer) };
}

function checkBody(body: unknown, from: ProtocolId, to: ProtocolId, request: IrRequest, what: string): boolean {
  const response = PROTOCOLS[from].decodeResponse(body, decodeContextFor(from, request));
  if ("error" in response) {
    expect([what, typeof response.error.message]).toEqual([what, "string"]);
    return false;
  }
  if (ONLY_CASE !== undefined) console.log(`=== ${what}\n${JSON.stringify(body)}\n${JSON.stringify(response)}`);
  checkWhole(response, to, request, what);
  checkStreamed(response, to, request, what);
  return true;
}

/** The whole answer has to be one in the client's format as well: its own decoder reads it. */
function checkWhole(response: IrResponse, to: ProtocolId, request: IrRequest, what: string): void {
  const encoded: unknown = JSON.parse(JSON.stringify(PROTOCOLS[to].encodeResponse(response, replyContextFor(request))));
  const decoded = PROTOCOLS[to].decodeResponse(encoded, decodeContextFor(to, request));
  if (hasContent(response) && !isBrokenForGemini(response, to))
    expect([what, "error" in decoded]).toEqual([what, false]);
}

/** Gemini has no place for a call with broken arguments: such an answer is an error there. */
function isBrokenForGemini(response: IrResponse, to: ProtocolId): boolean {
  return to === "gemini" && toleratedRules(to, eventsOf(response)).has("tool-json");
}

function hasContent(response: IrResponse): boolean {
  return response.content.some((block) => block.type === "text" && block.text !== "");
}

function checkStreamed(response: IrResponse, to: ProtocolId, request: IrRequest, what: string): void {
  const events = eventsOf(response);
  expect([what, irProblems(events)]).toEqual([what, []]);
  const frames: string[] = [];
  const encoder = PROTOCOLS[to].createStreamEncoder((frame) => frames.push(frame), replyContextFor(request));
  for (const event of events) encoder.event(event);
  encoder.close();
  const tolerated = toleratedRules(to, events);
  const violations = checkClientStream(to, frames.join(""), request).filter(({ rule }) => !tolerated.has(rule));
  expect([what, violations]).toEqual([what, []]);
}

function eventsOf(response: IrResponse): IrEvent[] {
  const events: IrEvent[] = [];
  replayResponse(response, (event) => events.push(event));
  return events;
}

/** Any body may come with an error status, and its words go into every format's error. */
function checkErrorBody(body: unknown, from: ProtocolId, choose: Chooser): void {
  const status = choose.pick([400, 401, 404, 413, 429, 500, 503, 529]);
  const wire = PROTOCOLS[from].decodeError(status, choose.chance(80) ? body : "<html>an error page");
  expect(typeof wire.message).toBe("string");
  const error = new GatewayError("upstream-server-error", wire.message, { wire, wireProtocol: from, status });
  for (const to of PROTOCOL_IDS) {
    const reply = PROTOCOLS[to].encodeError(error, "req_1");
    expect(reply.status).toBeGreaterThanOrEqual(400);
    const again = PROTOCOLS[to].decodeError(reply.status, JSON.parse(JSON.stringify(reply.body)));
    expect(again.message === "" && wire.message !== "").toBe(false);
  }
  expect(PROTOCOLS[from].decodeCount(body) ?? 0).toBeGreaterThanOrEqual(0);
}
