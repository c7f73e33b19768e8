// What happens while an answer flows: the client leaves, the upstream breaks, the client is slow, characters are cut.

import { afterEach, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { SimPlan } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { type FaultStep, startFaultServer } from "../support/fault-server.ts";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../support/gateway.ts";
import {
  answerText,
  type ClientCall,
  clientCall,
  PROTOCOLS,
  send,
  startCount,
  streamEvents,
  streamViolations,
  TOOL_NAME,
} from "./support/client-calls.ts";
import { looksFinished } from "./support/looks-finished.ts";
import { createDataDir, removeDataDir, startProgram } from "./support/program.ts";
import { visit } from "./support/raw-visitor.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

/** A client that is no known agent: those may get other endings. */
const PLAIN_CLIENT = { "user-agent": "plain-client/1.0" };
const TEXT = "Grüße aus Zürich, 今日は 👩‍💻! ".repeat(4);

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function simulator(plan: SimPlan): Simulator {
  const started = startSimulator({ plan });
  closers.push(() => started.stop());
  return started;
}

async function gatewayFor(options: TestGatewayOptions): Promise<TestGateway> {
  const started = await startGateway(options);
  closers.push(() => started.stop());
  return started;
}

interface Lane {
  readonly client: ProtocolId;
  readonly upstream: ProtocolId;
}

/** Every client protocol with an upstream of its own format and of another. */
const LANES: readonly Lane[] = PROTOCOLS.flatMap((client) =>
  [client, OTHER_FORMAT[client]].map((upstream) => ({ client, upstream })),
);

const nameOf = ({ client, upstream }: Lane): string => `${client} from ${upstream}`;

describe("a client that leaves", () => {
  const FOREVER = Number.POSITIVE_INFINITY;
  const CANCEL_MS = 100;

  interface Moment {
    readonly name: string;
    readonly stream: boolean;
    readonly plan: SimPlan;
    /** Event count at the upstream that shows the moment has come. */
    readonly events: number;
    /** The client must have seen content before it leaves. */
    readonly seesContent: boolean;
  }

  const MOMENTS: readonly Moment[] = [
    {
      name: "before the first byte",
      stream: true,
      plan: { stallBeforeHeadMs: FOREVER },
      events: 0,
      seesContent: false,
    },
    {
      name: "before a whole answer",
      stream: false,
      plan: { stallBeforeHeadMs: FOREVER },
      events: 0,
      seesContent: false,
    },
    {
      name: "while the start is held back",
      stream: true,
      plan: { answer: { text: TEXT }, stallAfterEvents: "after-start" },
      events: 0,
      seesContent: false,
    },
    {
      name: "in the middle of the stream",
      stream: true,
      plan: { answer: { text: TEXT, chunkSize: 4 }, stallAfterEvents: "in-text" },
      events: 2,
      seesContent: true,
    },
    {
      name: "in the middle of a running stream",
      stream: true,
      plan: { answer: { text: TEXT.repeat(20), chunkSize: 2 }, eventDelayMs: 5 },
      events: 5,
      seesContent: true,
    },
  ];

  for (const lane of LANES) {
    for (const moment of MOMENTS) {
      for (const how of ["rst", "fin"] as const) {
        test(`${nameOf(lane)}: ${moment.name} (${how}) stops the upstream within ${CANCEL_MS} ms`, async () => {
          const one = simulator(moment.plan);
          const two = simulator({});
          const gateway = await gatewayFor({
            upstreams: [
              upstreamEntry("one", lane.upstream, one.url, { priority: 1 }),
              upstreamEntry("two", lane.client, two.url, { priority: 2 }),
            ],
          });
          const visitor = visit(gateway.url, clientCall(lane.client, { stream: moment.stream }));
          await until("the upstream is asked", () => one.requests.length > 0);
          const request = one.requests[0];
          if (!request) throw new Error("no request");
          await until("the moment has come", () => request.eventsSent >= moment.events);
          if (moment.seesContent) await until("content arrives", () => visitor.received.includes("Gr"));
          else await Bun.sleep(10); // let a held start arrive at the gateway
          if (!moment.seesContent) expect(visitor.receivedBytes).toBe(0);

          const leftAt = visitor.leave(how);
          await until("the upstream is left", () => request.abortedAt !== undefined);
          expect((request.abortedAt ?? 0) - leftAt).toBeLessThan(CANCEL_MS);
          const record = await gateway.record(1);
          expect(record).toMatchObject({ status: 499, outcome: "client_closed" });
          expect(record.attempts.map((each) => each.outcome)).toEqual(["client_closed"]);
          expect(two.requestCount).toBe(0);
          // Neither upstream is blamed.
          const breakers = await fetch(`${gateway.url}/admin/breakers`, { headers: { "x-admin-password": "admin" } });
          expect(await breakers.json()).toEqual({ breakers: [] });
        });
      }
    }
  }

  test("during the pause before a second try, the second try is not made", async () => {
    const one = simulator({ error: "overloaded" });
    const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", "anthropic", one.url)] });
    const visitor = visit(gateway.url, clientCall("anthropic", { stream: true }));
    await until("the first try has failed", () => one.requests[0]?.finishedAt !== undefined);
    await Bun.sleep(20);
    visitor.leave("fin");
    const record = await gateway.record(1);
    expect(record.outcome).toBe("client_closed");
    expect(record.durationMs).toBeLessThan(500);
    expect(one.requestCount).toBe(1);
  });

  test("while it uploads, nothing is sent upstream and the gateway goes on", async () => {
    const one = simulator({});
    const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", "anthropic", one.url)] });
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: Number(new URL(gateway.url).port),
      socket: { data: () => undefined },
    });
    socket.write("POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n{");
    await Bun.sleep(20);
    socket.terminate();
    await Bun.sleep(20);
    expect(one.requestCount).toBe(0);
    expect((await send(gateway.url, clientCall("anthropic", { stream: true }))).status).toBe(200);
    expect(gateway.lines.filter((line) => /unexpected|unhandled/.test(line))).toEqual([]);
  });
});

