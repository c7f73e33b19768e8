// Same format on both sides: the upstream gets the client's bytes, the client gets the upstream's, and of the headers
// only those that belong to the conversation cross over.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { type FaultServer, startFaultServer } from "../support/fault-server.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { rawExchange, rawRequest, splitAnswer } from "../support/raw-client.ts";
import { clientCall, PROTOCOLS } from "./support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";

const BIG = 200_000;
const CLIENT_KEY = "sk-client-0123456789abcdefghij";
const MAPPED = "the-mapped/model";

function sha256(bytes: Uint8Array | string): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

/** JSON that a careless rewriting would change: spacing, escapes, repeated keys, numbers, key order. */
const ODDITIES = [
  '"a\\u0062c" :\t[ 1.0 , 1e2,-0.0, 12345678901234567890, 1E400, 0.1000 ]',
  '"twice":1, "twice" : {"twice":2,"twice":3}',
  '"escapes":"\\u00e9\\/\\u2028\\ud83d\\ude00 \\ud800 \\u0000 é 😀 \\\\\\" \\b\\f"',
  '"nested": {"model":"not this one", "stream" :true, "messages":[]}',
  '"text":"\\"model\\":\\"nor this\\", }{][",\r\n\t "zz" : null ,"10":1,"9":2,"__proto__":{"x":1},"":""',
].join(" ,");

/** Bodies of about 200 kB; `MODEL` stands where the model's JSON value goes. Gemini has its model in the path. */
const BODIES: Readonly<Record<ProtocolId, (filler: string) => string>> = {
  anthropic: (filler) =>
    `\n { "messages" :[{"role":"user","content": [{"type" : "text","text":"${filler}"}]}],"max_tokens":  16 ,` +
    `${ODDITIES}, "model" : MODEL , "stream":false, "after":[ [ ] , { } ]} \n`,
  "openai-chat": (filler) =>
    `{"model":MODEL,"messages":[ {"content":"${filler}","role":"user"} ],${ODDITIES},"stream" : false }`,
  "openai-responses": (filler) => `{${ODDITIES},"input":"${filler}","model":"a first one","model"\n:\nMODEL}\r\n`,
  gemini: (filler) => `{ "contents":[{"parts":[{"text":"${filler}"}],"role":"user"}],${ODDITIES}}`,
};

/** About 200 kB of JSON string content with every kind of character. */
function filler(): string {
  const piece = 'word \\n \\u4e2d中文 \\"quoted\\" \\\\ é\\u00e9 👩‍💻 \\t{\\"model\\":1} ';
  return piece.repeat(Math.ceil(BIG / Buffer.byteLength(piece)));
}

describe("request bodies", () => {
  let upstream: Simulator;
  beforeAll(() => {
    upstream = startSimulator();
  });
  afterAll(() => upstream.stop());

  async function exchange(protocol: ProtocolId, body: string, modelMap: object | undefined): Promise<Buffer> {
    const gateway = await startGateway({
      upstreams: [upstreamEntry("one", protocol, upstream.url, modelMap ? { model_map: modelMap } : {})],
    });
    upstream.clearRequests();
    try {
      const { path } = clientCall(protocol, { stream: false });
      const response = await fetch(gateway.url + path, { method: "POST", body });
      expect(response.status).toBe(200);
      await response.arrayBuffer();
      expect((await gateway.record(1)).attempts[0]?.lane).toBe("pass-through");
      return upstream.requests[0]?.body as Buffer;
    } finally {
      await gateway.stop();
    }
  }

  for (const protocol of PROTOCOLS) {
    test(`${protocol}: 200 kB of odd JSON arrive byte for byte`, async () => {
      const body = BODIES[protocol](filler()).replace("MODEL", '"claude-test"');
      expect(Buffer.byteLength(body)).toBeGreaterThan(BIG);
      const received = await exchange(protocol, body, undefined);
      expect(sha256(received)).toBe(sha256(body));
    });
  }

  for (const protocol of PROTOCOLS.filter((each) => each !== "gemini")) {
    test(`${protocol}: only the model value differs when the model is mapped`, async () => {
      // The value is written with an escape, and as JSON.parse reads it it is `claude-test`.
      const original = '"claude\\u002dtest"';
      const body = BODIES[protocol](filler()).replace("MODEL", original);
      const received = await exchange(protocol, body, { "claude-*": MAPPED });
      const text = received.toString("utf8");
      expect(text.split(JSON.stringify(MAPPED))).toHaveLength(2);
      expect(sha256(text.replace(JSON.stringify(MAPPED), original))).toBe(sha256(body));
    });
  }

  test("gemini: a mapped model changes the path and not one byte of the body", async () => {
    const body = BODIES.gemini(filler());
    const received = await exchange("gemini", body, { "claude-*": "gemini-x" });
    expect(sha256(received)).toBe(sha256(body));
    expect(upstream.requests[0]?.path).toBe("/v1beta/models/gemini-x:generateContent");
  });
});

