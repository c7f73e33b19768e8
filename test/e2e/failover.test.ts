// Upstream one fails in every way that we know of; upstream two answers. The client must not notice.

import { afterAll, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { RequestRecord } from "../../src/core/request-record.ts";
import type { SimAnswer } from "../../src/simulator/answer.ts";
import type { SimPlan } from "../../src/simulator/script.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import {
  answerCalls,
  answerText,
  type ClientAnswer,
  type ClientCall,
  clientCall,
  PROTOCOLS,
  send,
  startCount,
  streamViolations,
  TOOL_NAME,
} from "./support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";

/** What only upstream one says: must never be seen by a client. */
const LEAK = "SPOKEN-BY-ONE";
const ANSWER: SimAnswer = {
  thinking: "The user wants weather. I have a tool — good.",
  text: "Grüße! 今日は 👩‍💻 let me look.",
  toolCalls: [{ name: TOOL_NAME, arguments: { city: "Zürich" } }],
  chunkSize: 5,
};
const ONE_ANSWER: SimAnswer = { thinking: LEAK, text: LEAK };

interface Fault {
  readonly name: string;
  /** `closed` has nobody listening, `reset` resets every connection. */
  readonly plan: SimPlan | "closed" | "reset";
  /** Faults inside a stream say nothing about whole answers, and the other way round. */
  readonly only?: "stream" | "whole";
  /** The first failure opens a breaker at once, so that later requests do not ask upstream one. */
  readonly opensAtOnce?: boolean;
  /** Added to the entry of upstream one. */
  readonly settings?: object;
}

const QUICK = { timeouts: { first_byte_ms: 100, first_content_ms: 100, idle_ms: 100, request_ms: 100 } };
const json = { "content-type": "application/json" };
const sse = { "content-type": "text/event-stream" };

const FAULTS: readonly Fault[] = [
  { name: "refuses connections", plan: "closed" },
  { name: "resets connections", plan: "reset" },
  { name: "closes before its head", plan: { cutBeforeHead: "fin" } },
  { name: "resets before its head", plan: { cutBeforeHead: "rst" } },
  { name: "writes garbage instead of HTTP", plan: { garbage: "\x00\x01 no HTTP at all\r\n\r\n" } },
  ...[500, 502, 503, 504, 520, 529].map((status) => ({ name: `answers ${status}`, plan: { status } })),
  { name: "answers 502 with a page", plan: { html: true, status: 502 } },
  { name: "answers 429 without a hint", plan: { status: 429, body: { error: { message: "slow down", type: "x" } } } },
  {
    name: "answers 429 with retry-after",
    plan: { error: "rate", headers: { "retry-after": "30" } },
    opensAtOnce: true,
  },
  { name: "answers 401", plan: { status: 401, body: { error: { message: "bad key", type: "authentication_error" } } } },
  { name: "redirects", plan: { status: 302, body: "", headers: { location: "http://127.0.0.1:1/" } } },
  { name: "answers 200 with a page", plan: { html: true } },
  { name: "answers 200 with nothing", plan: { empty: true } },
  { name: "answers 200 with {}", plan: { body: {} } },
  { name: "answers 200 with an overload error", plan: { errorIn200: "overloaded" } },
  { name: "answers 200 with a server error", plan: { errorIn200: "api_error" } },
  { name: "answers 200 with text that is no JSON", plan: { body: "hello there", headers: json } },
  { name: "answers 200 with bytes of no type", plan: { body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) } },
  { name: "stalls before its head", plan: { stallBeforeHeadMs: Number.POSITIVE_INFINITY }, settings: QUICK },
  { name: "announces more than it sends", plan: { answer: ONE_ANSWER, shortBody: true }, only: "whole" },
  { name: "cuts its JSON in half", plan: { answer: ONE_ANSWER, truncateJson: true }, only: "whole" },
  { name: "breaks its JSON off", plan: { answer: ONE_ANSWER, cutAfterEvents: { at: 0, how: "rst" } }, only: "whole" },
  { name: "stalls in its JSON", plan: { answer: ONE_ANSWER, stallAfterEvents: 0 }, only: "whole", settings: QUICK },
  { name: "overloaded as first event", plan: { errorEventAt: { at: 0, kind: "overloaded" } }, only: "stream" },
  { name: "error after the start", plan: { errorEventAt: { at: "after-start", kind: "api_error" } }, only: "stream" },
  {
    name: "overloaded after the start, then reset",
    // biome-ignore lint/suspicious/noThenProperty: the simulator's script calls it so
    plan: { errorEventAt: { at: "after-start", kind: "overloaded", then: "rst" } },
    only: "stream",
  },
  ...(["rst", "fin", "clean"] as const).map((how) => ({
    name: `ends after the start (${how})`,
    plan: { answer: ONE_ANSWER, cutAfterEvents: { at: "after-start", how } } as const,
    only: "stream" as const,
  })),
  ...(["rst", "fin", "clean"] as const).map((how) => ({
    name: `ends after its head (${how})`,
    plan: { answer: ONE_ANSWER, cutAfterEvents: { at: 0, how } } as const,
    only: "stream" as const,
  })),
  { name: "streams nonsense", plan: { body: "one\n\ntwo\n\n", headers: sse }, only: "stream" },
  { name: "streams broken JSON", plan: { body: 'data: {"half\n\n', headers: sse }, only: "stream" },
  { name: "streams an empty answer", plan: { answer: { text: "" } }, only: "stream" },
  {
    name: "stalls after the start",
    plan: { answer: ONE_ANSWER, stallAfterEvents: "after-start" },
    only: "stream",
    settings: QUICK,
  },
];