describe("an upstream that breaks after the first content", () => {
  const ANSWER = {
    thinking: "A thought that is long enough to be cut in two.",
    text: TEXT,
    toolCalls: [{ name: TOOL_NAME, arguments: { city: "Zürich", more: "x".repeat(60) } }],
    chunkSize: 8,
  };
  const PLACES = ["in-thinking", "after-thinking", "in-text", "after-text", "in-tool", "after-tool"] as const;
  const BREAKS: readonly (readonly [name: string, plan: (at: (typeof PLACES)[number]) => SimPlan])[] = [
    ["reset", (at) => ({ cutAfterEvents: { at, how: "rst" } })],
    ["connection closed", (at) => ({ cutAfterEvents: { at, how: "fin" } })],
    ["clean end without a terminal event", (at) => ({ cutAfterEvents: { at, how: "clean" } })],
    ["error event", (at) => ({ errorEventAt: { at, kind: "api_error" } })],
    ["overload event", (at) => ({ errorEventAt: { at, kind: "overloaded" } })],
    ["broken JSON", (at) => ({ garbageAt: { at, bytes: 'data: {"half\n\n' } })],
    ["silence", (at) => ({ stallAfterEvents: at })],
  ];

  for (const lane of LANES) {
    for (const [name, plan] of BREAKS) {
      test(`trap 69: ${nameOf(lane)}, ${name} ends in an error and in nothing that looks like success`, async () => {
        const wrong: string[] = [];
        await Promise.all(
          PLACES.map(async (place) => {
            const one = simulator({ answer: ANSWER, ...plan(place) });
            const two = simulator({ answer: { text: "FROM-TWO" } });
            const gateway = await gatewayFor({
              upstreams: [
                upstreamEntry("one", lane.upstream, one.url, { priority: 1, timeouts: { idle_ms: 100 } }),
                upstreamEntry("two", lane.client, two.url, { priority: 2 }),
              ],
              config: PATIENT,
            });
            const call = clientCall(lane.client, { stream: true });
            const answer = await send(gateway.url, call, PLAIN_CLIENT);
            const note = (text: string): void => void wrong.push(`${place}: ${text}`);
            for (const { rule, message } of streamViolations(lane.client, answer.text)) note(`${rule}: ${message}`);
            if (startCount(lane.client, answer.text) !== 1) note("not one start");
            if (looksFinished(lane.client, answer.text)) note("looks finished");
            const last = streamEvents(answer.text).at(-1);
            if (!last || !("error" in last || last["type"] === "error")) note(`last event ${JSON.stringify(last)}`);
            if (answer.text.includes("FROM-TWO")) note("a second answer was mixed in");
            if (!TEXT.startsWith(answerText(call, answer.text))) note("the text is not the upstream's");
            const record = await gateway.record(1);
            if (record.outcome === "ok" || record.status !== 200) note(`record ${record.status} ${record.outcome}`);
            if (record.attempts.length !== 1) note(`${record.attempts.length} attempts`);
            if (record.attempts[0]?.outcome === "ok") note("the attempt counts as good");
          }),
        );
        expect(wrong.sort()).toEqual([]);
      }, 10_000);
    }
  }

  for (const lane of LANES) {
    test(`${nameOf(lane)}: a break between the finish reason and the end leaves a well-formed stream`, async () => {
      const wrong: string[] = [];
      const whole = simulator({ answer: { text: TEXT, chunkSize: 40 } });
      const probe = await gatewayFor({ upstreams: [upstreamEntry("one", lane.upstream, whole.url)] });
      await send(probe.url, clientCall(lane.client, { stream: true }));
      await until("the count is known", () => whole.requests[0]?.finishedAt !== undefined);
      const total = whole.requests[0]?.eventsSent ?? 0;
      for (const at of [total - 1, total - 2, total - 3]) {
        for (const how of ["rst", "fin", "clean"] as const) {
          const one = simulator({ answer: { text: TEXT, chunkSize: 40 }, cutAfterEvents: { at, how } });
          const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", lane.upstream, one.url)] });
          const { text } = await send(gateway.url, clientCall(lane.client, { stream: true }), PLAIN_CLIENT);
          for (const { rule } of streamViolations(lane.client, text)) {
            // Some chat servers never send `[DONE]`: what ends cleanly without it is left as it came.
            if (how === "clean" && rule === "no-done") continue;
            wrong.push(`${at - total} ${how}: ${rule}`);
          }
        }
      }
      expect(wrong).toEqual([]);
    });
  }

  for (const protocol of PROTOCOLS) {
    test(`${protocol}: a break is told even when only the upstream understands the request`, async () => {
      // The gateway's own decoder refuses this; an upstream of the same format got it as it is and has begun to answer.
      const one = simulator({ answer: { text: TEXT }, cutAfterEvents: { at: "in-text", how: "rst" } });
      const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", protocol, one.url)] });
      const call = clientCall(protocol, { stream: true });
      const odd = { ...call, body: { ...call.body, tools: 7, messages: 7, contents: 7, input: 7 } };
      const answer = await Promise.race([send(gateway.url, odd, PLAIN_CLIENT), Bun.sleep(2000)]);
      expect(answer ? streamEvents(answer.text).at(-1) : "the stream was never closed").toHaveProperty("error");
      expect(gateway.lines.filter((line) => /unexpected/.test(line))).toEqual([]);
    });
  }
});

