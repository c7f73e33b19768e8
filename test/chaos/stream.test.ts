// Faults inside an answer (F26 to F41): after the first content a client that is no agent is told the truth, never
// something that looks complete; before it and in whole answers the next upstream answers.

import { afterEach, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { startSimulator } from "../../src/simulator/simulator.ts";
import {
  answerCalls,
  answerText,
  clientCall,
  PROTOCOLS,
  send,
  streamViolations,
  TOOL_NAME,
} from "../e2e/support/client-calls.ts";
import { createDataDir, removeDataDir, startProgram } from "../e2e/support/program.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "../e2e/support/upstreams.ts";
import { type FaultStep, startFaultServer } from "../support/fault-server.ts";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../support/gateway.ts";
import { expectBrokenTruthfully } from "./support/broken-stream.ts";
import { rawAnswer } from "./support/faulty-upstream.ts";
import { renderAnswer, STREAM_HEAD } from "./support/rendered-answer.ts";
import { type EarlyFault, expectPassedOver, expectTold } from "./support/scene.ts";
import { faultsOfGood, GOOD, LEAK, PLAIN_CLIENT, walkOf } from "./support/seen.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function gatewayFor(options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startGateway(options);
  closers.push(() => gateway.stop());
  return gateway;
}

/** Both questions for one fault. */
function ask(title: string, fault: EarlyFault): void {
  test(`${title}: the next upstream answers`, () => expectPassedOver(fault), 20_000);
  test(`${title}: alone it is told`, () => expectTold(fault), 20_000);
}

const DOWN = { breaker: "upstream", told: { status: 502, kind: "upstream" } } as const;
const SAID = { text: "Some words of an answer that will not be finished.", thinking: "A thought before it." };
/** Where content has been seen and the end has not. */
const AT = "in-text" as const;
const QUICK = { timeouts: { idle_ms: 150 } };

test("F26 silence inside an answer ends in a timeout that is told", () =>
  expectBrokenTruthfully({
    plan: { answer: SAID, stallAfterEvents: AT },
    outcome: "idle_timeout",
    kind: "timeout",
    breaker: "upstream",
    settings: QUICK,
  }));
test("F26 pings keep a silent answer alive", async () => {
  for (const client of ["anthropic", "openai-chat"] as const) {
    const { events } = await renderAnswer("anthropic", true);
    const at = events.findIndex((event) => event.includes("text_delta")) + 1;
    const upstream = startFaultServer(() => [
      { recv: "body" },
      { write: STREAM_HEAD },
      ...events.slice(0, at).map((chunk): FaultStep => ({ chunk })),
      ...Array.from({ length: 8 }, (): FaultStep[] => [
        { delay: 50 },
        { chunk: 'event: ping\ndata: {"type": "ping"}\n\n' },
      ]).flat(),
      ...events.slice(at).map((chunk): FaultStep => ({ chunk })),
      { chunk: "" },
    ]);
    closers.push(() => upstream.stop());
    const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", "anthropic", upstream.url, QUICK)] });
    const call = clientCall(client, { stream: true });
    expect(faultsOfGood(call, await send(gateway.url, call, PLAIN_CLIENT))).toEqual([]);
  }
});

for (const how of ["clean", "fin"] as const) {
  test(`F27 an end (${how}) without the terminal event is told as an error`, () =>
    expectBrokenTruthfully({
      plan: { answer: SAID, cutAfterEvents: { at: AT, how } },
      outcome: "truncated",
      kind: "upstream",
      breaker: "upstream",
    }));
}
test("F28 a reset inside an answer is told as an error", () =>
  expectBrokenTruthfully({
    plan: { answer: SAID, cutAfterEvents: { at: AT, how: "rst" } },
    outcome: "truncated",
    kind: "upstream",
    breaker: "upstream",
  }));

