// Damaged client requests: read or refused with a GatewayError that says why, and what was read can be written for
// every upstream, whose own format reads it again.

import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import { isTooDeep } from "../../src/core/json-depth.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { IrRequest } from "../../src/core/request.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { createMint, PROTOCOL_IDS, routeOf, targetOf } from "./support/contexts.ts";
import { byProtocol, listRequestCorpus } from "./support/corpus.ts";
import { mutateJson, printMutated } from "./support/mutate-json.ts";
import { runCases } from "./support/run-cases.ts";
import { MUTATIONS, ONLY_CASE } from "./support/settings.ts";

const COUNT = Math.round(MUTATIONS * 0.25);
const REQUESTS = byProtocol(listRequestCorpus);
const MODELS: Readonly<Record<ProtocolId, readonly string[]>> = {
  anthropic: ["claude-sonnet-4-6", "claude-opus-4-7", "claude-3-5-haiku-latest", "kimi-k2", "?"],
  "openai-chat": ["gpt-4.1", "gpt-5", "o3", "deepseek-reasoner", "mistral-large-latest", "qwen3", "?"],
  "openai-responses": ["gpt-4.1", "gpt-5", "o3", "?"],
  gemini: ["gemini-2.5-pro", "gemini-3-pro-preview", "gemini-2.0-flash", "?"],
};

describe("mutated requests", () => {
  test(
    "are refused with a reason or written for every upstream",
    async () => {
      const seen = { refused: 0, encoded: 0, unsendable: 0 };
      await runCases("mutated requests", COUNT, (choose) => {
        const from = choose.pick(PROTOCOL_IDS);
        const base = choose.pick(REQUESTS[from]);
        const donors = REQUESTS[from].map(({ body }) => body);
        const body: unknown = JSON.parse(printMutated(mutateJson(base.body, choose, donors)));
        if (ONLY_CASE !== undefined) console.log(`=== ${base.name}\n${JSON.stringify(body)}`);
        // The gateway takes no body that nests deeper (gateway/read-body.ts).
        if (isTooDeep(body)) return;
        const request = onlyGatewayErrors(() => PROTOCOLS[from].decodeRequest(body, routeOf(from), () => undefined));
        if (!request) {
          seen.refused += 1;
          return;
        }
        const before = JSON.stringify(request);
        for (const to of PROTOCOL_IDS) {
          const isEncoded = checkEncoding(request, to, choose.pick(MODELS[to]), `${base.name} ${from} -> ${to}`);
          seen[isEncoded ? "encoded" : "unsendable"] += 1;
        }
        expect(JSON.stringify(request)).toBe(before);
      });
      expect(Object.keys(Object.prototype)).toEqual([]);
      console.log(`mutated requests: ${COUNT} mutations, ${JSON.stringify(seen)}`);
    },
    COUNT * 1000,
  );
});

function checkEncoding(request: IrRequest, to: ProtocolId, model: string, what: string): boolean {
  const target = targetOf(to, model);
  const encoded = onlyGatewayErrors(() => PROTOCOLS[to].encodeRequest(request, target, createMint()));
  onlyGatewayErrors(() => PROTOCOLS[to].encodeCountRequest(request, target, createMint()));
  if (!encoded) return false;
  const wire: unknown = JSON.parse(JSON.stringify(encoded.value.body));
  if (ONLY_CASE !== undefined) console.log(`--- ${what} ${model}\n${JSON.stringify(wire)}`);
  try {
    PROTOCOLS[to].decodeRequest(wire, routeOf(to, request.stream), () => undefined);
  } catch (error) {
    // A conversation without a word stays one, for the upstream to refuse.
    if (error instanceof GatewayError && error.message.includes("expected a non-empty array")) return true;
    throw new Error(`${what}: its own decoder refuses what was encoded: ${String(error)}`, { cause: error });
  }
  return true;
}

/** The result; undefined for a GatewayError with a sentence; throws everything else on. */
function onlyGatewayErrors<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof GatewayError) || error.message === "" || error.kind !== "bad-request") throw error;
    return undefined;
  }
}
