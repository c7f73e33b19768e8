// Upstreams whose answers come under a wrong name, with headers that no header may hold, or as a refusal without an
// end: what can be understood is, and what cannot goes on to the next one.

import { describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { SimPlan } from "../../src/simulator/script.ts";
import type { FaultStep } from "../support/fault-server.ts";
import type { TestGateway } from "../support/gateway.ts";
import { setStage } from "../support/stage.ts";
import { answerText, clientCall, PROTOCOLS, send, streamViolations } from "./support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";

const { faultServer, gatewayFor, simulator } = setStage();

const TEXT = "Grüße from one";

async function outcomes(gateway: TestGateway, n: number): Promise<string[]> {
  return (await gateway.record(n)).attempts.map(({ outcome }) => outcome);
}

/** Asked for a stream and for a whole answer by clients of both kinds: each gets this text in its own form. */
async function expectText(format: ProtocolId, plan: SimPlan, streams = [true, false]): Promise<void> {
  const one = simulator({ answer: { text: TEXT }, ...plan });
  const gateway = await gatewayFor([upstreamEntry("one", format, one.url)], PATIENT);
  for (const client of [format, OTHER_FORMAT[format]]) {
    for (const stream of streams) {
      const call = clientCall(client, { stream });
      const answer = await send(gateway.url, call);
      expect([answer.status, answerText(call, answer.text)]).toEqual([200, TEXT]);
      if (stream) expect(streamViolations(client, answer.text)).toEqual([]);
    }
  }
}

describe("the content type of an answer", () => {
  for (const type of ["application/json", "text/html; charset=utf-8", "text/plain", ""]) {
    test(`may be ${JSON.stringify(type)} with events under it`, async () => {
      for (const format of PROTOCOLS) await expectText(format, { shape: "sse", headers: { "content-type": type } });
    });
  }

  for (const type of ["text/event-stream", "text/html", ""]) {
    test(`may be ${JSON.stringify(type)} with a whole answer under it`, async () => {
      for (const format of PROTOCOLS) await expectText(format, { shape: "json", headers: { "content-type": type } });
    });
  }

  test("may be that of events with a refusal or a page under it, and both are what they are", async () => {
    const refusal = { error: { message: "no credit", type: "insufficient_quota", code: "insufficient_quota" } };
    for (const [body, outcome] of [
      [refusal, "quota_exhausted"],
      ["<html><title>Log in</title></html>", "wrong_content_type"],
    ] as const) {
      const one = simulator({ body, headers: { "content-type": "text/event-stream" } });
      const gateway = await gatewayFor([
        upstreamEntry("one", "openai-chat", one.url),
        upstreamEntry("two", "anthropic", simulator().url),
      ]);
      expect((await send(gateway.url, clientCall("openai-chat", { stream: true }))).status).toBe(200);
      expect(await outcomes(gateway, 1)).toEqual([outcome, "ok"]);
    }
  });
});

test("what no header may hold stays here, and the answer goes on", async () => {
  const one = faultServer(() => [
    { recv: "body" },
    { write: "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n" },
    {
      write: "request-id: a\u0002b\r\nx-ratelimit-limit-requests: 5\u0001\r\nx-ratelimit-remaining-requests: 4\r\n\r\n",
    },
    { write: '{"choices":[{"index":0,"message":{"role":"assistant","content":"well"},"finish_reason":"stop"}]}' },
    { fin: true },
  ]);
  const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", one.url)]);
  const call = clientCall("openai-chat", { stream: false });
  const answer = await send(gateway.url, call);
  expect(answerText(call, answer.text)).toBe("well");
  const names = ["x-upstream-request-id", "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"];
  expect(names.map((name) => answer.headers.get(name))).toEqual([null, null, "4"]);
});

describe("a refusal whose words", () => {
  const QUICK = { timeouts: { first_content_ms: 300, request_ms: 300 } };
  const head = (status: number) =>
    `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n`;

  for (const [how, end] of [
    ["stop coming", { stall: true }],
    ["break off", { fin: true }],
    ["are cut", { rst: true }],
  ] satisfies [string, FaultStep][]) {
    for (const stream of [true, false]) {
      test(`${how} is judged by its status, ${stream ? "streamed" : "whole"}`, async () => {
        for (const [status, expected] of [
          [500, ["upstream_5xx", "ok"]],
          [429, ["rate_limited", "ok"]],
          [401, ["key_invalid", "ok"]],
          [400, ["client_error"]],
        ] as const) {
          const one = faultServer(() => [{ recv: "body" }, { write: `${head(status)}{"error":` }, { delay: 1 }, end]);
          const gateway = await gatewayFor(
            [upstreamEntry("one", "anthropic", one.url, QUICK), upstreamEntry("two", "gemini", simulator().url)],
            { timeouts: { request_ms: 5_000 } },
          );
          const answer = await send(gateway.url, clientCall("anthropic", { stream }));
          expect(answer.status).toBe(status === 400 ? 400 : 200);
          expect(await outcomes(gateway, 1)).toEqual([...expected]);
        }
      });
    }
  }
});
