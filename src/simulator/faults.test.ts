import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { checkAnthropicStream } from "../../test/support/grammar/check-anthropic-stream.ts";
import { checkChatStream } from "../../test/support/grammar/check-chat-stream.ts";
import { checkGeminiStream } from "../../test/support/grammar/check-gemini-stream.ts";
import { checkResponsesStream } from "../../test/support/grammar/check-responses-stream.ts";
import { readFrames } from "../../test/support/grammar/read-frames.ts";
import { type RawOptions, rawExchange, rawRequest, splitAnswer } from "../../test/support/raw-client.ts";
import type { SimErrorKind } from "./render-error.ts";
import type { SimPlan } from "./script.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

const ANSWER = { thinking: "hm", text: "Ein längerer Text, der mehrere Ereignisse ergibt: 日本語 👋." };
const STREAM_BODY = { model: "m", stream: true, messages: [] };

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => simulator.stop());
afterEach(() => simulator.clearRequests());

function ask(plan: SimPlan, body: unknown = STREAM_BODY, options: RawOptions = {}, path = "/v1/messages") {
  simulator.setPlan(plan);
  return rawExchange(simulator.port, rawRequest(path, body, ["connection: close"]), options);
}

describe("before the head", () => {
  test("a refused connection is reset before anything is read", async () => {
    simulator.refuseConnections(1);
    const answer = await ask({ answer: ANSWER });
    expect(answer.text).toBe("");
    expect(answer.ended).not.toBe("open");
    expect(simulator.requests).toHaveLength(0);
    expect((await ask({ answer: ANSWER })).text).toStartWith("HTTP/1.1 200");
  });

  test.each(["fin", "rst"] as const)("cutBeforeHead %s reads the request and ends without a byte", async (how) => {
    const answer = await ask({ cutBeforeHead: how });
    expect(answer.text).toBe("");
    expect(answer.ended).toBe(how);
    expect(simulator.requests).toHaveLength(1);
  });

  test("stallBeforeHeadMs delays the head", async () => {
    const before = performance.now();
    const answer = await ask({ answer: ANSWER, stallBeforeHeadMs: 80 }, { model: "m" });
    expect(performance.now() - before).toBeGreaterThanOrEqual(79);
    expect(splitAnswer(answer).status).toBe(200);
  });

  test("an endless stall sends nothing and notes when the client leaves", async () => {
    const answer = await ask({ answer: ANSWER, stallBeforeHeadMs: Number.POSITIVE_INFINITY }, STREAM_BODY, {
      timeoutMs: 60,
    });
    expect(answer).toMatchObject({ text: "", ended: "open" });
    await Bun.sleep(20);
    expect(simulator.requests[0]).toMatchObject({ closedEarly: true, finishedAt: undefined });
    expect(simulator.requests[0]?.abortedAt).toBeNumber();
  });

  test("garbage takes the place of HTTP", async () => {
    const answer = await ask({ garbage: "\x00\x01NOT HTTP\r\n" });
    expect(answer).toMatchObject({ text: "\x00\x01NOT HTTP\r\n", ended: "fin" });
  });
});