ask("F29 a whole answer that is shorter than its length", {
  failing: { plan: { answer: { text: LEAK }, shortBody: true } },
  outcome: "truncated",
  only: "whole",
  aloneAttempts: 2,
  ...DOWN,
});
test("F29 a stream that is shorter than its length is told as an error", () =>
  expectBrokenTruthfully({
    plan: { answer: SAID, framing: "length", cutAfterEvents: { at: AT, how: "fin" } },
    outcome: "truncated",
    kind: "upstream",
    breaker: "upstream",
  }));

for (const [kind, outcome, breaker, told] of [
  ["overloaded", "overloaded", "model", "overload"],
  ["api_error", "error_in_200", "upstream", "upstream"],
  ["rate", "rate_limited", "key", "rate"],
] as const) {
  test(`F30 an error event (${kind}) inside an answer is passed on in the client's words`, () =>
    expectBrokenTruthfully({
      plan: { answer: SAID, errorEventAt: { at: AT, kind } },
      outcome,
      kind: told,
      breaker,
    }));
}

test("F31 an event of broken JSON ends the answer in an error, and none of it is passed on", () =>
  expectBrokenTruthfully({
    plan: { answer: SAID, garbageAt: { at: AT, bytes: `data: {"${LEAK}": "ha\n\n` } },
    outcome: "bad_json",
    kind: "upstream",
    breaker: "upstream",
  }));
ask("F32 a whole answer of half a JSON", {
  failing: { plan: { answer: { text: LEAK }, truncateJson: true } },
  outcome: "bad_json",
  only: "whole",
  ...DOWN,
});

const EVERY_WIDTH = "aé 漢字 👩‍💻 𝄞 ñ — ٣ ￿ end";
for (const client of PROTOCOLS) {
  test(`F33 ${client}: characters of every width, a byte per write, with and without a byte order mark, stay whole`, async () => {
    for (const format of PROTOCOLS) {
      const { body } = await renderAnswer(format, true, { answer: { text: EVERY_WIDTH, chunkSize: 3 } });
      for (const mark of ["", "\ufeff"]) {
        const upstream = startFaultServer(() => [
          { recv: "body" },
          { write: rawAnswer("200 OK", "text/event-stream", Buffer.concat([Buffer.from(mark), body])), slice: 1 },
        ]);
        closers.push(() => upstream.stop());
        const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", format, upstream.url)] });
        const call = clientCall(client, { stream: true });
        const answer = await send(gateway.url, call, PLAIN_CLIENT);
        expect(answerText(call, answer.text)).toBe(EVERY_WIDTH);
        expect(streamViolations(client, answer.text)).toEqual([]);
      }
    }
  }, 20_000);
}

test("F33 a byte order mark before a whole answer or a refusal hides neither", async () => {
  for (const format of PROTOCOLS) {
    for (const client of [format, OTHER_FORMAT[format]]) {
      const { body } = await renderAnswer(format, false, { answer: { text: EVERY_WIDTH } });
      const refusal = JSON.stringify({ error: { message: "no more credit", code: "insufficient_quota" } });
      const answers = [
        rawAnswer("200 OK", "application/json", Buffer.concat([Buffer.from("\ufeff"), body]), "connection: close\r\n"),
        rawAnswer("400 Bad", "application/json", `\ufeff${refusal}`, "connection: close\r\n"),
      ];
      const upstream = startFaultServer((n) => [{ recv: "body" }, { write: answers[n] as Uint8Array }, { fin: true }]);
      closers.push(() => upstream.stop());
      const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", format, upstream.url)] });
      const call = clientCall(client, { stream: false });
      const answer = await fetch(gateway.url + call.path, { method: "POST", body: JSON.stringify(call.body) });
      expect(answerText(call, JSON.stringify(await answer.json()))).toBe(EVERY_WIDTH);
      await send(gateway.url, call, PLAIN_CLIENT);
      expect(walkOf(await gateway.record(2))).toBe("one quota_exhausted");
    }
  }
}, 20_000);