describe("an upstream that thinks for long", () => {
  const HOLD = { commit_hold_ms: 100, keep_alive_ms: 100 };

  test("trap 73: the client is kept alive and then gets one answer, in every lane", async () => {
    const wrong = await inAllLanes(async (lane) => {
      const one = simulator({ answer: { text: TEXT }, firstByteDelayMs: 600 });
      const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", lane.upstream, one.url)], config: HOLD });
      const call = clientCall(lane.client, { stream: true });
      const visitor = visit(gateway.url, call);
      const faults: string[] = [];
      await until("a keep-alive arrives", () => visitor.receivedBytes > 0);
      if (one.requests[0]?.eventsSent !== 0) faults.push("the first bytes were no keep-alive");
      await until("the answer is complete", () => one.requests[0]?.finishedAt !== undefined);
      visitor.leave("fin");
      const { text } = await send(gateway.url, call, PLAIN_CLIENT);
      return [...faults, ...streamFaults(lane.client, call, text)];
    });
    expect(wrong).toEqual([]);
  });

  const ENDINGS: readonly (readonly [name: string, plan: SimPlan])[] = [
    ["breaks", { cutAfterEvents: { at: 0, how: "rst" } }],
    ["ends", { cutAfterEvents: { at: 0, how: "clean" } }],
    ["reports an error", { errorEventAt: { at: 0, kind: "overloaded" } }],
    ["stays silent", { stallAfterEvents: 0 }],
  ];
  for (const [name, plan] of ENDINGS) {
    for (const format of ["same", "other"] as const) {
      test(`when it ${name} after keep-alives, a second upstream of the ${format} format answers in the same stream`, async () => {
        const wrong = await inAllLanes(async (lane) => {
          const one = simulator({ answer: { text: "FROM-ONE" }, firstByteDelayMs: 400, ...plan });
          const two = simulator({ answer: { text: TEXT } });
          const second = format === "same" ? lane.client : OTHER_FORMAT[lane.client];
          const gateway = await gatewayFor({
            upstreams: [
              upstreamEntry("one", lane.upstream, one.url, { priority: 1, timeouts: { first_content_ms: 700 } }),
              upstreamEntry("two", second, two.url, { priority: 2 }),
            ],
            config: { ...HOLD, ...PATIENT },
          });
          const call = clientCall(lane.client, { stream: true });
          const { text } = await send(gateway.url, call, PLAIN_CLIENT);
          const record = await gateway.record(1);
          const outcomes = [record.outcome, ...record.attempts.map((each) => each.upstreamId)].join();
          return [...streamFaults(lane.client, call, text), ...(outcomes === "ok,one,two" ? [] : [outcomes])];
        });
        expect(wrong).toEqual([]);
      });
    }
  }

  for (const protocol of PROTOCOLS) {
    test(`${protocol}: keep-alives work even when only the upstream understands the request`, async () => {
      const one = simulator({ answer: { text: TEXT }, firstByteDelayMs: 400 });
      const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", protocol, one.url)], config: HOLD });
      const call = clientCall(protocol, { stream: true });
      const odd = { ...call, body: { ...call.body, tools: 7 } };
      const answer = await Promise.race([send(gateway.url, odd, PLAIN_CLIENT), Bun.sleep(3000)]);
      expect(answer ? answerText(call, answer.text) : "the stream was never closed").toBe(TEXT);
      expect(gateway.lines.filter((line) => /unexpected/.test(line))).toEqual([]);
    });
  }

  /** Runs every lane at the same time and gathers what went wrong. */
  async function inAllLanes(run: (lane: Lane) => Promise<string[]>): Promise<string[]> {
    const results = await Promise.all(
      LANES.map(async (lane) => (await run(lane)).map((fault) => `${nameOf(lane)}: ${fault}`)),
    );
    return results.flat();
  }

  function streamFaults(protocol: ProtocolId, call: ClientCall, text: string): string[] {
    const faults = streamViolations(protocol, text).map(({ rule, message }) => `${rule} ${message}`);
    if (startCount(protocol, text) !== 1) faults.push(`${startCount(protocol, text)} starts`);
    if (answerText(call, text) !== TEXT) faults.push(`text ${JSON.stringify(answerText(call, text))}`);
    return faults;
  }
});

