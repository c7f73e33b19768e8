// What clients get wrong: every mistake is told in the client's own envelope with the right status, and the gateway
// goes on serving.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { rawExchange, splitAnswer } from "../support/raw-client.ts";
import { type ClientAnswer, clientCall, errorOf, PROTOCOLS, send } from "./support/client-calls.ts";
import { RICH_BODIES } from "./support/rich-bodies.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";

/** What the envelope of each protocol calls a bad request. */
const BAD_REQUEST: Readonly<Record<ProtocolId, string>> = {
  anthropic: "invalid_request_error",
  "openai-chat": "invalid_request_error",
  "openai-responses": "invalid_request_error",
  gemini: "INVALID_ARGUMENT",
};

/** Gateways by client protocol, before an upstream of the same format and of another one. */
const same = new Map<ProtocolId, TestGateway>();
const other = new Map<ProtocolId, TestGateway>();
let upstream: Simulator;

beforeAll(async () => {
  upstream = startSimulator();
  for (const protocol of PROTOCOLS) {
    same.set(
      protocol,
      await startGateway({ upstreams: [upstreamEntry("one", protocol, upstream.url)], config: PATIENT }),
    );
    other.set(
      protocol,
      await startGateway({ upstreams: [upstreamEntry("one", OTHER_FORMAT[protocol], upstream.url)], config: PATIENT }),
    );
  }
});

afterAll(async () => {
  // Whatever was sent to them: none of them says that something unexpected happened, and all of them still serve.
  for (const lane of [same, other]) {
    for (const [protocol, gateway] of lane) {
      expect((await send(gateway.url, clientCall(protocol, { stream: false }))).status).toBe(200);
      expect(gateway.lines.filter((line) => /unexpected|unhandled|TypeError/.test(line))).toEqual([]);
      await gateway.stop();
    }
  }
  upstream.stop();
});

const LANES = [
  { name: "same format", of: (protocol: ProtocolId) => same.get(protocol) as TestGateway },
  { name: "converted", of: (protocol: ProtocolId) => other.get(protocol) as TestGateway },
];

async function post(url: string, body: BodyInit, headers: Record<string, string> = {}): Promise<ClientAnswer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function expectError(protocol: ProtocolId, answer: ClientAnswer, status: number, message: RegExp): void {
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toStartWith("application/json");
  expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
  const error = errorOf(protocol, answer.text);
  expect(error?.message ?? answer.text).toMatch(message);
  if (status === 400 || status === 415) expect(error?.type).toBe(BAD_REQUEST[protocol]);
}

describe("bodies that are no request", () => {
  /** Found by a whole parse only, which a body that is passed on as it is does not get: the upstream judges. */
  const JUDGED_UPSTREAM = new Set([
    "a trailing comma",
    "a keyword that is none",
    "a number that is none",
    "a raw line feed in a string",
  ]);
  const CASES: readonly (readonly [name: string, body: string | Uint8Array, message: RegExp])[] = [
    ["an empty body", "", /expected a JSON object, found an empty body/],
    ["white space", " \n\t ", /expected a JSON object, found/],
    ["text", "hello", /expected a JSON object, found invalid JSON/],
    ["half an object", '{"model":"m","messages":[', /expected a JSON object, found invalid JSON/],
    ["a trailing comma", '{"model":"m",}', /expected a JSON object, found invalid JSON/],
    ["junk after the object", '{"model":"m","messages":[]} x', /expected a JSON object, found invalid JSON/],
    ["two objects", '{"model":"m"}{"model":"n"}', /expected a JSON object, found invalid JSON/],
    ["single quotes", "{'model':'m'}", /expected a JSON object, found invalid JSON/],
    ["a keyword that is none", '{"model":"m","messages":[],"n":nul}', /expected .*, found invalid JSON/],
    ["a number that is none", '{"model":"m","contents":[],"n":1.2.3,"messages":[]}', /expected .*, found invalid JSON/],
    ["a raw line feed in a string", '{"model":"m","contents":"\n"}', /expected .*, found invalid JSON/],
    ["an array", "[1,2]", /expected a JSON object, found an array/],
    ["a string", '"x"', /expected a JSON object, found a string/],
    ["a number", "1", /expected a JSON object, found a number/],
    ["null", "null", /expected a JSON object, found null/],
    ["true", "true", /expected a JSON object, found a boolean/],
    ["a form", "model=m&messages=x", /expected a JSON object, found invalid JSON/],
    ["binary data", Buffer.from([0, 1, 2, 0xff, 0xfe]), /expected a JSON object, found invalid JSON/],
    ["UTF-16", Buffer.from('{"model":"m"}', "utf16le"), /expected a JSON object, found invalid JSON/],
    ["201 levels", nested(201), /at most 200 levels deep, found more/],
    ["100,000 levels", nested(100_000), /(at most 200 levels deep, found more|found invalid JSON)/],
    ["100,000 open brackets", `{"a":${"[".repeat(100_000)}`, /expected .*, found/],
  ];
  for (const lane of LANES) {
    for (const protocol of PROTOCOLS) {
      for (const [name, body, message] of CASES) {
        test(`${protocol}, ${lane.name}: ${name}`, async () => {
          const { path } = clientCall(protocol, { stream: false });
          const before = upstream.requestCount;
          const answer = await post(lane.of(protocol).url + path, body as BodyInit);
          if (lane.name === "same format" && JUDGED_UPSTREAM.has(name)) {
            expect(answer.status).toBe(200);
            expect(upstream.requests.at(-1)?.text).toBe(body as string);
            return;
          }
          expectError(protocol, answer, 400, message);
          expect(upstream.requestCount).toBe(before);
        });
      }
    }
  }
});