for (const client of PROTOCOLS) {
  test(`F34 ${client}: bytes that are no UTF-8 become replacement characters, and the answer goes on`, async () => {
    for (const format of PROTOCOLS) {
      const { body } = await renderAnswer(format, true, { answer: { text: "before @@ after" } });
      for (const bad of [Buffer.from([0xc3, 0x28]), Buffer.from([0xed, 0xa0, 0x80])]) {
        const at = body.indexOf("@@");
        const broken = Buffer.concat([body.subarray(0, at), bad, body.subarray(at + 2)]);
        const upstream = startFaultServer(() => [
          { recv: "body" },
          { write: rawAnswer("200 OK", "text/event-stream", broken) },
        ]);
        closers.push(() => upstream.stop());
        const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", format, upstream.url)] });
        const call = clientCall(client, { stream: true });
        const text = answerText(call, (await send(gateway.url, call, PLAIN_CLIENT)).text);
        expect(text).toMatch(/^before \ufffd+\(? after$/);
        expect(walkOf(await gateway.record(1))).toBe("one ok");
      }
    }
  });
}

describe("F35 an event without end", () => {
  const MB = 1024 * 1024;

  for (const [name, bytes] of [
    ["one line", "a"],
    ["data lines without a blank one", `data: ${"a".repeat(1000)}\n`],
  ] as const) {
    test(`F35 of ${name} is given up at the limit, and memory stays where it was`, async () => {
      const bulk = Buffer.from(bytes.repeat(Math.ceil(MB / bytes.length)));
      const flood = startFaultServer(() => [
        { recv: "body" },
        { write: STREAM_HEAD },
        { chunk: bytes === "a" ? "data: " : `${bytes}` },
        ...Array.from({ length: 512 }, (): FaultStep => ({ chunk: bulk })),
        { stall: true },
      ]);
      closers.push(() => flood.stop());
      const dataDir = await createDataDir({ upstreams: [upstreamEntry("one", "anthropic", flood.url)] });
      closers.push(() => removeDataDir(dataDir));
      const program = startProgram(dataDir);
      closers.push(() => program.kill("SIGKILL"));
      await program.ready();
      for (const client of PROTOCOLS) await send(program.url, clientCall(client, { stream: true }));
      const before = await program.rssBytes();
      for (const client of PROTOCOLS) {
        const answer = await send(program.url, clientCall(client, { stream: true }), PLAIN_CLIENT);
        expect(answer.status).toBe(502);
      }
      expect((await program.rssBytes()) - before).toBeLessThan(64 * MB);
      // The upstream was left at the limit and not listened to until its end.
      for (const connection of flood.connections) expect(connection.bytesSent).toBeLessThan(64 * MB);
    }, 30_000);
  }
});

describe("F36 event streams written in every legal way", () => {
  type Rewrite = (stream: string) => string;
  const WAYS: readonly (readonly [name: string, rewrite: Rewrite])[] = [
    ["CRLF", (text) => text.replaceAll("\n", "\r\n")],
    ["CR", (text) => text.replaceAll("\n", "\r")],
    [
      "mixed line ends",
      (text) =>
        text
          .split("\n")
          .map((line, at) => line + ["\n", "\r", "\r\n"][at % 3])
          .join(""),
    ],
    ["comments between", (text) => text.replaceAll("\n\n", "\n\n: hello\n\n:\n\n")],
    ["no space after the colon", (text) => text.replace(/^(data|event): /gm, "$1:")],
    ["ids and retry times", (text) => text.replace(/^data:/gm, "id: 7\nretry: 100\ndata:")],
    ["events without data", (text) => text.replaceAll("\n\n", "\n\nevent: nothing\n\n")],
    ["fields nobody knows", (text) => text.replace(/^data:/gm, "colour: blue\ndata:")],
    ["several blank lines", (text) => text.replaceAll("\n\n", "\n\n\n\n")],
    // A line break may stand wherever JSON allows white space.
    ["data over two lines", (text) => text.replace(/^data: \{/gm, "data: {\ndata: ")],
  ];
  for (const [name, rewrite] of WAYS) {
    test(`F36 ${name} mean the same, in one write and byte by byte`, async () => {
      for (const format of PROTOCOLS) {
        const { body } = await renderAnswer(format, true);
        const bytes = Buffer.from(rewrite(body.toString("utf8")));
        const upstream = startFaultServer((connection) => [
          { recv: "body" },
          {
            write: rawAnswer("200 OK", "text/event-stream", bytes, "connection: close\r\n"),
            ...(connection % 2 === 1 ? { slice: 1 } : {}),
          },
          { fin: true },
        ]);
        closers.push(() => upstream.stop());
        const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", format, upstream.url)], config: PATIENT });
        const client = OTHER_FORMAT[format];
        for (const asking of [format, format, client, client]) {
          const call = clientCall(asking, { stream: true });
          const answer = await send(gateway.url, call, PLAIN_CLIENT);
          expect(answerText(call, answer.text)).toBe(GOOD.text);
          expect(answerCalls(call, answer.text)).toEqual([`${TOOL_NAME}({"city":"Zürich"})`]);
        }
      }
    }, 20_000);
  }
});

describe("F37 encodings that were not asked for", () => {
  test("F37 a packed answer is unpacked, whole and streamed", async () => {
    for (const format of PROTOCOLS) {
      for (const stream of [true, false]) {
        const { body, contentType } = await renderAnswer(format, stream);
        const packed = rawAnswer("200 OK", contentType, gzipSync(body), "content-encoding: gzip\r\n");
        const upstream = startFaultServer(() => [{ recv: "body" }, { write: packed }, { fin: true }]);
        closers.push(() => upstream.stop());
        const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", format, upstream.url)] });
        for (const client of [format, OTHER_FORMAT[format]]) {
          const call = clientCall(client, { stream });
          expect(faultsOfGood(call, await send(gateway.url, call, PLAIN_CLIENT))).toEqual([]);
        }
      }
    }
  });

  const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024), { level: 9 });
  ask("F37 a decompression bomb", {
    failing: {
      script: () => [
        { recv: "body" },
        { write: rawAnswer("200 OK", "application/json", bomb, "content-encoding: gzip\r\n") },
        { fin: true },
      ],
    },
    outcome: "decode_error",
    only: "whole",
    ...DOWN,
  });
  ask("F37 two encodings on top of each other", {
    failing: {
      script: () => [
        { recv: "body" },
        {
          write: rawAnswer("200 OK", "application/json", gzipSync(gzipSync("{}")), "content-encoding: gzip, gzip\r\n"),
        },
        { fin: true },
      ],
    },
    outcome: "decode_error",
    ...DOWN,
  });
});