/** Every way to ask: 4 client protocols, whole and streamed, either upstream of the client's format or another. */
interface Cell {
  readonly protocol: ProtocolId;
  readonly stream: boolean;
  readonly one: ProtocolId;
  readonly two: ProtocolId;
}

const CELLS: readonly Cell[] = PROTOCOLS.flatMap((protocol) =>
  [true, false].flatMap((stream) =>
    [protocol, OTHER_FORMAT[protocol]].flatMap((one) =>
      [protocol, OTHER_FORMAT[protocol]].map((two) => ({ protocol, stream, one, two })),
    ),
  ),
);
const REQUESTS_PER_FAULT = 100;

const healthy = startSimulator({ plan: { answer: ANSWER } });
afterAll(() => healthy.stop());

async function oneWith(fault: Fault): Promise<{ readonly url: string; stop(): void }> {
  // Port 1 has nobody listening, and nobody else can take it in the meantime.
  if (fault.plan === "closed") return { url: "http://127.0.0.1:1", stop: () => undefined };
  const simulator = startSimulator(fault.plan === "reset" ? {} : { plan: fault.plan });
  if (fault.plan === "reset") simulator.refuseConnections(Number.POSITIVE_INFINITY);
  return simulator;
}

/** What is wrong with one answer and its record; empty means nothing. */
function faultsOf(cell: Cell, call: ClientCall, answer: ClientAnswer): string[] {
  const wrong: string[] = [];
  if (answer.status !== 200) wrong.push(`status ${answer.status}: ${answer.text.slice(0, 200)}`);
  if (answer.text.includes(LEAK)) wrong.push("text of the failed attempt reached the client");
  if (answerText(call, answer.text) !== ANSWER.text) wrong.push(`text ${answerText(call, answer.text)}`);
  const calls = answerCalls(call, answer.text).join();
  if (calls !== `${TOOL_NAME}({"city":"Zürich"})`) wrong.push(`tool calls ${calls}`);
  if (cell.stream) {
    wrong.push(...streamViolations(cell.protocol, answer.text).map((each) => `${each.rule}: ${each.message}`));
    const starts = startCount(cell.protocol, answer.text);
    if (starts !== 1) wrong.push(`${starts} starts`);
  }
  return wrong;
}

function attemptsOf(record: RequestRecord | undefined): string {
  return (
    record?.attempts.map((each) => `${each.upstreamId} ${each.outcome === "ok" ? "ok" : "failed"}`).join(", ") ?? ""
  );
}

async function runCell(fault: Fault, cell: Cell, url: string, count: number): Promise<string[]> {
  const gateway = await startGateway({
    upstreams: [
      upstreamEntry("one", cell.one, url, { priority: 1, ...fault.settings }),
      upstreamEntry("two", cell.two, healthy.url, { priority: 2 }),
    ],
    config: PATIENT,
  });
  const wrong: string[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const call = clientCall(cell.protocol, { stream: cell.stream });
      const answer = await send(gateway.url, call);
      wrong.push(...faultsOf(cell, call, answer));
      const record = await gateway.record(i + 1);
      const expected = fault.opensAtOnce && i > 0 ? "two ok" : "one failed, two ok";
      if (attemptsOf(record) !== expected) wrong.push(`attempts: ${attemptsOf(record)}`);
      if (record.id !== answer.headers.get("x-request-id")) wrong.push("the record has another id");
      if (record.outcome !== "ok" || record.status !== 200) wrong.push(`record: ${record.status} ${record.outcome}`);
    }
  } finally {
    await gateway.stop();
  }
  return wrong.map(
    (each) => `${cell.protocol} ${cell.stream ? "stream" : "whole"} ${cell.one} -> ${cell.two}: ${each}`,
  );
}

describe("one failing upstream costs the client nothing", () => {
  for (const fault of FAULTS) {
    test(`upstream one ${fault.name}`, async () => {
      const one = await oneWith(fault);
      const cells = CELLS.filter((cell) => fault.only === undefined || (fault.only === "stream") === cell.stream);
      const count = Math.ceil(REQUESTS_PER_FAULT / cells.length);
      try {
        const results = await Promise.all(cells.map((cell) => runCell(fault, cell, one.url, count)));
        expect([...new Set(results.flat())]).toEqual([]);
      } finally {
        one.stop();
      }
    }, 30_000);
  }
});

describe("with the usual breaker settings", () => {
  for (const [name, plan] of [
    ["answers 500", { status: 500 }],
    ["is overloaded", { error: "overloaded" }],
    ["ends after its start", { cutAfterEvents: { at: "after-start", how: "rst" } }],
  ] as const satisfies readonly (readonly [string, SimPlan])[]) {
    test(`100 requests at once all succeed while upstream one ${name}`, async () => {
      const one = startSimulator({ plan });
      const gateway: TestGateway = await startGateway({
        upstreams: [
          upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
          upstreamEntry("two", "openai-chat", healthy.url, { priority: 2 }),
        ],
      });
      try {
        const call = clientCall("anthropic", { stream: true });
        const answers = await Promise.all(Array.from({ length: 100 }, () => send(gateway.url, call)));
        const wrong = answers.flatMap((answer) =>
          faultsOf({ protocol: "anthropic", stream: true, one: "anthropic", two: "openai-chat" }, call, answer),
        );
        expect([...new Set(wrong)]).toEqual([]);
        await gateway.record(100);
        expect(gateway.records.every((record) => record.outcome === "ok" && record.upstreamId === "two")).toBe(true);
        expect(gateway.records).toHaveLength(100);
      } finally {
        await gateway.stop();
        one.stop();
      }
    }, 30_000);
  }
});
