// Numbered traps of the protocol documents that only show with the whole gateway.

import { afterAll, describe, expect, test } from "bun:test";
import { planQueue, type SimPlan } from "../../src/simulator/script.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { answerText, clientCall, errorOf, PROTOCOLS, send, streamViolations } from "./support/client-calls.ts";
import { PATIENT, upstreamEntry } from "./support/upstreams.ts";

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function before(format: (typeof PROTOCOLS)[number], plans: readonly SimPlan[], more: object = {}) {
  const upstream = startSimulator({ plan: planQueue([...plans]) });
  const gateway: TestGateway = await startGateway({
    upstreams: [upstreamEntry("up", format, upstream.url, more)],
    config: PATIENT,
  });
  closing.push(
    () => gateway.stop(),
    () => upstream.stop(),
  );
  return { upstream, gateway };
}

/** A Gemini answer of one object, as the request's method wants it. */
function geminiAnswer(stream: boolean, candidate: object, more: object = {}): SimPlan {
  const body = { candidates: [{ index: 0, ...candidate }], ...more };
  if (!stream) return { body };
  return { body: `data: ${JSON.stringify(body)}\n\n`, headers: { "content-type": "text/event-stream" } };
}

const refusal = (message: string): SimPlan => ({
  status: 400,
  body: { error: { code: 400, message, status: "INVALID_ARGUMENT" } },
});

describe("keys that Gemini refuses", () => {
  const invalidKey: SimPlan = {
    status: 400,
    body: {
      error: {
        code: 400,
        message: "API key not valid. Please pass a valid API key.",
        status: "INVALID_ARGUMENT",
        details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }],
      },
    },
  };
  const spent = (violation: object, delay: string): SimPlan => ({
    status: 429,
    body: {
      error: {
        code: 429,
        message: "You exceeded your current quota.",
        status: "RESOURCE_EXHAUSTED",
        details: [
          { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [violation] },
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: delay },
        ],
      },
    },
  });

  for (const client of ["gemini", "anthropic"] as const) {
    test(`gemini trap 51: a 400 about the key is answered by the next key, to a ${client} client`, async () => {
      const keys = { keys: ["sk-bad", "sk-good"] };
      const { upstream, gateway } = await before("gemini", [invalidKey, { answer: { text: "from the second" } }], keys);
      const call = clientCall(client, { stream: false });
      const answer = await send(gateway.url, call);
      expect(answer.status).toBe(200);
      expect(answerText(call, answer.text)).toBe("from the second");
      expect(upstream.requests.map((request) => request.headers["x-goog-api-key"])).toEqual(["sk-bad", "sk-good"]);
    });
  }

  test("gemini trap 52: the told delay reaches the client as retry-after", async () => {
    const minute = { quotaId: "GenerateRequestsPerMinutePerProjectPerModel" };
    const { gateway } = await before("gemini", [spent(minute, "37s")]);
    const answer = await send(gateway.url, clientCall("anthropic", { stream: false }));
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get("retry-after"))).toBeWithin(30, 38);
  });
});

/** A conversation whose tool call carries a signature that the upstream will not have. */
const signedTurns = {
  contents: [
    { role: "user", parts: [{ text: "weather?" }] },
    { role: "model", parts: [{ functionCall: { name: "get_weather", args: {} }, thoughtSignature: "Zm9yZWlnbg==" }] },
    { role: "user", parts: [{ functionResponse: { name: "get_weather", response: { output: "rain" } } }] },
  ],
  tools: [{ functionDeclarations: [{ name: "get_weather", description: "w" }] }],
};

describe("signatures that an upstream refuses", () => {
  const wordings = [
    ["gemini trap 17: a corrupted signature", "Corrupted thought signature."],
    ["gemini trap 65: a signature that is not valid", "Thought signature is not valid"],
    ["gemini trap 65: the same in capitals", "INVALID THOUGHT SIGNATURE"],
  ] as const;
  for (const [trap, message] of wordings) {
    test(`${trap} is answered by one more try with the sentinel in its place`, async () => {
      const { upstream, gateway } = await before("gemini", [refusal(message), {}]);
      const call = { ...clientCall("gemini", { stream: false, model: "gemini-3-pro-preview" }), body: signedTurns };
      const answer = await send(gateway.url, call);
      expect(answer.status).toBe(200);
      expect(upstream.requests.length).toBe(2);
      const sent = upstream.requests.map((request) => Buffer.from(request.body).toString());
      expect(sent[0]).toContain("Zm9yZWlnbg==");
      expect(sent[1]).not.toContain("Zm9yZWlnbg==");
      expect(sent[1]).toContain("skip_thought_signature_validator");
    });
  }

  test("gemini trap 17: a second refusal is the answer", async () => {
    const { upstream, gateway } = await before("gemini", [refusal("Corrupted thought signature.")]);
    const answer = await send(gateway.url, { ...clientCall("gemini", { stream: false }), body: signedTurns });
    expect(answer.status).toBe(400);
    expect(upstream.requests.length).toBe(2);
  });
});