test("F38 an answer without end is ended by the stream's limit, and told", () =>
  expectBrokenTruthfully({
    plan: { answer: { text: "on and on ".repeat(2000), chunkSize: 5 }, eventDelayMs: 2 },
    outcome: "stream_limit",
    kind: "timeout",
    breaker: "upstream",
    settings: { timeouts: { stream_ms: 1_500 } },
  }));

for (const format of PROTOCOLS) {
  test(`F39 ${format}: a second end and what follows it are left out, and the next request is served`, async () => {
    const { events } = await renderAnswer(format, true);
    const upstream = startFaultServer(() => [
      { recv: "body" },
      { write: STREAM_HEAD },
      ...events.map((chunk): FaultStep => ({ chunk })),
      { chunk: events.at(-1) as string },
      { chunk: `data: {"${LEAK}":1}\n\n` },
      { chunk: "" },
      { fin: true },
    ]);
    const plain = startSimulator({ plan: { answer: GOOD, duplicateTerminal: true } });
    closers.push(
      () => upstream.stop(),
      () => plain.stop(),
    );
    for (const url of [upstream.url, plain.url]) {
      const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", format, url)] });
      for (const client of PROTOCOLS) {
        const call = clientCall(client, { stream: true });
        const answer = await send(gateway.url, call, PLAIN_CLIENT);
        expect({ wrong: faultsOfGood(call, answer), leaks: answer.text.includes(LEAK) }).toEqual({
          wrong: [],
          leaks: false,
        });
        if (client === "gemini") expect(answer.text.match(/"finishReason"/g)).toHaveLength(1);
      }
      for (const record of gateway.records) expect(walkOf(record)).toBe("one ok");
    }
  });
}