function nested(levels: number): string {
  const inside = levels - 1;
  return `{"model":"m","max_tokens":1,"messages":[],"contents":[],"input":"x","deep":${"[".repeat(inside)}${"]".repeat(inside)}}`;
}

describe("model and stream", () => {
  const WITH_MODEL = PROTOCOLS.filter((protocol) => protocol !== "gemini");
  const MODELS: readonly (readonly [value: unknown, found: RegExp])[] = [
    [undefined, /model: expected a non-empty string, found nothing/],
    [null, /model: expected a non-empty string, found null/],
    [7, /model: expected a non-empty string, found a number/],
    ["", /model: expected a non-empty string, found an empty string/],
    [["m"], /model: expected a non-empty string, found an array/],
    [{ name: "m" }, /model: expected a non-empty string, found an object/],
    [true, /model: expected a non-empty string, found a boolean/],
  ];
  const STREAMS: readonly unknown[] = ["yes", "true", 1, 0, [], {}];
  for (const lane of LANES) {
    for (const protocol of WITH_MODEL) {
      test(`${protocol}, ${lane.name}: a model that is none is told`, async () => {
        for (const [model, message] of MODELS) {
          const { path, body } = clientCall(protocol, { stream: false });
          const answer = await post(lane.of(protocol).url + path, JSON.stringify({ ...body, model }));
          expectError(protocol, answer, 400, message);
        }
      });

      test(`${protocol}, ${lane.name}: a stream flag that is none is told`, async () => {
        for (const stream of STREAMS) {
          const { path, body } = clientCall(protocol, { stream: false });
          const answer = await post(lane.of(protocol).url + path, JSON.stringify({ ...body, stream }));
          expectError(protocol, answer, 400, /stream: expected true or false, found an? /);
        }
      });

      test(`${protocol}, ${lane.name}: a null stream flag counts as false`, async () => {
        const { path, body } = clientCall(protocol, { stream: false });
        const answer = await post(lane.of(protocol).url + path, JSON.stringify({ ...body, stream: null }));
        expect(answer.status).toBe(200);
        expect(answer.headers.get("content-type")).toStartWith("application/json");
      });
    }
  }

  test("gemini: model names that could leave the path never reach an upstream's other routes", async () => {
    for (const model of ["..%2f..%2fadmin", "a%2f..%2fb", "a%3fkey=1", "a%23b", "%00", "a%0d%0ab"]) {
      const before = upstream.requestCount;
      const { status, text } = await post(`${same.get("gemini")?.url}/v1beta/models/${model}:generateContent`, "{}");
      expect([model, [400, 404].includes(status)]).toEqual([model, true]);
      expect(JSON.parse(text)).toHaveProperty("error");
      expect(upstream.requestCount).toBe(before);
    }
  });
});