describe("a prompt that mentions the mark of our own envelopes", () => {
  test("loses nothing that an upstream of the same format would have got", async () => {
    const upstream = startSimulator();
    const gateway = await startGateway({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)] });
    try {
      // An htpasswd hash begins like this; the request around it uses fields that the gateway has no notion of.
      const body = {
        model: "claude-test",
        max_tokens: 16,
        messages: [{ role: "user", content: "what is $apr1$r31....x$HqJZimcKQFAMYayBlzkrA/ ?" }],
        context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
        container: "container_1",
        some_future_field: { deep: [1, 2, 3] },
      };
      await fetch(`${gateway.url}/v1/messages`, { method: "POST", body: JSON.stringify(body) });
      // The body may be written anew for this one, as long as it says the same.
      const [message] = body.messages;
      const rewritten = { ...message, content: [{ type: "text", text: message?.content }] };
      expect([body, { ...body, messages: [rewritten] }]).toContainEqual(upstream.requests[0]?.fields as typeof body);
    } finally {
      await gateway.stop();
      upstream.stop();
    }
  });
});

describe("response bytes", () => {
  const WHOLE: Readonly<Record<ProtocolId, string>> = {
    anthropic:
      '{ "type":"message","id":"msg_1" , "role":"assistant","content":[{"type":"text","text":"h\\u0069 \\ud83d\\ude00"}],\n"model":"m","stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1,"new_field":1.0},"new":[1,1 ]}\n',
    "openai-chat":
      '{"id":"c" ,"object":"chat.completion","created":1,"model":"m","choices":[ {"index":0,"message":{"role":"assistant","content":"h\\u0069"},"finish_reason":"stop"} ],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2},"new": 1.50}',
    "openai-responses":
      '{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"h\\u0069","annotations":[ ]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2},"new" :{ }}',
    gemini:
      '{\n  "candidates": [\n    {"content":{"parts":[{"text":"h\\u0069"}],"role":"model"},"finishReason":"STOP","index":0}\n  ],\n"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2},"modelVersion":"m","new":[1.0]}',
  };

  /** Streams with odd but legal framing: no space after the colon, CRLF, comments, ids, unknown events and fields. */
  const STREAMS: Readonly<Record<ProtocolId, string>> = {
    anthropic:
      'event:message_start\ndata:{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1},"new" : 1.0}}\n\n' +
      'event: content_block_start\r\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\r\n\r\n' +
      'id: 7\nevent: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"h\\u0069 中 😀"}}\n\n' +
      ': a comment between events\n\nevent: ping\ndata: {"type": "ping"}\n\nretry: 100\n\n' +
      'event: something_new\ndata: {"type":"something_new","x":[1,1 ]}\n\n' +
      'event: content_block_stop\ndata: {"type":"content_block_stop",\ndata: "index":0}\n\n' +
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}\n\n' +
      'event: message_stop\ndata: {"type":"message_stop"  }\n\n',
    "openai-chat":
      'data:{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n' +
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","new": 1.0,"choices":[{"index":0,"delta":{"content":"h\\u0069 中 😀"},"finish_reason":null}]}\r\n\r\n' +
      ": OPENROUTER PROCESSING\n\n" +
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n' +
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[ ],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}\n\n' +
      "data: [DONE]\n\n",
    "openai-responses":
      'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"m","output":[ ]}}\n\n' +
      'event: response.output_item.added\ndata: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}\n\n' +
      'event: response.content_part.added\ndata: {"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}\n\n' +
      'event:response.output_text.delta\r\ndata:{"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"h\\u0069 中 😀","new":1.0}\r\n\r\n' +
      ": comment\n\n" +
      'event: response.output_text.done\ndata: {"type":"response.output_text.done","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"text":"hi 中 😀"}\n\n' +
      'event: response.output_item.done\ndata: {"type":"response.output_item.done","sequence_number":5,"output_index":0,"item":{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"hi 中 😀","annotations":[]}]}}\n\n' +
      'event: response.completed\ndata: {"type":"response.completed","sequence_number":6,"response":{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"m","output":[],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}}\n\n',
    gemini:
      'data: {"candidates": [{"content": {"parts": [{"text": "h\\u0069 中 😀"}],"role": "model"},"index": 0}],"modelVersion": "m","responseId": "r","new":1.0}\r\n\r\n' +
      ": comment\r\n\r\n" +
      'data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2},"modelVersion":"m","responseId":"r"}\n\n',
  };
  const GEMINI_ARRAY =
    '[{"candidates": [{"content": {"parts": [{"text": "h\\u0069 \\"],[ 中 😀"}],"role": "model"},"index": 0}],"responseId": "r","new":1.0}\n,\r\n' +
    '{"candidates":[{"content":{"parts":[{"text":"!"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2},"responseId":"r"}\n]';

  let server: FaultServer | undefined;
  let gateway: TestGateway | undefined;
  afterAll(() => server?.stop());

  /** Body that a raw client gets when a raw upstream answers with these pieces. */
  async function relayed(
    protocol: ProtocolId,
    type: string,
    body: string,
    slice: number,
    path: string,
  ): Promise<Buffer> {
    const bytes = Buffer.from(body);
    server = startFaultServer(() => [
      { recv: "body" },
      { write: `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\n\r\n` },
      { write: bytes, slice },
    ]);
    gateway = await startGateway({ upstreams: [upstreamEntry("one", protocol, server.url)] });
    try {
      const { body: request } = clientCall(protocol, { stream: path.includes("tream") || type !== "application/json" });
      const raw = rawRequest(path, request, ["connection: close"]);
      const answer = splitAnswer(await rawExchange(Number(new URL(gateway.url).port), raw, { timeoutMs: 5000 }));
      expect(answer).toMatchObject({ status: 200, isWhole: true });
      return Buffer.from(answer.body);
    } finally {
      await gateway.stop();
      server.stop();
    }
  }

  for (const protocol of PROTOCOLS) {
    const { path } = clientCall(protocol, { stream: false });
    test(`${protocol}: a whole answer keeps its bytes`, async () => {
      const body = WHOLE[protocol];
      expect((await relayed(protocol, "application/json", body, 1000, path)).toString()).toBe(body);
    });

    const streamPath = clientCall(protocol, { stream: true }).path;
    for (const slice of [100_000, 7, 1]) {
      test(`${protocol}: a stream keeps its bytes (pieces of ${slice})`, async () => {
        const body = STREAMS[protocol];
        expect((await relayed(protocol, "text/event-stream", body, slice, streamPath)).toString()).toBe(body);
      });
    }
  }

  for (const slice of [100_000, 1]) {
    test(`gemini: a JSON array stream holds the same elements, byte for byte (pieces of ${slice})`, async () => {
      const path = "/v1beta/models/claude-test:streamGenerateContent";
      const text = (await relayed("gemini", "application/json", GEMINI_ARRAY, slice, path)).toString();
      expect(JSON.parse(text)).toEqual(JSON.parse(GEMINI_ARRAY));
      for (const element of GEMINI_ARRAY.slice(1, -1).split(",\r\n")) expect(text).toContain(element.trim());
    });
  }
});

