// Upstreams that say nothing: the client's stream is opened all the same, its own time limit is kept, and a failure after
// the opening has the form that makes agents try again.

import { afterEach, describe, expect, test } from "bun:test";
import type { SimPlan } from "../../src/simulator/script.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { rawExchange, rawRequest } from "../support/raw-client.ts";
import { answerText, clientCall, PROTOCOLS, send, startCount, streamViolations } from "./support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const SILENT: SimPlan = { stallBeforeHeadMs: Number.POSITIVE_INFINITY };
const AGENT = { "user-agent": "claude-cli/2.1.197 (external, cli)" };
const OPEN_EARLY = { ...PATIENT, commit_hold_ms: 50, keep_alive_ms: 50 };

async function gatewayFor(
  plans: readonly SimPlan[],
  config: object,
  settings: object = {},
  protocol: (typeof PROTOCOLS)[number] = "anthropic",
): Promise<TestGateway> {
  const entries = plans.map((plan, n) => {
    const simulator = startSimulator({ plan });
    closers.push(() => simulator.stop());
    const format = n % 2 === 0 ? protocol : OTHER_FORMAT[protocol];
    return upstreamEntry(`up-${n}`, format, simulator.url, { priority: n, ...settings });
  });
  const gateway = await startGateway({ upstreams: entries, config });
  closers.push(() => gateway.stop());
  return gateway;
}

describe("before an upstream has sent its status line", () => {
  for (const protocol of PROTOCOLS) {
    test(`${protocol}: the client gets its own start and keep-alives, and then the answer of another upstream`, async () => {
      const quick = { timeouts: { first_byte_ms: 400 } };
      const gateway = await gatewayFor([SILENT, { answer: { text: "Hello there." } }], OPEN_EARLY, quick, protocol);
      const call = clientCall(protocol, { stream: true });
      const answer = await send(gateway.url, call);
      expect(answer.status).toBe(200);
      expect(answerText(call, answer.text)).toBe("Hello there.");
      expect(streamViolations(protocol, answer.text)).toEqual([]);
      expect(startCount(protocol, answer.text)).toBe(1);
      const record = await gateway.record(1);
      expect(record.attempts.map((attempt) => attempt.outcome)).toEqual(["ttfb_timeout", "ok"]);
      expect(record.firstByteMs).toBeLessThan(350);
      expect(record.firstContentMs).toBeGreaterThan(350);
    });
  }

  test("one of them may take more than the time for attempts: the next is asked all the same, and then no other", async () => {
    const quick = { timeouts: { first_byte_ms: 300 } };
    const config = { ...PATIENT, failover: { window_ms: 200 } };
    const call = clientCall("anthropic", { stream: true });
    const two = await gatewayFor([SILENT, { answer: { text: "Hello there." } }], config, quick);
    expect(answerText(call, (await send(two.url, call)).text)).toBe("Hello there.");
    const three = await gatewayFor([SILENT, SILENT, { answer: { text: "Hello there." } }], config, quick);
    expect((await send(three.url, call)).status).toBe(504);
    const { attempts, stoppedBy } = await three.record(1);
    expect([attempts.map(({ outcome }) => outcome), stoppedBy]).toEqual([["ttfb_timeout", "ttfb_timeout"], "window"]);
  });

  test("gemini as one JSON array: keep-alives leave it valid", async () => {
    for (const format of ["gemini", "openai-chat"] as const) {
      const quick = { timeouts: { first_byte_ms: 300 } };
      const simulator = startSimulator({ plan: { answer: { text: "Hello there." } } });
      closers.push(() => simulator.stop());
      const silent = startSimulator({ plan: SILENT });
      closers.push(() => silent.stop());
      const gateway = await startGateway({
        upstreams: [
          upstreamEntry("silent", "gemini", silent.url, { priority: 1, ...quick }),
          upstreamEntry("well", format, simulator.url, { priority: 2 }),
        ],
        config: OPEN_EARLY,
      });
      closers.push(() => gateway.stop());
      const base = clientCall("gemini", { stream: true });
      const call = { ...base, path: base.path.replace("?alt=sse", "") };
      const answer = await send(gateway.url, call);
      expect(JSON.stringify(JSON.parse(answer.text))).toContain("Hello there.");
      expect((await gateway.record(1)).firstByteMs).toBeLessThan(280);
    }
  });

  test("nothing is opened while the first upstreams fail quickly: the client sees a status", async () => {
    const gateway = await gatewayFor([{ status: 500 }, { status: 502 }], PATIENT);
    expect((await send(gateway.url, clientCall("anthropic", { stream: true }))).status).toBe(502);
  });

  const ENDINGS = [
    ["anthropic", "fin", /event: error\ndata: .*"type":"error"/],
    ["openai-responses", "fin", /event: error\ndata: /],
    ["openai-chat", "fin", /^(?!.*(finish_reason":"|\[DONE\]|"error")).*$/s],
    ["gemini", "rst", /^(?!.*"error").*$/s],
  ] as const;
  for (const [protocol, ended, text] of ENDINGS) {
    test(`${protocol}: with nothing left an agent's stream ends so that it asks again`, async () => {
      const gateway = await gatewayFor(
        [SILENT],
        { ...OPEN_EARLY, failover: { agent_rounds: 1 } },
        { timeouts: { first_byte_ms: 300 } },
        protocol,
      );
      const call = clientCall(protocol, { stream: true });
      const answer = await rawExchange(
        gateway.app.port,
        rawRequest(call.path, call.body, ["user-agent: claude-cli/2.1", "connection: close"]),
      );
      expect(answer.text).toStartWith("HTTP/1.1 200");
      expect(answer.text.slice(answer.text.indexOf("\r\n\r\n"))).toMatch(text);
      expect(answer.ended).toBe(ended);
      expect((await gateway.record(1)).outcome).toBe("upstream-timeout");
    });
  }

  test("a refusal that comes late is told inside the stream, also to an agent: repeating would not help", async () => {
    const late: SimPlan = { error: "context_length", stallBeforeHeadMs: 300 };
    for (const protocol of ["openai-chat", "gemini"] as const) {
      const gateway = await gatewayFor([late], OPEN_EARLY, {}, protocol);
      const answer = await send(gateway.url, clientCall(protocol, { stream: true }), AGENT);
      expect(answer.text).toContain('"error"');
      expect((await gateway.record(1)).outcome).toBe("upstream-context-length");
    }
  });
});