describe("a Gemini client that reads a JSON array", () => {
  const array = { ...clientCall("gemini", { stream: true }), path: "/v1beta/models/claude-test:streamGenerateContent" };
  for (const upstream of PROTOCOLS) {
    test(`gemini trap 55: from ${upstream}, gets one array that parses, also when it breaks off`, async () => {
      for (const plan of [
        {},
        { cutAfterEvents: { at: "in-text", how: "rst" } },
      ] as const satisfies readonly SimPlan[]) {
        const one = simulator({ answer: { text: TEXT, chunkSize: 10 }, ...plan });
        const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", upstream, one.url)] });
        const { text, headers } = await send(gateway.url, array, PLAIN_CLIENT);
        expect(headers.get("content-type")).toStartWith("application/json");
        expect(streamViolations("gemini", text)).toEqual([]);
        const elements = JSON.parse(text) as Record<string, unknown>[];
        const isBroken = "cutAfterEvents" in plan;
        expect("error" in (elements.at(-1) ?? {})).toBe(isBroken);
        if (isBroken) expect(TEXT).toStartWith(answerText(array, text));
        else expect(answerText(array, text)).toBe(TEXT);
      }
    });
  }
});

test("a Gemini JSON array whose upstream leaves out the closing bracket still parses", async () => {
  const call = { ...clientCall("gemini", { stream: true }), path: "/v1beta/models/claude-test:streamGenerateContent" };
  const element = (text: string, more: object) =>
    JSON.stringify({
      candidates: [{ content: { parts: [{ text }], role: "model" }, index: 0, ...more }],
      responseId: "r",
    });
  for (const rest of ["", "\n"]) {
    const body = `[${element("a", {})}\n,\r\n${element("b", { finishReason: "STOP" })}${rest}`;
    const upstream = startFaultServer(() => [
      { recv: "body" },
      { write: "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n" },
      { chunk: body },
      { delay: 20 },
      { rst: true },
    ]);
    closers.push(() => upstream.stop());
    const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", "gemini", upstream.url)] });
    const { text } = await send(gateway.url, call, PLAIN_CLIENT);
    expect((JSON.parse(text) as unknown[]).length).toBe(2);
    expect(answerText(call, text)).toBe("ab");
  }
});