describe("fields of the wrong type", () => {
  /** Told by the gateway itself where it has to convert; with the same format on both sides the upstream judges. */
  const CASES: Readonly<Record<ProtocolId, readonly (readonly [change: object, message: RegExp])[]>> = {
    anthropic: [
      [{ messages: undefined }, /messages: expected .*, found (nothing|undefined)/],
      [{ messages: "hello" }, /messages: expected .*, found/],
      [{ messages: [7] }, /messages\[0\].*: expected .*, found/],
      [{ messages: [{ role: "user", content: 7 }] }, /messages\[0\]\.content.*: expected .*, found/],
      [{ messages: [{ role: 7, content: "x" }] }, /messages\[0\]\.role.*: expected .*, found/],
      [{ tools: "none" }, /tools: expected .*, found/],
      [{ max_tokens: "many" }, /max_tokens: expected .*, found/],
      [{ system: 7 }, /system: expected .*, found/],
    ],
    "openai-chat": [
      [{ messages: undefined }, /messages: expected .*, found (nothing|undefined)/],
      [{ messages: { role: "user" } }, /messages: expected .*, found/],
      [{ messages: ["x"] }, /messages\[0\].*: expected .*, found/],
      [{ messages: [{ role: "user", content: 7 }] }, /messages\[0\]\.content.*: expected .*, found/],
      [{ messages: [{ role: "wizard", content: "x" }] }, /messages\[0\]\.role.*: expected .*, found/],
      [{ tools: {} }, /tools: expected .*, found/],
      [{ max_tokens: "many" }, /max_tokens: expected .*, found/],
    ],
    "openai-responses": [
      [{ input: 7 }, /input: expected .*, found/],
      [{ input: [7] }, /input\[0\].*: expected .*, found/],
      [{ tools: "x" }, /tools: expected .*, found/],
      [{ max_output_tokens: "many" }, /max_output_tokens: expected .*, found/],
    ],
    gemini: [
      [{ contents: 7 }, /contents(\[0\])?: expected .*, found/],
      [{ contents: undefined }, /contents: expected .*, found (nothing|undefined)/],
      [{ contents: [7] }, /contents\[0\].*: expected .*, found/],
      [{ contents: [{ role: "user", parts: "x" }] }, /contents\[0\]\.parts.*: expected .*, found/],
      [{ tools: "x" }, /tools(\[0\])?: expected .*, found/],
    ],
  };
  for (const protocol of PROTOCOLS) {
    for (const [change, message] of CASES[protocol]) {
      for (const stream of [false, true]) {
        test(`${protocol}, ${stream ? "streamed" : "whole"}: ${JSON.stringify(change)}`, async () => {
          const call = clientCall(protocol, { stream });
          const url = (other.get(protocol) as TestGateway).url + call.path;
          expectError(protocol, await post(url, JSON.stringify({ ...call.body, ...change })), 400, message);
        });
      }
    }
  }

  for (const protocol of PROTOCOLS) {
    test(`${protocol}: whatever value stands anywhere in a request, the answer is 200 or 400 with a reason`, async () => {
      const gateway = other.get(protocol) as TestGateway;
      const { path } = clientCall(protocol, { stream: false });
      const wrong: string[] = [];
      for (const { at, body } of mutations(RICH_BODIES[protocol])) {
        const answer = await post(gateway.url + path, body);
        if (answer.status === 200) continue;
        const error = errorOf(protocol, answer.text);
        if (answer.status !== 400 || !error || !/expected .*found|cannot be carried/.test(error.message))
          wrong.push(`${at}: ${answer.status} ${answer.text.slice(0, 200)}`);
      }
      expect(wrong).toEqual([]);
    }, 60_000);
  }
});

const ODD_VALUES: readonly unknown[] = [
  null,
  7,
  -1.5,
  "",
  "odd",
  true,
  [],
  {},
  [null],
  [7],
  { type: "odd" },
  { type: 7 },
];

/** The body with the value at every path in turn replaced by every odd value. */
function* mutations(body: unknown): Generator<{ at: string; body: string }> {
  for (const path of paths(body, [])) {
    if (path.length === 0 || path[0] === "model") continue;
    for (const value of ODD_VALUES) {
      const copy = structuredClone(body) as Record<string | number, unknown>;
      let holder = copy;
      for (const step of path.slice(0, -1)) holder = holder[step] as Record<string | number, unknown>;
      holder[path.at(-1) as string] = value;
      yield { at: `${path.join(".")} = ${JSON.stringify(value)}`, body: JSON.stringify(copy) };
    }
  }
}

function* paths(value: unknown, at: readonly (string | number)[]): Generator<readonly (string | number)[]> {
  yield at;
  if (typeof value !== "object" || value === null) return;
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  for (const [step, inner] of entries) yield* paths(inner, [...at, step]);
}