describe("the client's own time limit", () => {
  test("ends a whole request before the client gives up, and blames nobody", async () => {
    const gateway = await gatewayFor([SILENT, {}], { breaker: { failure_threshold: 1 } });
    const answer = await send(gateway.url, clientCall("anthropic", { stream: false }), { "x-stainless-timeout": "1" });
    expect(answer.status).toBe(504);
    const record = await gateway.record(1);
    expect(record.attempts.map((attempt) => attempt.outcome)).toEqual(["deadline"]);
    expect(record.durationMs).toBeWithin(450, 950);
    const rows = (await (
      await fetch(`${gateway.url}/admin/breakers`, { headers: { "x-admin-password": "admin" } })
    ).json()) as {
      breakers: unknown[];
    };
    expect(rows.breakers).toEqual([]);
  });

  test("bounds a stream's first content, not its answer", async () => {
    const slow: SimPlan = { answer: { text: "word ".repeat(40), chunkSize: 5 }, eventDelayMs: 20 };
    const gateway = await gatewayFor([slow], {}, {}, "openai-chat");
    const call = clientCall("openai-chat", { stream: true });
    const answer = await send(gateway.url, call, { "x-stainless-timeout": "1" });
    expect(answerText(call, answer.text)).toBe("word ".repeat(40));
    expect((await gateway.record(1)).durationMs).toBeGreaterThan(600);
    const stuck = await gatewayFor([SILENT], {}, {}, "openai-chat");
    expect((await send(stuck.url, call, { "x-server-timeout": "1" })).status).toBe(504);
  });
});

describe("an answer whose content is long in coming", () => {
  const response = { id: "resp_kept", object: "response", model: "m", output: [] as object[] };
  const item = { type: "message", id: "msg_1", role: "assistant", status: "completed" };
  const said = { ...item, content: [{ type: "output_text", text: "Hello.", annotations: [] }] };
  const message = { id: "msg_kept", type: "message", role: "assistant", model: "m", content: [], stop_reason: null };
  const cases = [
    {
      protocol: "openai-responses" as const,
      id: "resp_kept",
      begin: [{ type: "response.created", response: { ...response, status: "in_progress" } }],
      rest: [
        { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } },
        { type: "response.output_text.delta", output_index: 0, content_index: 0, item_id: "msg_1", delta: "Hello." },
        { type: "response.output_item.done", output_index: 0, item: said },
        { type: "response.completed", response: { ...response, status: "completed", output: [said] } },
      ],
    },
    {
      protocol: "anthropic" as const,
      id: "msg_kept",
      begin: [
        {
          type: "message_start",
          message: { ...message, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } },
        },
      ],
      rest: [
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello." } },
        { type: "content_block_stop", index: 0 },
        { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 2 } },
        { type: "message_stop" },
      ],
    },
  ];
  const frames = (events: readonly { readonly type: string }[]): Uint8Array =>
    Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));

  for (const { protocol, id, begin, rest } of cases) {
    test(`${protocol}: keeps the upstream's id in our start, from which clients go on`, async () => {
      const opened = Promise.withResolvers<void>();
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(frames(begin));
          await opened.promise;
          controller.enqueue(frames(rest));
          controller.close();
        },
      });
      const headers = { "content-type": "text/event-stream" };
      const upstream = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(body, { headers }) });
      closers.push(() => upstream.stop(true));
      const entry = upstreamEntry("up", protocol, `http://127.0.0.1:${upstream.port}`);
      const gateway = await startGateway({ upstreams: [entry], config: OPEN_EARLY });
      closers.push(() => gateway.stop());

      const call = clientCall(protocol, { stream: true });
      const answer = await fetch(gateway.url + call.path, { method: "POST", body: JSON.stringify(call.body) });
      let text = "";
      for await (const chunk of answer.body ?? []) {
        text += Buffer.from(chunk).toString("utf8");
        opened.resolve();
      }
      expect(answerText(call, text)).toBe("Hello.");
      expect(streamViolations(protocol, text)).toEqual([]);
      const ids = [...text.matchAll(/"(?:response|message)":\{"id":"([^"]*)"/g)].map(([, found]) => found);
      expect(new Set(ids)).toEqual(new Set([id]));
    });
  }
});