/** A history in which a call follows thinking that somebody else has signed. */
const thinkingTurns = {
  anthropic: {
    messages: [
      { role: "user", content: "weather?" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm", signature: "Zm9yZWlnbg==" },
          { type: "redacted_thinking", data: "c2VhbGVk" },
          { type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Bern" } },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "rain" }] },
    ],
  },
  "openai-responses": {
    input: [
      { type: "message", role: "user", content: [{ type: "input_text", text: "weather?" }] },
      { type: "reasoning", summary: [], encrypted_content: "Zm9yZWlnbg==" },
      { type: "function_call", call_id: "call_1", name: "get_weather", arguments: '{"city":"Bern"}' },
      { type: "function_call_output", call_id: "call_1", output: "rain" },
    ],
  },
};

describe("thinking that an upstream refuses", () => {
  const refusals = [
    ["anthropic", { message: "messages.1.content.0: Invalid `signature` in `thinking` block" }],
    ["anthropic", { message: "messages.1.content.0.type: Expected ... must start with a thinking block" }],
    ["anthropic", { message: "`thinking` or `redacted_thinking` blocks in the latest message cannot be modified." }],
    [
      "openai-responses",
      { message: "The encrypted content could not be verified.", code: "invalid_encrypted_content" },
    ],
  ] as const;
  for (const [protocol, error] of refusals) {
    test(`trap 31: ${protocol} is asked once more without any of it (${error.message.slice(0, 40)}), and is not blamed`, async () => {
      const told = { error: { type: "invalid_request_error", ...error } };
      const { upstream, gateway } = await before(protocol, [
        { status: 400, body: protocol === "anthropic" ? { type: "error", ...told } : told },
        {},
      ]);
      const base = clientCall(protocol, { stream: false });
      const answer = await send(gateway.url, { ...base, body: { ...base.body, ...thinkingTurns[protocol] } });
      expect(answer.status).toBe(200);
      const [first, second] = upstream.requests.map((request) => request.text);
      expect(first).toContain("Zm9yZWlnbg==");
      expect(second).not.toMatch(/Zm9yZWlnbg|c2VhbGVk|thinking"|"reasoning"/);
      expect(second).toContain("get_weather");
      expect(upstream.requests.length).toBe(2);
    });
  }
});

describe("servers that refuse stream_options", () => {
  const wordings = {
    "in a sentence": { status: 400, body: { error: { message: "Unknown field: stream_options", type: "invalid" } } },
    "as FastAPI does": {
      status: 422,
      body: {
        detail: [{ type: "extra_forbidden", loc: ["body", "stream_options"], msg: "Extra inputs are not permitted" }],
      },
    },
  };
  for (const [name, told] of Object.entries(wordings)) {
    test(`trap 43: they are asked again without it, and remembered (${name})`, async () => {
      const { upstream, gateway } = await before("openai-chat", [told, {}, {}]);
      for (const client of ["anthropic", "openai-responses"] as const) {
        const answer = await send(gateway.url, clientCall(client, { stream: true }));
        expect([answer.status, streamViolations(client, answer.text)]).toEqual([200, []]);
      }
      expect(upstream.requests.map((request) => request.text.includes("stream_options"))).toEqual([true, false, false]);
    });
  }

  test("trap 43: a chat client's own is left out as well, without another change", async () => {
    const { upstream, gateway } = await before("openai-chat", [wordings["in a sentence"], {}, {}, {}]);
    const base = clientCall("openai-chat", { stream: true });
    const asking = { ...base, body: { ...base.body, stream_options: { include_usage: true }, odd_field: 1 } };
    for (const call of [asking, asking, base]) expect((await send(gateway.url, call)).status).toBe(200);
    const [refused, ...others] = upstream.requests.map((request) => request.fields);
    const { stream_options, ...rest } = asking.body;
    expect(refused).toEqual({ ...rest, stream_options });
    expect(others).toEqual([rest, rest, base.body]);
  });

  test("trap 43: one client's wrong ones are its own affair, and all others keep theirs", async () => {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    const told = { status: 400, body: { error: { message, type: "invalid_request_error", param: "stream_options" } } };
    const { upstream, gateway } = await before("openai-chat", [told, told, {}]);
    for (const [stream, stream_options] of [
      [false, { include_usage: true }],
      [true, { include_usage: "yes" }],
    ] as const) {
      const base = clientCall("openai-chat", { stream });
      const answer = await send(gateway.url, { ...base, body: { ...base.body, stream_options } });
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("is only allowed")]);
    }
    expect((await send(gateway.url, clientCall("anthropic", { stream: true }))).status).toBe(200);
    expect(upstream.requests.map(({ fields }) => fields["stream_options"])).toEqual([
      { include_usage: true },
      { include_usage: "yes" },
      { include_usage: true },
    ]);
  });

  test("trap 43: requests that are refused at the same time are all asked again", async () => {
    const told = wordings["in a sentence"];
    const { upstream, gateway } = await before("openai-chat", []);
    upstream.setPlan(({ text }) => (text.includes("stream_options") ? { ...told, stallBeforeHeadMs: 100 } : {}));
    const call = clientCall("anthropic", { stream: true });
    const answers = await Promise.all([1, 2, 3].map(() => send(gateway.url, call)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(upstream.requestCount).toBe(6);
  });

  test("trap 43: nothing is learnt where the request is refused without it as well", async () => {
    const { upstream, gateway } = await before("openai-chat", []);
    const message = 'tools: no such type "stream_options"';
    upstream.setPlan(({ text }) => (text.includes("odd_field") ? { status: 400, body: { error: { message } } } : {}));
    const base = clientCall("openai-chat", { stream: true });
    const odd = await send(gateway.url, { ...base, body: { ...base.body, odd_field: "stream_options" } });
    expect([odd.status, errorOf("openai-chat", odd.text)?.message]).toEqual([400, message]);
    upstream.clearRequests();
    expect((await send(gateway.url, clientCall("anthropic", { stream: true }))).status).toBe(200);
    expect(upstream.requests.map(({ fields }) => fields["stream_options"])).toEqual([{ include_usage: true }]);
  });

  test("trap 43: nothing is learnt of an upstream in another format, which has no way to go without", async () => {
    const told = { status: 400, body: { error: { message: "Unknown parameter: 'stream_options'.", param: null } } };
    const { upstream, gateway } = await before("openai-responses", [told, {}]);
    const base = clientCall("openai-responses", { stream: true });
    const call = { ...base, body: { ...base.body, stream_options: { include_obfuscation: false } } };
    expect([(await send(gateway.url, call)).status, upstream.requests.length]).toEqual([400, 1]);
    expect((await send(gateway.url, call)).status).toBe(200);
    expect(upstream.requests[1]?.text).toBe(JSON.stringify(call.body));
  });

  test("trap 43: another refusal is the answer", async () => {
    const { upstream, gateway } = await before("openai-chat", [
      { status: 400, body: { error: { message: "Unknown field: stream", type: "invalid" } } },
    ]);
    expect((await send(gateway.url, clientCall("anthropic", { stream: true }))).status).toBe(400);
    expect(upstream.requests.length).toBe(1);
  });
});

describe("refusals of any size", () => {
  test("one that repeats a long request is told in its own words, and blames no upstream", async () => {
    const detail = [{ type: "missing", loc: ["body", "top_p"], msg: "Field required", input: "x".repeat(300_000) }];
    const { upstream, gateway } = await before("openai-chat", [{ status: 422, body: { detail } }], {
      keys: ["sk-one", "sk-two"],
    });
    const answer = await send(gateway.url, clientCall("anthropic", { stream: true }));
    expect([answer.status, errorOf("anthropic", answer.text)?.message]).toEqual([422, "body.top_p: Field required"]);
    expect(upstream.requests.length).toBe(1);
  });

  test("one that is a page without an end is judged by its status", async () => {
    const page = `<p>${"x".repeat(3_000_000)}`;
    const { gateway } = await before("openai-chat", [{ status: 401, body: page }, {}], { keys: ["sk-one", "sk-two"] });
    expect((await send(gateway.url, clientCall("anthropic", { stream: false }))).status).toBe(200);
    const { attempts } = await gateway.record(1);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(["key_invalid", "ok"]);
  });
});

describe("relays of OpenAI's models that refuse tools beside an effort", () => {
  const told = {
    status: 400,
    body: {
      error: {
        message: "Function tools with reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions.",
        type: "invalid_request_error",
        param: "reasoning_effort",
        code: null,
      },
    },
  };
  const efforts = (upstream: { requests: readonly { fields: Record<string, unknown> }[] }): unknown[] =>
    upstream.requests.map(({ fields }) => fields["reasoning_effort"]);

  test("trap 7: they are asked again without reasoning, asked for or not, and remembered", async () => {
    const { upstream, gateway } = await before("openai-chat", [told, {}]);
    const call = clientCall("anthropic", { stream: true, model: "gpt-5.6" });
    const thinking = { ...call, body: { ...call.body, output_config: { effort: "high" } } };
    for (const each of [thinking, thinking, call]) expect((await send(gateway.url, each)).status).toBe(200);
    const { tools: _tools, ...toolless } = thinking.body as Record<string, unknown>;
    expect((await send(gateway.url, { ...thinking, body: toolless })).status).toBe(200);
    expect(efforts(upstream)).toEqual(["high", "none", "none", "none", "high"]);
    const other = await before("openai-chat", [told, {}]);
    expect((await send(other.gateway.url, call)).status).toBe(200);
    expect(efforts(other.upstream)).toEqual([undefined, "none"]);
  });

  test("trap 7: a chat client's own request too", async () => {
    const { upstream, gateway } = await before("openai-chat", [told, {}]);
    const call = clientCall("openai-chat", { stream: false, model: "gpt-5.6" });
    for (let n = 0; n < 2; n++) expect((await send(gateway.url, call)).status).toBe(200);
    expect(efforts(upstream)).toEqual([undefined, "none", "none"]);
  });
});

describe("answers that are none", () => {
  const content = { role: "model", parts: [{ text: "" }] };
  const good = (stream: boolean) =>
    geminiAnswer(stream, { content: { role: "model", parts: [{ text: "ok" }] }, finishReason: "STOP" });
  const verdicts = [
    ["gemini trap 9: an end without anything", "STOP"],
    ["gemini trap 7: a call that the model got wrong", "MALFORMED_FUNCTION_CALL"],
    ["gemini trap 67: a signature that was missed", "MISSING_THOUGHT_SIGNATURE"],
    ["gemini trap 67: a verdict that nobody knows", "SOMETHING_NEW"],
  ] as const;
  for (const [trap, finishReason] of verdicts) {
    for (const stream of [true, false]) {
      test(`${trap} is tried again at the only upstream, ${stream ? "streamed" : "whole"}`, async () => {
        const plans = PROTOCOLS.flatMap(() => [geminiAnswer(stream, { content, finishReason }), good(stream)]);
        const { upstream, gateway } = await before("gemini", plans);
        for (const client of PROTOCOLS) {
          const call = clientCall(client, { stream, model: "gemini-3-pro" });
          const answer = await send(gateway.url, call);
          expect([client, answer.status, answerText(call, answer.text)]).toEqual([client, 200, "ok"]);
        }
        expect(upstream.requests.length).toBe(2 * PROTOCOLS.length);
      });
    }
  }

  test("gemini traps 7, 9 and 67: the next upstream answers, no breaker counts it, and in the end it is an error", async () => {
    const ends = [
      ["STOP", 503],
      ["MALFORMED_FUNCTION_CALL", 502],
      ["SOMETHING_NEW", 502],
    ] as const;
    for (const [finishReason, status] of ends) {
      const broken = startSimulator({ plan: geminiAnswer(false, { content, finishReason }) });
      const other = startSimulator({ plan: { answer: { text: "ok" } } });
      const keys = { keys: ["sk-one", "sk-two"], priority: 1 };
      const entries = [
        upstreamEntry("broken", "gemini", broken.url, keys),
        upstreamEntry("ok", "anthropic", other.url),
      ];
      const config = { breaker: { failure_threshold: 1 } };
      const two = await startGateway({ upstreams: entries, config });
      const one = await startGateway({ upstreams: entries.slice(0, 1), config });
      closing.push(
        () => two.stop(),
        () => one.stop(),
        () => broken.stop(),
        () => other.stop(),
      );
      const call = clientCall("anthropic", { stream: false });
      expect((await send(two.url, call)).status).toBe(200);
      expect(two.records[0]?.attempts.map((attempt) => [attempt.upstreamId, attempt.outcome])).toEqual([
        ["broken", "empty_answer"],
        ["ok", "ok"],
      ]);
      for (let n = 0; n < 2; n++) {
        const failed = await send(one.url, call);
        expect([failed.status, errorOf("anthropic", failed.text)]).toMatchObject([
          status,
          { type: expect.any(String) },
        ]);
      }
      expect([...two.lines, ...one.lines].filter((line) => line.includes("circuit breaker"))).toEqual([]);
    }
  });

  test("gemini trap 67: a call that lacks its signature is asked for again with the sentinel", async () => {
    const { upstream, gateway } = await before("gemini", [
      geminiAnswer(false, { content, finishReason: "MISSING_THOUGHT_SIGNATURE" }),
      good(false),
    ]);
    const unsigned = JSON.parse(JSON.stringify(signedTurns).replace(',"thoughtSignature":"Zm9yZWlnbg=="', ""));
    const call = { ...clientCall("gemini", { stream: false, model: "gemini-3-pro-preview" }), body: unsigned };
    expect((await send(gateway.url, call)).status).toBe(200);
    const sent = upstream.requests.map((request) => request.text.includes("skip_thought_signature_validator"));
    expect(sent).toEqual([false, true]);
  });
});

describe("routes", () => {
  for (const protocol of PROTOCOLS.filter((other) => other !== "anthropic")) {
    test(`trap 46: Claude Code's ?beta=true is not sent to a ${protocol} upstream`, async () => {
      const { upstream, gateway } = await before(protocol, [{}]);
      const call = { ...clientCall("anthropic", { stream: true }), path: "/v1/messages?beta=true" };
      expect((await send(gateway.url, call)).status).toBe(200);
      expect(upstream.requests[0]?.path).toMatch(/^[^?]+(\?alt=sse)?$/);
    });
  }

  test("gemini trap 57: Gemini methods work below /v1 too, and GET /v1/models speaks the caller's dialect", async () => {
    const { gateway } = await before("anthropic", [{}], { model_map: { "gemini-x": "claude" } });
    const call = clientCall("gemini", { stream: false });
    expect((await send(gateway.url, { ...call, path: "/v1/models/gemini-x:generateContent" })).status).toBe(200);
    const models = async (headers: Record<string, string>) =>
      Object.keys((await (await fetch(`${gateway.url}/v1/models`, { headers })).json()) as object);
    expect(await models({ "x-goog-api-key": "k" })).toContain("models");
    expect(await models({ "anthropic-version": "2023-06-01" })).toContain("has_more");
    expect(await models({ authorization: "Bearer k" })).toContain("object");
  });

  test("gemini trap 72: the Interactions API is refused in Gemini's own shape", async () => {
    const { gateway } = await before("gemini", [{}]);
    const response = await fetch(`${gateway.url}/v1beta/interactions`, { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
    const error = errorOf("gemini", await response.text());
    expect(error?.type).toBe("NOT_FOUND");
    expect(error?.message).toContain("generateContent");
  });
});

describe("answers", () => {
  for (const protocol of PROTOCOLS) {
    test(`trap 75: an error before the first byte of a ${protocol} stream is JSON with its status, no event stream`, async () => {
      const { gateway } = await before(protocol, [
        { status: 400, body: { error: { message: "no", type: "invalid_request_error" } } },
      ]);
      const answer = await send(gateway.url, clientCall(protocol, { stream: true }));
      expect(answer.status).toBe(400);
      expect(answer.headers.get("content-type")).toContain("application/json");
      expect(errorOf(protocol, answer.text)).toBeDefined();
    });
  }

  for (const client of ["gemini", "anthropic"] as const) {
    test(`gemini trap 45: CRLF frames and characters in pieces reach a ${client} client whole`, async () => {
      const text = "Grüße 今日は 👩‍💻";
      const frame = (parts: object[], more: object = {}) =>
        `data: ${JSON.stringify({ candidates: [{ content: { role: "model", parts }, index: 0, ...more }], usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 7 } })}\r\n\r\n`;
      const body = frame([{ text }]) + frame([{ text: "!" }], { finishReason: "STOP" });
      const { gateway } = await before("gemini", [
        { body, headers: { "content-type": "text/event-stream" }, cut: "bytes" },
      ]);
      const call = clientCall(client, { stream: true });
      expect(answerText(call, (await send(gateway.url, call)).text)).toBe(`${text}!`);
    });
  }

  test("gemini trap 75: streams stream, tools and sampling arrive, the stop reason is true, thoughts are counted apart", async () => {
    const { upstream, gateway } = await before("gemini", [
      {
        answer: {
          thinking: "hm",
          text: "cut",
          stop: "max_tokens",
          usage: { inputTokens: 10, outputTokens: 30, thinkingTokens: 20 },
        },
      },
    ]);
    const base = clientCall("anthropic", { stream: true });
    const answer = await send(gateway.url, {
      ...base,
      body: { ...base.body, temperature: 0.5, thinking: { type: "enabled", budget_tokens: 2048 } },
    });
    const request = upstream.requests[0];
    expect(request?.path).toContain(":streamGenerateContent");
    const sent = JSON.parse(Buffer.from(request?.body ?? []).toString());
    expect(sent.tools[0].functionDeclarations[0].name).toBe("get_weather");
    expect(answer.text).toContain('"stop_reason":"max_tokens"');
    expect(answer.text).not.toContain("hm cut");
    expect(gateway.records[0]?.usage).toMatchObject({ outputTokens: 30, reasoningTokens: 20 });
  });
});

describe("half a surrogate pair, as a cut text leaves it behind", () => {
  for (const format of ["openai-chat", "openai-responses", "gemini"] as const) {
    test(`does not make the body invalid for ${format} upstreams`, async () => {
      const { upstream, gateway } = await before(format, [{ answer: { text: "Hello." } }]);
      const call = clientCall("anthropic", { stream: false, prompt: "cut \ud83d here, whole \u{1F600}" });
      expect((await send(gateway.url, call)).status).toBe(200);
      expect(upstream.requests[0]?.text).toContain("cut \\ufffd here, whole \u{1F600}");
    });
  }

  test("stays as it is where bytes are passed on", async () => {
    const { upstream, gateway } = await before("anthropic", [{ answer: { text: "Hello." } }]);
    const call = clientCall("anthropic", { stream: false, prompt: "cut \ud83d here" });
    expect((await send(gateway.url, call)).status).toBe(200);
    expect(upstream.requests[0]?.text).toContain("cut \\ud83d here");
  });
});

describe("a request that only fills the provider's prompt cache", () => {
  const empty = { id: "resp_1", object: "response", status: "completed", model: "m", output: [] };
  const events = [
    { type: "response.created", response: { ...empty, status: "in_progress" } },
    { type: "response.completed", response: empty },
  ];
  const streamed = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
  const warmed = (stream: boolean): SimPlan =>
    stream ? { body: streamed, headers: { "content-type": "text/event-stream" } } : { body: empty };

  for (const stream of [false, true]) {
    test(`is complete without an answer, ${stream ? "streamed" : "whole"}`, async () => {
      const { upstream, gateway } = await before("openai-responses", [warmed(stream)]);
      const call = clientCall("openai-responses", { stream });
      const body = { ...call.body, prompt_cache_options: { prewarm: true } };
      const answer = await send(gateway.url, { ...call, body });
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('"completed"');
      expect(upstream.requestCount).toBe(1);
    });

    test(`ends at its limit for an Anthropic client, ${stream ? "streamed" : "whole"}`, async () => {
      const { upstream, gateway } = await before("openai-responses", [warmed(stream)]);
      const call = clientCall("anthropic", { stream });
      const answer = await send(gateway.url, { ...call, body: { ...call.body, max_tokens: 0 } });
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('"stop_reason":"max_tokens"');
      expect(upstream.requestCount).toBe(1);
    });
  }

  test("is the only one that may be empty", async () => {
    const { gateway } = await before("openai-responses", [warmed(false), warmed(false)]);
    expect((await send(gateway.url, clientCall("openai-responses", { stream: false }))).status).toBe(503);
  });
});