describe("characters cut into bytes", () => {
  const EVERY_KIND = 'a é ß 中 日本 👩‍💻 🇨🇭 ‍ \u{10FFFF} \u2028 "quoted" \\ \n end';
  for (const client of PROTOCOLS) {
    for (const upstream of PROTOCOLS) {
      test(`${client} from ${upstream}: every byte in a write of its own gives the same text`, async () => {
        const one = simulator({ answer: { thinking: EVERY_KIND, text: EVERY_KIND, chunkSize: 3 }, cut: "bytes" });
        const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", upstream, one.url)] });
        for (const stream of [true, false]) {
          const call = clientCall(client, { stream });
          const { text } = await send(gateway.url, call);
          expect(answerText(call, text)).toBe(EVERY_KIND);
          if (stream) expect(streamViolations(client, text)).toEqual([]);
        }
      });
    }
  }
});

describe("a client that reads slowly", () => {
  const MB = 1024 * 1024;
  const TOTAL_MB = 120;
  const RSS_LIMIT = 48 * MB;

  /** About 1 MB of Anthropic text deltas. */
  function deltas(): Buffer {
    const frame = (text: string) =>
      `event: content_block_delta\ndata: ${JSON.stringify({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })}\n\n`;
    const one = frame("x".repeat(900));
    return Buffer.from(one.repeat(Math.ceil(MB / one.length)));
  }

  const START =
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}\n\n' +
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n';
  const END =
    'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n' +
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}\n\n' +
    'event: message_stop\ndata: {"type":"message_stop"}\n\n';

  for (const client of ["anthropic", "openai-chat"] as const) {
    test(`${client}: ${TOTAL_MB} MB behind a slow reader stay at the upstream, and all of it arrives`, async () => {
      const bulk = deltas();
      const steps: FaultStep[] = [
        { recv: "body" },
        { write: "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" },
        { chunk: START },
        ...Array.from({ length: TOTAL_MB }, (): FaultStep => ({ chunk: bulk })),
        { chunk: END },
        { chunk: "" },
      ];
      const upstream = startFaultServer(() => steps);
      closers.push(() => upstream.stop());
      const dataDir = await createDataDir({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)] });
      closers.push(() => removeDataDir(dataDir));
      const program = startProgram(dataDir);
      closers.push(() => program.kill("SIGKILL"));
      await program.ready();
      for (let i = 0; i < 200; i++) await (await fetch(program.url)).text(); // what start-up left behind settles
      const baseline = await program.rssBytes();

      const visitor = visit(program.url, clientCall(client, { stream: true }), false);
      await until("the stream runs", () => visitor.receivedBytes > MB);
      visitor.pause();
      let sent = -1;
      const connection = () => upstream.connections.at(-1)?.bytesSent ?? 0;
      // Until nothing moves any more: everything between upstream and client is full.
      for (let quiet = 0; quiet < 5; await Bun.sleep(50)) {
        quiet = connection() === sent ? quiet + 1 : 0;
        sent = connection();
      }
      const held = await program.rssBytes();
      expect(sent).toBeLessThan(40 * MB);
      expect(held - baseline).toBeLessThan(RSS_LIMIT);

      let peak = held;
      visitor.resume();
      const done = until("all of it has arrived", () => visitor.receivedBytes >= TOTAL_MB * MB * 0.9, 30_000);
      const sampler = setInterval(() => {
        void program.rssBytes().then((bytes) => {
          peak = Math.max(peak, bytes);
        });
      }, 20);
      await done.finally(() => clearInterval(sampler));
      console.log(
        `${client}: RSS ${Math.round(baseline / MB)} MB at rest, +${Math.round((held - baseline) / MB)} MB held, +${Math.round((peak - baseline) / MB)} MB at most; ${Math.round(sent / MB)} MB left the upstream while the client slept`,
      );
      expect(peak - baseline).toBeLessThan(2 * RSS_LIMIT);
      visitor.leave("fin");
    }, 60_000);
  }
});