describe("headers", () => {
  /** What clients, browsers and proxies send and no upstream may see. */
  const KEPT_HERE: Readonly<Record<string, string>> = {
    authorization: `Bearer ${CLIENT_KEY}`,
    "x-api-key": CLIENT_KEY,
    "x-goog-api-key": CLIENT_KEY,
    "api-key": CLIENT_KEY,
    cookie: `session=${CLIENT_KEY}`,
    "proxy-authorization": "Basic c2VjcmV0",
    "x-stainless-lang": "js",
    "x-stainless-retry-count": "1",
    "x-stainless-timeout": "600",
    "accept-language": "de",
    origin: "http://elsewhere.example",
    referer: "http://elsewhere.example/",
    "x-forwarded-for": "10.0.0.1",
    "x-real-ip": "10.0.0.1",
    via: "1.1 proxy",
    te: "trailers",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "openai-organization": "org-client",
    "openai-project": "proj-client",
    "anthropic-dangerous-direct-browser-access": "true",
    "x-portkey-custom-host": "http://evil.example",
    "x-custom": "anything",
    "x-admin-password": "admin",
  };

  /** Per protocol, what belongs to the conversation. */
  const PASSED: Readonly<Record<ProtocolId, Readonly<Record<string, string>>>> = {
    anthropic: {
      "user-agent": "claude-cli/2.1.197 (external, cli)",
      "anthropic-version": "2026-10-21",
      "anthropic-beta": "context-1m-2025-08-07,interleaved-thinking-2025-05-14",
      "x-app": "cli",
      "x-claude-code-session-id": "11111111-2222-3333-4444-555555555555",
      "x-claude-code-agent-id": "agent",
      "x-claude-code-parent-agent-id": "parent",
      "idempotency-key": "idem-1",
    },
    "openai-chat": {
      "user-agent": "OpenAI/JS 7.57.0",
      "openai-beta": "assistants=v2",
      "x-session-id": "session",
      session_id: "session-2",
      "idempotency-key": "idem-1",
      "x-client-request-id": "client-1",
    },
    "openai-responses": {
      "user-agent": "codex_cli_rs/0.169.0",
      "openai-beta": "responses=experimental",
      session_id: "session",
      originator: "codex_cli_rs",
      conversation_id: "conversation",
      "x-codex-turn-metadata": "{}",
      "idempotency-key": "idem-1",
    },
    gemini: {
      "user-agent": "GeminiCLI/0.61.0/gemini-2.5-pro (linux; x64)",
      "x-goog-api-client": "genai-js/3.1.0",
      "x-gemini-api-privileged-user-id": "user",
      "x-session-id": "session",
    },
  };

  /** Every name that may stand in a request to an upstream besides those. */
  const OWN = [
    ...["host", "content-type", "content-length", "connection", "accept", "accept-encoding", "authorization"],
    "x-apirouter-hop",
  ];

  async function sentHeaders(
    client: ProtocolId,
    upstreamFormat: ProtocolId,
  ): Promise<{ headers: Readonly<Record<string, string>>; all: string; path: string; answer: Response; text: string }> {
    const upstream = startSimulator({
      plan: {
        answer: { text: "hi" },
        headers: { "set-cookie": "a=b", server: "up", "x-ratelimit-limit-requests": "9" },
      },
    });
    const gateway = await startGateway({
      upstreams: [upstreamEntry("one", upstreamFormat, upstream.url)],
      config: { access_control_enabled: true, client_keys: [{ key: CLIENT_KEY, name: "c", enabled: true }] },
    });
    try {
      const call = clientCall(client, { stream: false });
      const answer = await fetch(`${gateway.url}${call.path}?key=${CLIENT_KEY}&beta=true`, {
        method: "POST",
        headers: { ...KEPT_HERE, ...PASSED[client], "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify(call.body),
      });
      const text = await answer.text();
      expect(answer.status).toBe(200);
      const request = upstream.requests[0];
      if (!request) throw new Error("nothing reached the upstream");
      const { headers, path } = request;
      return { headers, path, all: JSON.stringify([headers, path]) + request.body, answer, text };
    } finally {
      await gateway.stop();
      upstream.stop();
    }
  }

  for (const protocol of PROTOCOLS) {
    test(`${protocol}: only the headers of the conversation reach an upstream of the same format`, async () => {
      const { headers, all, path } = await sentHeaders(protocol, protocol);
      for (const [name, value] of Object.entries(PASSED[protocol])) expect(headers[name]).toBe(value);
      const allowed = new Set([...OWN, ...Object.keys(PASSED[protocol]), "x-goog-api-key", "anthropic-version"]);
      expect(Object.keys(headers).filter((name) => !allowed.has(name))).toEqual([]);
      expect(all).not.toContain(CLIENT_KEY);
      expect(path).toEndWith("beta=true");
      expect(headers["accept-encoding"] ?? "identity").toBe("identity");
      expect(headers["content-type"]).toStartWith("application/json");
      expect(headers["host"]).toStartWith("127.0.0.1:");
      const key = headers[protocol === "gemini" ? "x-goog-api-key" : "authorization"];
      expect(key).toBe(protocol === "gemini" ? "sk-upstream-one" : "Bearer sk-upstream-one");
      if (protocol !== "gemini") expect(headers["x-goog-api-key"]).toBeUndefined();
    });

    test(`${protocol}: no header but the user agent crosses over to another format`, async () => {
      const { headers, all } = await sentHeaders(protocol, OTHER_FORMAT[protocol]);
      const allowed = new Set([...OWN, "user-agent", "anthropic-version"]);
      expect(Object.keys(headers).filter((name) => !allowed.has(name))).toEqual([]);
      expect(headers["user-agent"]).toBe(PASSED[protocol]["user-agent"]);
      if (OTHER_FORMAT[protocol] === "anthropic") expect(headers["anthropic-version"]).toBe("2023-06-01");
      expect(all).not.toContain(CLIENT_KEY);
    });

    test(`${protocol}: the client sees neither the upstream's key nor its private headers`, async () => {
      const { answer, text } = await sentHeaders(protocol, protocol);
      const seen = JSON.stringify([...answer.headers]) + text;
      expect(seen).not.toContain("sk-upstream-one");
      expect(answer.headers.get("set-cookie")).toBeNull();
      expect(answer.headers.get("server")).toBeNull();
      expect(answer.headers.get("x-ratelimit-limit-requests")).toBe("9");
      expect(answer.headers.get("x-request-id")).toMatch(/^req_[0-9A-Za-z]+$/);
      expect(answer.headers.get("content-type")).toStartWith("application/json");
    });
  }

  test("an upstream that repeats its key in an error gives it to nobody", async () => {
    const message = "Incorrect API key provided: sk-upstream-one. Find yours at the console.";
    const leaks = new Set<string>();
    for (const status of [200, 400, 401, 403, 429, 500]) {
      for (const client of ["openai-chat", "anthropic"] as const) {
        const plan = { status, body: { error: { message, type: "x", code: "y" } } };
        const upstream = startSimulator({ plan });
        const gateway = await startGateway({
          upstreams: [upstreamEntry("one", "openai-chat", upstream.url, { keys: ["sk-upstream-one"] })],
          config: { ...PATIENT, debug_mode: true, failover: { max_attempts: 1 } },
        });
        const look = (place: string, text: string): void => {
          if (text.includes("sk-upstream-one")) leaks.add(`${client} ${status}: ${place}`);
        };
        try {
          const call = clientCall(client, { stream: false });
          const answer = await fetch(gateway.url + call.path, { method: "POST", body: JSON.stringify(call.body) });
          look("answer", (await answer.text()) + JSON.stringify([...answer.headers]));
          await gateway.record(1);
          look("console", gateway.lines.join(""));
          const logs = await fetch(`${gateway.url}/admin/logs`, { headers: { "x-admin-password": "admin" } });
          look("log", await logs.text());
        } finally {
          await gateway.stop();
          upstream.stop();
        }
      }
    }
    expect([...leaks]).toEqual([]);
  }, 30_000);
});

describe("other routes below /v1", () => {
  test("go to the first upstream of the format with the same bytes and none of the client's keys", async () => {
    const anthropic = startSimulator();
    const openai = startSimulator({
      plan: { body: Buffer.from([0, 1, 2, 0xff]), headers: { "content-type": "audio/mpeg" } },
    });
    const gateway = await startGateway({
      upstreams: [
        upstreamEntry("one", "anthropic", anthropic.url, { priority: 1 }),
        upstreamEntry("two", "openai-chat", openai.url, { priority: 2, model_map: { x: "y" } }),
      ],
    });
    try {
      const body = `{ "model":"x", "input" : "\\u00e9${"z".repeat(BIG)}" }\n`;
      const answer = await fetch(`${gateway.url}/v1/audio/speech?a=b`, {
        method: "POST",
        headers: { authorization: `Bearer ${CLIENT_KEY}`, "api-key": CLIENT_KEY, "content-type": "application/json" },
        body,
      });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("audio/mpeg");
      expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0, 1, 2, 0xff]);
      expect(anthropic.requestCount).toBe(0);
      const request = openai.requests[0];
      expect(request?.path).toBe("/v1/audio/speech?a=b");
      expect(request?.sha256()).toBe(sha256(body));
      expect(JSON.stringify(request?.headers)).not.toContain(CLIENT_KEY);
      expect(request?.headers["authorization"]).toBe("Bearer sk-upstream-two");
    } finally {
      await gateway.stop();
      anthropic.stop();
      openai.stop();
    }
  });
});