describe("instead of the answer", () => {
  test("status, headers and body are sent as given", async () => {
    const headers = { "retry-after": "7", "content-type": "application/json", "request-id": "" };
    const answer = await ask({ status: 429, headers, body: '{"detail":"slow"}' });
    const { status, head, body } = splitAnswer(answer);
    expect({ status, body }).toEqual({ status: 429, body: '{"detail":"slow"}' });
    expect(head).toContain("retry-after: 7");
    expect(head).not.toContain("request-id");
  });

  const KINDS: readonly (readonly [kind: SimErrorKind, anthropic: number, openai: number, gemini: number])[] = [
    ["overloaded", 529, 503, 503],
    ["api_error", 500, 500, 500],
    ["rate", 429, 429, 429],
    ["quota", 402, 429, 429],
    ["auth", 401, 401, 400],
    ["forbidden", 403, 403, 403],
    ["not_found", 404, 404, 404],
    ["invalid", 400, 400, 400],
    ["context_length", 400, 400, 400],
  ];
  test.each(KINDS)("error %s has each format's status and body", async (kind, anthropic, openai, gemini) => {
    const a = splitAnswer(await ask({ error: kind }, STREAM_BODY, {}, "/v1/messages"));
    expect(a.status).toBe(anthropic);
    expect(JSON.parse(a.body)).toMatchObject({
      type: "error",
      error: { type: expect.any(String), message: expect.any(String) },
    });
    for (const path of ["/v1/chat/completions", "/v1/responses"]) {
      const o = splitAnswer(await ask({ error: kind }, STREAM_BODY, {}, path));
      expect(o.status).toBe(openai);
      expect(JSON.parse(o.body)).toMatchObject({
        error: { message: expect.any(String), type: expect.any(String), param: null },
      });
    }
    const g = splitAnswer(await ask({ error: kind }, STREAM_BODY, {}, "/v1beta/models/x:generateContent"));
    expect(g.status).toBe(gemini);
    expect(JSON.parse(g.body)).toMatchObject({ error: { code: gemini, status: expect.any(String) } });
  });

  test("a bare status gives the format's own error body", async () => {
    const { status, body } = splitAnswer(await ask({ status: 529 }));
    expect(status).toBe(529);
    expect(JSON.parse(body).error.type).toBe("overloaded_error");
  });

  test("html answers 200 with a page, empty with no byte, errorIn200 with an error body", async () => {
    const html = splitAnswer(await ask({ html: true }));
    expect(html).toMatchObject({ status: 200, body: expect.stringContaining("<html>") });
    expect(html.head).toContain("text/html");
    const empty = splitAnswer(await ask({ empty: true }));
    expect(empty).toMatchObject({ status: 200, body: "", isWhole: true });
    const wrapped = splitAnswer(await ask({ errorIn200: "rate" }));
    expect(wrapped.status).toBe(200);
    expect(JSON.parse(wrapped.body).type).toBe("error");
  });

  test("shape answers JSON although a stream was asked for, and the other way round", async () => {
    const json = splitAnswer(await ask({ answer: ANSWER, shape: "json" }));
    expect(JSON.parse(json.body).type).toBe("message");
    const sse = splitAnswer(await ask({ answer: ANSWER, shape: "sse" }, { model: "m" }));
    expect(sse.head).toContain("text/event-stream");
    expect(checkAnthropicStream(sse.body)).toEqual([]);
  });

  test("truncateJson announces what it sends, shortBody announces more", async () => {
    const cut = splitAnswer(await ask({ answer: ANSWER, truncateJson: true }, { model: "m" }));
    expect(cut.isWhole).toBe(true);
    expect(() => JSON.parse(cut.body)).toThrow();
    const short = await ask({ answer: ANSWER, shortBody: true }, { model: "m" });
    expect(short.ended).toBe("fin");
    expect(splitAnswer(short).isWhole).toBe(false);
  });
});