describe("large bodies", () => {
  const LIMIT = 34_603_008;
  const TOO_MUCH = 40 * 1024 * 1024;

  for (const protocol of PROTOCOLS) {
    test(`${protocol}: 40 MB with an announced length get 413`, async () => {
      const { path } = clientCall(protocol, { stream: false });
      const answer = await post((same.get(protocol) as TestGateway).url + path, Buffer.alloc(TOO_MUCH, " "));
      expectError(protocol, answer, 413, new RegExp(`expected at most ${LIMIT} bytes, found ${TOO_MUCH}`));
    }, 20_000);

    test(`${protocol}: 40 MB without an announced length get 413`, async () => {
      const { path } = clientCall(protocol, { stream: false });
      const answer = await post((same.get(protocol) as TestGateway).url + path, chunked(TOO_MUCH));
      expectError(protocol, answer, 413, new RegExp(`expected at most ${LIMIT} bytes, found more`));
    }, 20_000);
  }

  test("a length beyond the limit is refused before the body is sent", async () => {
    const { port } = new URL((same.get("anthropic") as TestGateway).url);
    const head = `POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${TOO_MUCH}\r\n\r\n`;
    const answer = await rawExchange(Number(port), head, { until: (text) => text.endsWith("}") });
    expect(splitAnswer(answer)).toMatchObject({ status: 413, isWhole: true });
  });

  test("a client that waits for 100 Continue gets it, and its answer", async () => {
    const { port } = new URL((same.get("anthropic") as TestGateway).url);
    const body = JSON.stringify(clientCall("anthropic", { stream: false, prompt: "x".repeat(10_000) }).body);
    const head = `POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n`;
    const answer = await rawExchange(Number(port), `${head}connection: close\r\n\r\n${body}`);
    expect(answer.text).toMatch(/^HTTP\/1\.1 (100 Continue\r\n\r\nHTTP\/1\.1 )?200 /);
  });

  test("32 MB pass", async () => {
    const gateway = same.get("anthropic") as TestGateway;
    const call = clientCall("anthropic", { stream: false, prompt: "x".repeat(32 * 1024 * 1024) });
    expect((await send(gateway.url, call)).status).toBe(200);
  }, 20_000);
});

function chunked(size: number): ReadableStream<Uint8Array> {
  const piece = new Uint8Array(1024 * 1024).fill(0x20);
  let left = size;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) controller.close();
      else controller.enqueue(piece);
      left -= piece.length;
    },
  });
}

describe("routes and methods", () => {
  const url = () => (same.get("anthropic") as TestGateway).url;

  test("an unknown route below /v1 without an upstream of the format is 404 in the caller's envelope", async () => {
    const answer = await post(`${(same.get("gemini") as TestGateway).url}/v1/nothing/here`, "{}");
    expectError("openai-chat", answer, 404, /\/v1\/nothing\/here: no such route/);
    const anthropic = await post(`${(same.get("gemini") as TestGateway).url}/v1/messages/batches`, "{}", {
      "anthropic-version": "2023-06-01",
    });
    expectError("anthropic", anthropic, 404, /no such route/);
  });

  test("other unknown routes are 404", async () => {
    for (const path of ["/nothing", "/v2/messages", "/v1", "/v1/", "/favicon.ico", "/v1beta/nothing"]) {
      const answer = await fetch(url() + path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.json()).toHaveProperty("error");
    }
  });

  test("a route asked with the wrong method is 405 and says which are served", async () => {
    const cases: readonly (readonly [ProtocolId, string, string])[] = [
      ["anthropic", "GET", "/v1/messages"],
      ["anthropic", "PUT", "/v1/messages"],
      ["anthropic", "DELETE", "/v1/messages/count_tokens"],
      ["openai-chat", "GET", "/v1/chat/completions"],
      ["openai-responses", "PATCH", "/v1/responses"],
      ["gemini", "GET", "/v1beta/models/x:generateContent"],
    ];
    for (const [protocol, method, path] of cases) {
      const response = await fetch(url() + path, { method });
      const answer = { status: response.status, headers: response.headers, text: await response.text() };
      expectError(protocol, answer, 405, new RegExp(`${method} is not served`));
      expect(response.headers.get("allow")).toBe("POST");
    }
  });

  test("TRACE and other methods that nobody serves are refused", async () => {
    const { port } = new URL(url());
    for (const method of ["TRACE", "PROPFIND", "LINK"]) {
      const raw = `${method} /v1/whatever HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`;
      const { status } = splitAnswer(await rawExchange(Number(port), raw));
      expect([method, status >= 400 && status < 500]).toEqual([method, true]);
    }
  });

  test("a WebSocket upgrade gets 426", async () => {
    const { port } = new URL((same.get("openai-responses") as TestGateway).url);
    const raw =
      "GET /v1/responses HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n" +
      "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const answer = splitAnswer(await rawExchange(Number(port), raw, { until: (text) => text.includes("}}") }));
    expect(answer.status).toBe(426);
    expect(errorOf("openai-responses", answer.body)?.message).toMatch(/plain HTTP/);
  });

  test("health routes answer GET and HEAD without a key and stay out of the log", async () => {
    const gateway = await startGateway({ upstreams: [], config: { access_control_enabled: true } });
    try {
      for (const path of ["/", "/health", "/ready", "/api/hello"]) {
        for (const method of ["GET", "HEAD"]) {
          const answer = await fetch(gateway.url + path, { method });
          expect([method, path, answer.status]).toEqual([method, path, 200]);
          const text = await answer.text();
          if (method === "HEAD") expect(text).toBe("");
          else expect(JSON.parse(text)).toMatchObject({ status: "ok", version: "test", features: expect.any(Array) });
        }
        expect((await fetch(gateway.url + path, { method: "POST" })).status).toBe(405);
      }
      expect(gateway.records).toEqual([]);
    } finally {
      await gateway.stop();
    }
  });
});

