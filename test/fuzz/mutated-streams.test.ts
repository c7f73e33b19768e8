// Damaged upstream streams through the relay to clients of every format: no throw, no hang, and what the client gets is
// legal whatever the upstream sent.

import { describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { IrRequest } from "../../src/core/request.ts";
import { checkClientStream, toleratedRules } from "./support/client-grammar.ts";
import { PROTOCOL_IDS } from "./support/contexts.ts";
import { byProtocol, createRequestPicker, listStreamCorpus } from "./support/corpus.ts";
import { irProblems } from "./support/ir-grammar.ts";
import { cutRandomly, mutateStream } from "./support/mutate-stream.ts";
import { type RelayCase, type RelayResult, relayStream } from "./support/relay-stream.ts";
import { runCases } from "./support/run-cases.ts";
import { type Chooser, MUTATIONS, ONLY_CASE } from "./support/settings.ts";

/** Share of this kind of mutation in a run. */
const COUNT = Math.round(MUTATIONS * 0.5);
/** What a client may get per byte of the upstream: Responses repeats every text five times and every event has a head. */
const OUTPUT_PER_INPUT = 60;
const OUTPUT_BASE_BYTES = 1_000_000;
const HEAP_GROWTH_BYTES = 300 * 1024 * 1024;

const STREAMS = byProtocol(listStreamCorpus);
const pickRequest = createRequestPicker();

describe("mutated streams", () => {
  test(
    "give every client a legal stream",
    async () => {
      Bun.gc(true);
      const heapBefore = process.memoryUsage().heapUsed;
      const seen = { complete: 0, failed: 0, empty: 0 };
      await runCases("mutated streams", COUNT, async (choose) => {
        for (const relay of relayCases(choose)) seen[(await checkRelay(relay.options, relay.what)).end.type] += 1;
      });
      Bun.gc(true);
      expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(HEAP_GROWTH_BYTES);
      console.log(`mutated streams: ${COUNT} mutations, ${JSON.stringify(seen)}`);
    },
    COUNT * 1000,
  );
});

/** One damaged stream, for a client of every format. */
function relayCases(choose: Chooser): { readonly options: RelayCase; readonly what: string }[] {
  const from = choose.pick(PROTOCOL_IDS);
  const base = choose.pick(STREAMS[from]);
  const donors = STREAMS[from].filter((stream) => stream.framing === base.framing).map((stream) => stream.text);
  const { bytes, steps } = mutateStream(base.text, base.framing, choose, donors);
  const chunks = cutRandomly(bytes, choose);
  return PROTOCOL_IDS.map((to) => {
    const request = pickRequest(choose, to, from);
    const options: RelayCase = {
      from,
      framing: base.framing,
      chunks,
      to,
      request,
      clientFraming: to === "gemini" && choose.chance(30) ? "json-array" : "sse",
      opensEarly: choose.chance(30),
      keepAliveAfter: choose.chance(30) ? choose.int(chunks.length + 1) : -1,
    };
    return { options, what: `${base.name} (${steps.join(", ")}) ${from} -> ${to}` };
  });
}

async function checkRelay(options: RelayCase, what: string): Promise<RelayResult> {
  const result = await relayStream(options);
  if (ONLY_CASE !== undefined) show(options, result, what);
  expect([what, irProblems(result.events)]).toEqual([what, []]);
  if (result.text === undefined) {
    expect([what, result.end.type]).not.toEqual([what, "complete"]);
    return result;
  }
  expect([what, violations(options.to, result, options.request)]).toEqual([what, []]);
  const inputBytes = options.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  expect(result.text.length).toBeLessThan(OUTPUT_BASE_BYTES + OUTPUT_PER_INPUT * inputBytes);
  if (result.error) expect([what, successEnd(options.to, result.text)]).toEqual([what, undefined]);
  return result;
}

/** When one case is run by itself, somebody wants to see it. */
function show(options: RelayCase, result: RelayResult, what: string): void {
  const upstream = Buffer.concat(options.chunks).toString("utf8");
  const events = result.events.map((event) => JSON.stringify(event)).join("\n");
  console.log(
    `=== ${what}\n--- upstream\n${upstream}\n--- events\n${events}\n--- client\n${result.text ?? "(nothing)"}`,
  );
}

/** Broken rules, but for those that the upstream broke itself. */
function violations(to: ProtocolId, result: RelayResult, request: IrRequest): unknown {
  const tolerated = toleratedRules(to, result.events);
  return checkClientStream(to, result.text as string, request).filter(({ rule }) => !tolerated.has(rule));
}

/** What in a failed stream looks like the end of a good one. */
function successEnd(protocol: ProtocolId, text: string): string | undefined {
  return SUCCESS_MARKS[protocol].find((mark) => text.includes(mark));
}

const SUCCESS_MARKS: Readonly<Record<ProtocolId, readonly string[]>> = {
  anthropic: ["event: message_stop", "event: message_delta"],
  "openai-chat": ["data: [DONE]", '"finish_reason":"'],
  "openai-responses": ["event: response.completed", "event: response.incomplete"],
  gemini: ['"finishReason":"'],
};