test("F39 gemini as one JSON array: what follows the end is left out, and the array stays whole", async () => {
  const end = '{"candidates":[{"content":{"parts":[{"text":"."}]},"finishReason":"STOP"}]}';
  const usage = '{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5}}';
  const elements = ['{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}', end, usage, end, usage, `{"${LEAK}":1}`];
  const body = `[${elements.join("\n,\r\n")}\n]`;
  const upstream = startFaultServer(() => [
    { recv: "body" },
    { write: rawAnswer("200 OK", "application/json", Buffer.from(body)) },
    { fin: true },
  ]);
  closers.push(() => upstream.stop());
  const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", "gemini", upstream.url)] });
  const call = clientCall("gemini", { stream: true });
  const answer = await send(gateway.url, { ...call, path: call.path.replace("?alt=sse", "") }, PLAIN_CLIENT);
  expect(JSON.parse(answer.text)).toEqual(elements.slice(0, 3).map((element) => JSON.parse(element)));
  expect((await gateway.record(1)).usage).toMatchObject({ inputTokens: 3, outputTokens: 2 });
});

test("F40 tool calls that are split, interleaved, without index and with repeated ids come out whole", async () => {
  const chunk = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const call = (index: number | undefined, id: string | undefined, name: string | undefined, text: string): string =>
    chunk({
      tool_calls: [
        {
          ...(index === undefined ? {} : { index }),
          ...(id ? { id, type: "function" } : {}),
          function: { ...(name ? { name } : {}), arguments: text },
        },
      ],
    });
  const body = [
    chunk({ role: "assistant", content: "" }),
    call(0, "call_a", "first", '{"a'),
    call(1, "call_b", "second", '{"b'),
    call(0, undefined, undefined, '":1'),
    call(1, "call_b", undefined, '":2'),
    call(0, "call_a", undefined, "}"),
    call(1, undefined, undefined, "}"),
    chunk({}, "tool_calls"),
    "data: [DONE]\n\n",
  ].join("");
  const upstream = startFaultServer(() => [
    { recv: "body" },
    { write: rawAnswer("200 OK", "text/event-stream", body, "connection: close\r\n") },
    { fin: true },
  ]);
  closers.push(() => upstream.stop());
  const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", "openai-chat", upstream.url)] });
  for (const client of PROTOCOLS.filter((each) => each !== "openai-chat")) {
    const asked = clientCall(client, { stream: true });
    const answer = await send(gateway.url, asked, PLAIN_CLIENT);
    expect(answerCalls(asked, answer.text).sort()).toEqual(['first({"a":1})', 'second({"b":2})']);
    expect(streamViolations(client, answer.text)).toEqual([]);
  }
});

test("F41 usage that is missing is not 0, and usage behind the finish reason counts", async () => {
  const finish = (usage: object | undefined): string =>
    [
      { choices: [{ index: 0, delta: { role: "assistant", content: "hello there" }, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      ...(usage ? [{ choices: [], usage }] : []),
    ]
      .map(
        (each) =>
          `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", ...each })}\n\n`,
      )
      .join("");
  const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
  let body = "";
  const upstream = startFaultServer(() => [
    { recv: "body" },
    { write: rawAnswer("200 OK", "text/event-stream", `${body}data: [DONE]\n\n`, "connection: close\r\n") },
    { fin: true },
  ]);
  closers.push(() => upstream.stop());
  const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", "openai-chat", upstream.url)] });
  let n = 0;
  for (const client of PROTOCOLS) {
    body = finish(usage);
    await send(gateway.url, clientCall(client, { stream: true }), PLAIN_CLIENT);
    expect((await gateway.record(++n)).usage).toMatchObject({ inputTokens: 11, outputTokens: 7 });
    body = finish(undefined);
    await send(gateway.url, clientCall(client, { stream: true }), PLAIN_CLIENT);
    const without = (await gateway.record(++n)).usage;
    expect([without?.inputTokens, without?.outputTokens].filter((tokens) => tokens === 0)).toEqual([]);
  }
});