test("what browsers fetch by themselves stays out of the log", async () => {
  const gateway = await startGateway({ upstreams: [] });
  try {
    for (const path of ["/favicon.ico", "/robots.txt", "/apple-touch-icon.png"])
      expect((await fetch(gateway.url + path)).status).toBe(404);
    expect(gateway.records).toEqual([]);
  } finally {
    await gateway.stop();
  }
});

describe("the ways clients write a path", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      upstreams: PROTOCOLS.map((protocol) =>
        upstreamEntry(protocol, protocol, upstream.url, { model_map: { m: "m" } }),
      ),
    });
  });
  afterAll(() => gateway.stop());

  const GENERATE: Readonly<Record<ProtocolId, readonly string[]>> = {
    anthropic: [
      "/v1/messages",
      "/messages",
      "/v1/messages/",
      "/messages/",
      "/v1/v1/messages",
      "//v1//messages",
      "/v1/messages?beta=true",
      "/v1/messages/messages",
      "/v1/messages/v1/messages",
      "/v1/v1/v1/messages/?beta=true&x=y",
    ],
    "openai-chat": [
      "/v1/chat/completions",
      "/chat/completions",
      "/v1/chat/completions/",
      "/v1/v1/chat/completions",
      "/v1//chat/completions",
      "/v1/chat/completions/chat/completions",
      "/v1/chat/completions/v1/chat/completions",
      "/v1/chat/completions?api-version=2024-10-21",
    ],
    "openai-responses": [
      "/v1/responses",
      "/responses",
      "/v1/responses/",
      "/v1/v1/responses",
      "/v1/responses/responses",
    ],
    gemini: [
      "/v1beta/models/m:generateContent",
      "/v1/models/m:generateContent",
      "/v1alpha/models/m:generateContent",
      "/v1beta/v1beta/models/m:generateContent",
      "/v1/v1beta/models/m:generateContent",
      "/v1beta/models/m:generateContent/",
      "//v1beta//models/m:generateContent",
      "/v1beta/tunedModels/m:generateContent",
      "/v1beta/publishers/google/models/m:generateContent",
      "/v1beta/models/google%2Fm:generateContent",
      "/v1beta/models/google/m:generateContent",
      "/v1beta/models/m:generateContent?$alt=json",
    ],
  };
  for (const protocol of PROTOCOLS) {
    for (const path of GENERATE[protocol]) {
      test(`${protocol}: POST ${path}`, async () => {
        const { body } = clientCall(protocol, { stream: false, model: "m" });
        const answer = await post(gateway.url + path, JSON.stringify(body));
        expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, expect.any(String)]);
        const shape = {
          anthropic: "content",
          "openai-chat": "choices",
          "openai-responses": "output",
          gemini: "candidates",
        };
        expect(JSON.parse(answer.text)).toHaveProperty(shape[protocol]);
      });
    }
  }

  test("gemini streams as SSE or as a JSON array, as the query asks", async () => {
    const { body } = clientCall("gemini", { stream: true, model: "m" });
    for (const [query, type] of [
      ["?alt=sse", "text/event-stream"],
      ["?key=abc&alt=sse", "text/event-stream"],
      ["", "application/json"],
      ["?alt=json", "application/json"],
    ]) {
      const answer = await post(`${gateway.url}/v1/models/m:streamGenerateContent${query}`, JSON.stringify(body));
      expect([query, answer.status]).toEqual([query, 200]);
      expect(answer.headers.get("content-type")).toStartWith(type as string);
    }
  });

  test("token counts answer under both spellings", async () => {
    const { body } = clientCall("anthropic", { stream: false });
    for (const path of [
      "/v1/messages/count_tokens?beta=true",
      "/messages/count_tokens",
      "/v1/v1/messages/count_tokens/",
    ]) {
      const answer = await post(gateway.url + path, JSON.stringify(body));
      expect([path, answer.status]).toEqual([path, 200]);
      expect(JSON.parse(answer.text).input_tokens).toBeGreaterThan(0);
    }
    const gemini = await post(
      `${gateway.url}/v1/models/m:countTokens`,
      JSON.stringify(clientCall("gemini", { stream: false }).body),
    );
    expect(JSON.parse(gemini.text).totalTokens).toBeGreaterThan(0);
  });

  test("model lists answer in the caller's dialect", async () => {
    const list = async (path: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> => {
      const answer = await fetch(gateway.url + path, { headers });
      expect([path, answer.status]).toEqual([path, 200]);
      return (await answer.json()) as Record<string, unknown>;
    };
    for (const path of ["/v1/models", "/models", "/v1/models/", "/v1/v1/models", "/v1/models?limit=1000"])
      expect(await list(path)).toMatchObject({
        object: "list",
        data: expect.arrayContaining([expect.objectContaining({ id: "m", object: "model" })]),
      });
    for (const headers of [{ "anthropic-version": "2023-06-01" }, { "x-api-key": "k" }])
      expect(await list("/v1/models?limit=1000", headers)).toMatchObject({
        data: expect.arrayContaining([expect.objectContaining({ id: "m", type: "model", display_name: "m" })]),
        has_more: false,
        first_id: "m",
      });
    expect(await list("/v1beta/models")).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ name: "models/m" })]),
    });
    expect(await list("/v1/models", { "x-goog-api-key": "k" })).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ name: "models/m" })]),
    });
    expect(await list("/v1/models?key=k")).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ name: "models/m" })]),
    });
    expect(await list("/v1/models?client_version=0.169.0")).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ slug: "m" })]),
    });
    expect(await list("/v1/models/m")).toMatchObject({ id: "m" });
  });

  test("embeddings and other bare endpoints are led below /v1", async () => {
    const before = upstream.requestCount;
    await post(`${gateway.url}/embeddings`, "{}");
    expect(upstream.requestCount).toBe(before + 1);
    expect(upstream.requests.at(-1)?.path).toBe("/v1/embeddings");
  });

  test("gemini: methods that the gateway does not know are led to a Gemini upstream", async () => {
    for (const path of [
      "/v1beta/models/m:embedContent",
      "/v1/models/m:batchEmbedContents",
      "/v1beta/models/m:predict",
    ]) {
      await post(gateway.url + path, '{"content":{}}', { "x-goog-api-key": "k" });
      expect(upstream.requests.at(-1)?.path).toBe(path.replace("/v1/", "/v1beta/"));
      expect(upstream.requests.at(-1)?.headers["x-goog-api-key"]).toBe("sk-upstream-gemini");
    }
  });

  test("OPTIONS needs no key and no route", async () => {
    for (const path of ["/v1/messages", "/v1/nothing", "/chat/completions"])
      expect((await fetch(gateway.url + path, { method: "OPTIONS" })).status).toBe(204);
  });

  test("paths that no honest client sends are 404 and reach nobody", async () => {
    const { port } = new URL(gateway.url);
    const before = upstream.requestCount;
    for (const path of [
      "/v1/../admin/config",
      "/v1/%2e%2e/admin/config",
      "/v1/%2E%2E/%2e%2e/messages",
      "/v1/messages;jsessionid=1",
      "/v1/messages%00",
      "/v1/messages%0d%0a",
      "/v1\\messages",
      "/v1/..;/messages",
      "/%76%31/messages",
      "/V1/MESSAGES",
    ]) {
      const raw = `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`;
      const { status } = splitAnswer(await rawExchange(Number(port), raw));
      expect([path, [400, 401, 404].includes(status)]).toEqual([path, true]);
    }
    expect(upstream.requestCount).toBe(before);
  });
});