describe("inside a stream", () => {
  test("cutAfterEvents rst sends exactly so many events, then resets", async () => {
    const answer = await ask({ answer: ANSWER, cutAfterEvents: { at: 5, how: "rst" } });
    const { body, isWhole } = splitAnswer(answer);
    expect(answer.ended).toBe("rst");
    expect(isWhole).toBe(false);
    expect(readFrames(body).frames).toHaveLength(5);
    expect(simulator.requests[0]?.eventsSent).toBe(5);
  });

  test("cutAfterEvents fin closes without the last chunk, clean with it", async () => {
    const answer = { ...ANSWER, id: "pinned" };
    const fin = await ask({ answer, cutAfterEvents: { at: "in-text", how: "fin" } });
    expect(fin.ended).toBe("fin");
    expect(splitAnswer(fin).isWhole).toBe(false);
    const clean = await ask({ answer, cutAfterEvents: { at: "in-text", how: "clean" } });
    expect(splitAnswer(clean)).toMatchObject({ isWhole: true, body: splitAnswer(fin).body });
    expect(splitAnswer(clean).body).not.toContain("message_stop");
  });

  test("a cut of a JSON answer comes in its middle, with the whole length announced", async () => {
    const answer = await ask({ answer: ANSWER, cutAfterEvents: { at: 1, how: "rst" } }, { model: "m" });
    expect(answer.ended).toBe("rst");
    const { body, isWhole } = splitAnswer(answer);
    expect(isWhole).toBe(false);
    expect(body).toStartWith('{"id":"msg_');
  });

  test("stallAfterEvents goes silent but keeps the connection", async () => {
    const answer = await ask({ answer: ANSWER, stallAfterEvents: "after-start" }, STREAM_BODY, { timeoutMs: 80 });
    expect(answer.ended).toBe("open");
    expect(readFrames(splitAnswer(answer).body).frames.map((frame) => frame.event)).toEqual([
      "message_start",
      "content_block_start",
      "ping",
    ]);
  });

  const FORMATS = [
    { path: "/v1/messages", check: checkAnthropicStream },
    { path: "/v1/chat/completions", check: (text: string) => checkChatStream(text) },
    { path: "/v1/responses", check: checkResponsesStream },
    { path: "/v1beta/models/x:streamGenerateContent?alt=sse", check: checkGeminiStream },
    { path: "/v1beta/models/x:streamGenerateContent", check: checkGeminiStream },
  ];
  test.each(FORMATS)("errorEventAt ends $path with the format's own error event", async ({ path, check }) => {
    for (const kind of ["overloaded", "api_error", "rate"] as const) {
      for (const at of [0, "in-text"] as const) {
        const answer = await ask({ answer: ANSWER, errorEventAt: { at, kind } }, STREAM_BODY, {}, path);
        const { body, isWhole } = splitAnswer(answer);
        expect(isWhole).toBe(true);
        expect(body).toContain("error");
        expect(check(body)).toEqual([]);
      }
    }
  });

  test.each(["failed", "both"] as const)("a Responses stream can end with response.failed (%s)", async (form) => {
    const plan: SimPlan = { answer: ANSWER, errorEventAt: { at: "in-text", kind: "overloaded", form } };
    const { body } = splitAnswer(await ask(plan, STREAM_BODY, {}, "/v1/responses"));
    expect(checkResponsesStream(body)).toEqual([]);
    expect(readFrames(body).frames.at(-1)?.event).toBe("response.failed");
    expect(body).toContain('"code":"server_is_overloaded"');
    expect(body.includes("event: error")).toBe(form === "both");
  });

  test("garbageAt puts junk between events and goes on", async () => {
    const answer = await ask({ answer: ANSWER, garbageAt: { at: 3, bytes: "data: {broken\n\n" } });
    const { body } = splitAnswer(answer);
    expect(checkAnthropicStream(body).map((each) => each.rule)).toEqual(["bad-json"]);
    expect(body).toContain("message_stop");
  });

  test("oversizedEventBytes puts one huge event before the end", async () => {
    const answer = await ask({ answer: ANSWER, oversizedEventBytes: 3_000_000 }, STREAM_BODY, { timeoutMs: 8000 });
    const { frames } = readFrames(splitAnswer(answer).body);
    expect(Math.max(...frames.map((frame) => frame.text.length))).toBeGreaterThan(3_000_000);
    expect(frames.at(-1)?.event).toBe("message_stop");
  });

  test("duplicateTerminal sends the terminal events twice", async () => {
    const { body } = splitAnswer(await ask({ answer: ANSWER, duplicateTerminal: true }));
    expect(readFrames(body).frames.filter((frame) => frame.event === "message_stop")).toHaveLength(2);
    expect(checkAnthropicStream(body).map((each) => each.rule)).toContain("after-terminal");
  });
});

describe("time and cuts", () => {
  test("firstByteDelayMs separates the head from the body", async () => {
    const answer = await ask({ answer: ANSWER, firstByteDelayMs: 60 });
    expect(answer.reads.length).toBeGreaterThan(1);
    expect(answer.reads[0]?.toString()).toEndWith("\r\n\r\n");
  });

  test("eventDelayMs paces the events", async () => {
    const before = performance.now();
    const answer = await ask({ answer: { text: ["a", "b", "c", "d"] }, eventDelayMs: 15 });
    const { frames } = readFrames(splitAnswer(answer).body);
    expect(performance.now() - before).toBeGreaterThanOrEqual(frames.length * 15 - 5);
    expect(answer.reads.length).toBeGreaterThanOrEqual(frames.length);
  });

  test("drip sends a few bytes at a time", async () => {
    const answer = await ask({ body: "0123456789", drip: { bytes: 4, everyMs: 15 } });
    expect(answer.reads.slice(1).map(String)).toEqual(["0123", "4567", "89"]);
  });

  test.each(["bytes", { seed: 7 }] as const)("cut %p gives the same bytes in many pieces", async (cut) => {
    const answer = { ...ANSWER, id: "pinned" };
    const whole = splitAnswer(await ask({ answer })).body;
    const pieces = await ask({ answer, cut }, STREAM_BODY, { timeoutMs: 8000 });
    expect(splitAnswer(pieces)).toMatchObject({ body: whole, isWhole: true });
    expect(pieces.reads.length).toBeGreaterThan(20);
  });

  test("framing close ends the body by closing", async () => {
    const answer = await ask({ answer: ANSWER, framing: "close" });
    expect(answer.ended).toBe("fin");
    expect(splitAnswer(answer).head).not.toContain("chunked");
    expect(checkAnthropicStream(splitAnswer(answer).body)).toEqual([]);
  });
});
