// Properties of requests: a format's own body survives decoding and encoding, and between any two formats the
// conversation stays what it was, or a loss says what did not.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Loss } from "../../src/core/loss.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { IrRequest } from "../../src/core/request.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { irRequest } from "./arbitraries/request.ts";
import { createMint, MODELS, PROTOCOL_IDS, PROTOCOL_PAIRS, routeOf, targetOf } from "./support/contexts.ts";
import { requestDigest, type Step } from "./support/request-digest.ts";
import { PROPERTY } from "./support/settings.ts";

/** A request on its way to an upstream: body and losses. */
function sent(protocol: ProtocolId, request: IrRequest): { body: unknown; losses: readonly Loss[] } {
  const { value, losses } = PROTOCOLS[protocol].encodeRequest(request, targetOf(protocol), createMint());
  return { body: JSON.parse(JSON.stringify(value.body)), losses };
}

/** A body as a client's request. */
function received(protocol: ProtocolId, body: unknown, stream: boolean): IrRequest {
  return PROTOCOLS[protocol].decodeRequest(body, routeOf(protocol, stream), () => undefined);
}

describe.each([...PROTOCOL_IDS])("%s", (protocol) => {
  test("a body that is read and written again is the same body", () => {
    fc.assert(
      fc.property(irRequest(MODELS[protocol]), (request) => {
        const first = sent(protocol, request);
        const again = sent(protocol, received(protocol, first.body, request.stream));
        expect(again.body).toEqual(first.body);
        expect(again.losses).toEqual([]);
      }),
      PROPERTY,
    );
  });

  test("every setting arrives or is recorded as a loss", () => {
    fc.assert(
      fc.property(irRequest(MODELS[protocol]), (request) => {
        const { body, losses } = sent(protocol, request);
        const back = received(protocol, body, request.stream);
        const missing = SETTINGS.filter(([field]) => isSet(request, field) && !isSame(request, back, field));
        const unexplained = missing.filter(([, features]) => !losses.some((loss) => features.includes(loss.feature)));
        expect(unexplained.map(([field]) => [field, request[field], back[field], losses])).toEqual([]);
      }),
      PROPERTY,
    );
  });
});

describe.each([...PROTOCOL_PAIRS])("%s to %s", (from, to) => {
  test("instructions, words, pictures, calls, results and their pairing keep their order", () => {
    fc.assert(
      fc.property(irRequest(MODELS[from]), (request) => {
        // What a client of `from` would have sent.
        const client = received(from, sent(from, request).body, request.stream);
        const before = JSON.stringify(client);
        const { body, losses } = sent(to, client);
        expect(JSON.stringify(client)).toBe(before);
        const upstream = received(to, body, request.stream);
        const expected = requestDigest(client);
        const actual = requestDigest(upstream);
        expectSystem(actual.system, expected.system, losses);
        expect(stepsWithoutThoughts(actual.steps, to)).toEqual(stepsWithoutThoughts(expected.steps, to));
        // A tool that cannot be forced is the only one offered.
        const isForced = losses.some((loss) => loss.feature === "forced-tool-choice");
        expect(isForced ? expect.arrayContaining([...actual.tools]) : actual.tools).toEqual(expected.tools);
        if (thoughts(actual.steps) < thoughts(expected.steps))
          expect(losses.some((loss) => loss.feature.includes("reasoning"))).toBe(true);
      }),
      { ...PROPERTY, numRuns: Math.ceil(PROPERTY.numRuns / 2) },
    );
  });
});

/** Whether a setting means anything: parallel calls are the default, and nothing without tools. */
function isSet(request: IrRequest, field: keyof IrRequest): boolean {
  if (field === "parallelToolCalls")
    return !request.parallelToolCalls && request.tools.length > 0 && request.toolChoice?.type !== "none";
  return request[field] !== undefined;
}

/** Schemas are rewritten into what each provider takes; that one is there has to stay. */
function isSame(request: IrRequest, back: IrRequest, field: keyof IrRequest): boolean {
  if (field === "outputFormat") return back.outputFormat?.type === request.outputFormat?.type;
  return Bun.deepEquals(back[field], request[field]);
}

/** A format that the upstream cannot be bound to is asked for in words behind the instructions. */
function expectSystem(actual: string, expected: string, losses: readonly Loss[]): void {
  if (losses.some((loss) => loss.kind === "approximated" && OUTPUT_FEATURES.includes(loss.feature)))
    expect(actual.startsWith(expected)).toBe(true);
  else expect(actual).toBe(expected);
}

const OUTPUT_FEATURES = ["output-format", "json-object", "json-schema"];

/** Settings that change the answer, and the losses that may stand for them. */
const SETTINGS: readonly (readonly [field: keyof IrRequest, features: readonly string[]])[] = [
  ["maxOutputTokens", ["max-output-tokens"]],
  ["temperature", ["temperature"]],
  ["topP", ["top-p"]],
  ["topK", ["top-k"]],
  ["stopSequences", ["stop-sequences"]],
  ["seed", ["seed"]],
  ["presencePenalty", ["presence-penalty"]],
  ["frequencyPenalty", ["frequency-penalty"]],
  ["parallelToolCalls", ["parallel-tool-calls"]],
  ["userId", ["user-id"]],
  ["toolChoice", ["tool-choice", "forced-tool-choice"]],
  ["outputFormat", OUTPUT_FEATURES],
];

/** Thinking goes back only to whoever signed it; formats without a flag for failed tools say so in words. */
function stepsWithoutThoughts(steps: readonly Step[], to: ProtocolId): unknown[] {
  const hasFlag = to === "anthropic" || to === "gemini";
  return steps
    .filter((step) => step.type !== "thought")
    .map((step) =>
      step.type === "result" && !hasFlag ? { ...step, isError: false, text: step.text.replace(/^Error:/, "") } : step,
    );
}

function thoughts(steps: readonly Step[]): number {
  return steps.filter((step) => step.type === "thought").length;
}
