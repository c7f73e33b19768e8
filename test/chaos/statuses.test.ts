// Answers that refuse (F42 to F65): judged by status and body, in the words of each provider.

import { afterEach, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { SimPlan } from "../../src/simulator/script.ts";
import { planByKey, planByMarker } from "../../src/simulator/script.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { clientCall, errorOf, PROTOCOLS, send } from "../e2e/support/client-calls.ts";
import { PATIENT, upstreamEntry } from "../e2e/support/upstreams.ts";
import { startGateway, type TestGateway, type TestGatewayOptions } from "../support/gateway.ts";
import type { ToldKind } from "./support/error-kinds.ts";
import { rawAnswer } from "./support/faulty-upstream.ts";
import { type EarlyFault, expectPassedOver, expectReturned, expectTold } from "./support/scene.ts";
import { breakerRows, GOOD, walkOf } from "./support/seen.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function gatewayFor(options: TestGatewayOptions): Promise<TestGateway> {
  const gateway = await startGateway(options);
  closers.push(() => gateway.stop());
  return gateway;
}

function simulator(plan: SimPlan | ReturnType<typeof planByKey>): Simulator {
  const started = startSimulator({ plan });
  closers.push(() => started.stop());
  return started;
}

/** Both questions for one fault. */
function ask(title: string, fault: EarlyFault): void {
  test(`${title}: the next upstream answers`, () => expectPassedOver(fault), 20_000);
  test(`${title}: alone it is told`, () => expectTold(fault), 20_000);
}

/** The client gets this answer at once, whatever else there is, and no breaker counts it. */
function returned(title: string, fault: EarlyFault): void {
  test(`${title}: goes back to the client at once and counts against nobody`, () => expectReturned(fault), 20_000);
}

const DOWN = { breaker: "upstream", outcome: "upstream_5xx" } as const;
const message = (text: string, type = "odd_error", code: string | null = null): object => ({
  error: { message: text, type, code },
});
const refusing = (status: number, body: object | string = message("no"), headers: Record<string, string> = {}) =>
  ({ failing: { plan: { status, body, headers } } }) as const;
const KEY = { breaker: "key", told: { status: 502, kind: "upstream" }, outcome: "key_invalid" } as const;
const MINUTE = 60_000;

returned("F42 an ordinary 400", {
  failing: { plan: { error: "invalid" } },
  outcome: "client_error",
  told: { status: 400, kind: "bad_request" },
});

/** What each provider says when a conversation is too long. */
const TOO_LONG: Readonly<Record<ProtocolId, SimPlan>> = {
  anthropic: { error: "context_length" },
  "openai-chat": {
    status: 400,
    body: {
      error: {
        message:
          "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
        type: "invalid_request_error",
        param: "messages",
        code: "context_length_exceeded",
      },
    },
  },
  "openai-responses": { error: "context_length" },
  gemini: {
    status: 400,
    body: {
      error: {
        code: 400,
        message: "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
        status: "INVALID_ARGUMENT",
      },
    },
  },
};
returned("F43 a conversation that is too long, in the provider's words,", {
  failing: (format) => ({ plan: TOO_LONG[format] }),
  outcome: "context_length",
  told: { status: 400, kind: "bad_request" },
});
for (const status of [413, 422]) {
  returned(`F43 a conversation that is too long under status ${status}`, {
    ...refusing(status, message("prompt is too long: 210000 tokens > 200000 maximum", "invalid_request_error")),
    outcome: "context_length",
    told: { status: 400, kind: "bad_request" },
  });
}

const FILTERED: Readonly<Record<ProtocolId, object>> = {
  anthropic: message("blocked", "content_filter", "content_filter"),
  "openai-chat": message("Your request was rejected by the safety system.", "x", "content_policy_violation"),
  "openai-responses": message("filtered", "invalid_request_error", "content_filter"),
  gemini: { error: { code: 400, message: "blocked", status: "content_filter" } },
};
returned("F44 a content filter", {
  failing: (format) => ({ plan: { status: 400, body: FILTERED[format] } }),
  outcome: "content_filter",
  told: { status: 400, kind: "bad_request", orWords: ["content_filter", "x"] },
});

test("F45 a refusal that our conversion may have caused is marked as such, and can be set to move on", async () => {
  const picky = simulator({ error: "invalid", errorMessage: "tools.0.custom: unknown field" });
  const two = simulator({ answer: GOOD });
  for (const [config, expected] of [
    [{}, "one conversion_suspect"],
    [{ failover: { conversion_suspect: true } }, "one conversion_suspect, two ok"],
  ] as const) {
    const gateway = await gatewayFor({
      upstreams: [
        upstreamEntry("one", "openai-chat", picky.url, { priority: 1 }),
        upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
      ],
      config: { ...PATIENT, ...config },
    });
    await send(gateway.url, clientCall("anthropic", { stream: true }));
    expect(walkOf(await gateway.record(1))).toBe(expected);
    expect(await breakerRows(gateway.url)).toEqual([]);
    // The same refusal of a client's own bytes is the client's.
    await send(gateway.url, clientCall("openai-chat", { stream: true }));
    expect(walkOf(await gateway.record(2))).toBe("one client_error");
  }
});

ask("F46 a refused key", { failing: { plan: { error: "auth" } }, aloneAttempts: 2, ...KEY });
ask("F46 a forbidden key", { failing: { plan: { error: "forbidden" } }, aloneAttempts: 2, ...KEY });

test("F46 a bad key is walked past to the next one, and never blamed on its upstream", async () => {
  const [bad, good] = ["sk-some-upstream-key-bad1", "sk-some-upstream-key-good"];
  for (const format of PROTOCOLS) {
    const one = simulator(planByKey({ [good as string]: { answer: GOOD } }, { error: "auth" }));
    const gateway = await gatewayFor({ upstreams: [upstreamEntry("one", format, one.url, { keys: [bad, good] })] });
    for (const client of PROTOCOLS) {
      const answer = await send(gateway.url, clientCall(client, { stream: true }));
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain(bad as string);
    }
    const rows = await breakerRows(gateway.url);
    expect(rows.map(({ scope, state }) => `${scope} ${state}`)).toContain("key open");
    expect(rows.filter(({ scope, failures }) => scope === "upstream" && failures > 0)).toEqual([]);
    // Three requests found it out, the fourth did not ask it any more.
    expect(one.requests.filter(({ key }) => key === bad)).toHaveLength(3);
  }
});

ask("F47 a 403 page of a firewall", {
  ...refusing(403, "<html><title>Access denied</title></html>", { "content-type": "text/html" }),
  ...DOWN,
  told: { status: 502, kind: "upstream" },
});
ask("F47 a 403 for one model", {
  ...refusing(403, message("Your plan has no access to this model.", "permission_error")),
  outcome: "model_not_found",
  breaker: "model",
  opensForMs: 10 * MINUTE,
  told: { status: 404, kind: "not_found", orWords: ["permission_error"] },
});

for (const [name, status, body] of [
  ["a 402", 402, message("pay first")],
  [
    "insufficient_quota under 429",
    429,
    message("You exceeded your current quota.", "insufficient_quota", "insufficient_quota"),
  ],
  ["a billing_error", 400, { type: "error", ...message("Your credit balance is too low", "billing_error") }],
  ["a balance that is told in prose only", 400, message("Your credit balance is too low to access the API.")],
] as const) {
  ask(`F48 ${name}`, {
    ...refusing(status, body),
    outcome: "quota_exhausted",
    breaker: "key",
    opensForMs: 15 * MINUTE,
    told: { status: 429, kind: "rate", orWords: ["insufficient_quota", "billing_error", "odd_error"] },
  });
}

ask("F49 an unknown model", {
  failing: { plan: { error: "not_found" } },
  outcome: "model_not_found",
  breaker: "model",
  opensForMs: 10 * MINUTE,
  told: { status: 404, kind: "not_found" },
});
ask("F50 a 404 page", {
  ...refusing(404, "<html>Not Found</html>", { "content-type": "text/html" }),
  outcome: "bad_base_url",
  breaker: "upstream",
  told: { status: 502, kind: "upstream" },
});

for (const status of [405, 415]) {
  returned(`F51 a ${status}`, {
    ...refusing(status),
    outcome: "client_error",
    told: { status, kind: "bad_request", orWords: ["odd_error"] },
  });
}
ask("F51 a 501", { ...refusing(501), ...DOWN, told: { status: 501, kind: "upstream", orWords: ["odd_error"] } });
ask("F51 a 410 on a model", {
  ...refusing(410, message("the model is gone")),
  outcome: "model_not_found",
  breaker: "model",
  opensForMs: 10 * MINUTE,
  told: { status: 404, kind: "not_found", orWords: ["odd_error"] },
});

for (const status of [408, 425]) {
  ask(`F52 a ${status}`, {
    ...refusing(status),
    outcome: "upstream_timeout",
    breaker: "upstream",
    told: { status: 504, kind: "timeout", orWords: ["odd_error"] },
  });
}
ask("F53 a 409, asked once more before moving on,", {
  ...refusing(409),
  outcome: "conflict",
  attempts: 2,
  aloneAttempts: 2,
  told: { status: 409, kind: "upstream", orWords: ["odd_error"] },
});
returned("F54 a body that is too large for the upstream", {
  ...refusing(413),
  outcome: "too_large",
  told: { status: 413, kind: "too_large", orWords: ["odd_error"] },
});
returned("F55 a 422", {
  ...refusing(422),
  outcome: "client_error",
  told: { status: 422, kind: "bad_request", orWords: ["odd_error"] },
});

const RATE: { outcome: string; breaker: "key"; told: { status: number; kind: ToldKind } } = {
  outcome: "rate_limited",
  breaker: "key",
  told: { status: 429, kind: "rate" },
};

describe("a 429 with a hint", () => {
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toUTCString();
  /** Headers, and for how long the key rests; undefined: it is counted only. */
  const HINTS: readonly (readonly [name: string, headers: () => Record<string, string>, restMs: number | undefined])[] =
    [
      ["F56 retry-after in seconds", () => ({ "retry-after": "30" }), 30_000],
      ["F56 retry-after with a fraction", () => ({ "retry-after": "30.5" }), 30_500],
      ["F56 retry-after-ms", () => ({ "retry-after-ms": "20000" }), 20_000],
      ["F56 retry-after-ms before retry-after", () => ({ "retry-after-ms": "20000", "retry-after": "300" }), 20_000],
      ["F56 retry-after as a date to come", () => ({ "retry-after": inSeconds(60) }), 60_000],
      ["F56 retry-after as a date gone by", () => ({ "retry-after": inSeconds(-60) }), undefined],
      ["F56 retry-after as nonsense", () => ({ "retry-after": "soon" }), undefined],
      ["F56 retry-after below zero", () => ({ "retry-after": "-5" }), undefined],
      ["F56 retry-after of thirty years", () => ({ "retry-after": "1000000000" }), 15 * MINUTE],
      [
        "F57 Anthropic's reset of what is used up",
        () => ({
          "anthropic-ratelimit-requests-remaining": "0",
          "anthropic-ratelimit-requests-reset": new Date(Date.now() + 45_000).toISOString(),
          "anthropic-ratelimit-tokens-remaining": "1000",
          "anthropic-ratelimit-tokens-reset": new Date(Date.now() + 600_000).toISOString(),
        }),
        45_000,
      ],
      [
        "F57 the later of two resets that are used up",
        () => ({
          "anthropic-ratelimit-input-tokens-remaining": "0",
          "anthropic-ratelimit-input-tokens-reset": new Date(Date.now() + 90_000).toISOString(),
          "anthropic-ratelimit-requests-remaining": "0",
          "anthropic-ratelimit-requests-reset": new Date(Date.now() + 30_000).toISOString(),
        }),
        90_000,
      ],
      [
        "F57 OpenAI's reset as a duration",
        () => ({ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m30s" }),
        90_000,
      ],
      [
        "F57 OpenAI's reset in seconds",
        () => ({ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "40" }),
        40_000,
      ],
      [
        "F57 a reset of -1",
        () => ({ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "-1" }),
        undefined,
      ],
    ];
  for (const [name, headers, restMs] of HINTS) {
    test(`${name}: ${restMs === undefined ? "the key is counted only" : `the key rests ${restMs / 1000} s`}`, () =>
      expectPassedOver({
        failing: () => ({ plan: { status: 429, body: message("slow down", "rate_limit_error"), headers: headers() } }),
        ...RATE,
        ...(restMs === undefined ? {} : { opensForMs: restMs }),
      }));
  }

  const quota = (quotaId: string, retryDelay: string | undefined): object => ({
    error: {
      code: 429,
      message: "You exceeded your current quota, please check your plan and billing details.",
      status: "RESOURCE_EXHAUSTED",
      details: [
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] },
        ...(retryDelay === undefined ? [] : [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay }]),
      ],
    },
  });
  for (const [name, body, restMs, outcome] of [
    ["a delay in whole seconds", quota("GenerateRequestsPerMinutePerProject", "36s"), 36_000, "rate_limited"],
    ["a delay with a fraction", quota("GenerateRequestsPerMinutePerProject", "45.837906927s"), 45_838, "rate_limited"],
    ["a daily quota with a short delay", quota("GenerateRequestsPerDayPerProject", "30s"), 30_000, "rate_limited"],
    [
      "a daily quota without a delay",
      quota("GenerateRequestsPerDayPerProject", undefined),
      undefined,
      "quota_exhausted",
    ],
  ] as const) {
    test(`F58, gemini trap 52: Gemini's ${name} is believed`, async () => {
      const one = simulator({ status: 429, body });
      const two = simulator({ answer: GOOD });
      const gateway = await gatewayFor({
        upstreams: [
          upstreamEntry("one", "gemini", one.url, { priority: 1 }),
          upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
        ],
        config: PATIENT,
      });
      for (const client of PROTOCOLS) {
        expect((await send(gateway.url, clientCall(client, { stream: true }))).status).toBe(200);
      }
      expect(walkOf(await gateway.record(1))).toBe(`one ${outcome}, two ok`);
      expect(one.requestCount).toBe(1);
      const [row] = (await breakerRows(gateway.url)).filter(({ state }) => state === "open");
      expect(row?.scope).toBe("key");
      const rest = row?.remainingMs ?? 0;
      if (restMs === undefined) expect(rest).toBeGreaterThan(10 * MINUTE);
      else expect(rest).toBeWithin(restMs - 5_000, restMs + 1);
    });
  }
});

ask("F59 a 429 without any hint, asked once more after two seconds when alone,", {
  ...refusing(429, message("slow down", "rate_limit_error")),
  aloneAttempts: 2,
  ...RATE,
});

test("F60 many 429 at once open the key's breaker once", async () => {
  const one = simulator({ status: 429, body: message("slow down", "rate_limit_error"), stallBeforeHeadMs: 100 });
  const two = simulator({ answer: GOOD });
  const gateway = await gatewayFor({
    upstreams: [
      upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
      upstreamEntry("two", "openai-chat", two.url, { priority: 2 }),
    ],
  });
  const call = clientCall("anthropic", { stream: false });
  const answers = await Promise.all(Array.from({ length: 50 }, () => send(gateway.url, call)));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  const rows = (await breakerRows(gateway.url)).filter(({ id }) => id.startsWith("one"));
  expect(rows).toMatchObject([{ scope: "key", state: "open", timesOpened: 1 }]);
  expect(rows[0]?.remainingMs).toBeLessThanOrEqual(60_000);
});

for (const status of [500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530]) {
  ask(`F61 a ${status}`, { ...refusing(status), ...DOWN, told: { status, kind: "upstream", orWords: ["odd_error"] } });
}
ask("F62 a 503 with retry-after", {
  ...refusing(503, message("back soon"), { "retry-after": "120" }),
  ...DOWN,
  opensForMs: 120_000,
  told: { status: 503, kind: "upstream", orWords: ["odd_error"] },
});
ask("F62 a 503 with a retry-after of an hour, believed for five minutes,", {
  ...refusing(503, message("back some day"), { "retry-after": "3600" }),
  ...DOWN,
  opensForMs: 5 * MINUTE,
  told: { status: 503, kind: "upstream", orWords: ["odd_error"] },
});
ask("F63 an overload", {
  failing: { plan: { error: "overloaded", status: 529 } },
  outcome: "overloaded",
  breaker: "model",
  aloneAttempts: 3,
  told: { status: { anthropic: 529, "openai-chat": 503, "openai-responses": 503, gemini: 503 }, kind: "overload" },
});

test("F63 an overload goes to the next upstream before the next key", async () => {
  const one = simulator({ error: "overloaded", status: 529 });
  const two = simulator({ answer: GOOD });
  const gateway = await gatewayFor({
    upstreams: [
      upstreamEntry("one", "anthropic", one.url, {
        priority: 1,
        keys: ["sk-upstream-key-0001", "sk-upstream-key-0002"],
      }),
      upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
    ],
  });
  expect((await send(gateway.url, clientCall("anthropic", { stream: true }))).status).toBe(200);
  expect(one.requestCount).toBe(1);
});

for (const status of [418, 451, 499]) {
  returned(`F64 an unknown ${status}`, {
    ...refusing(status),
    outcome: "client_error",
    told: { status, kind: "bad_request", orWords: ["odd_error"] },
  });
}
ask("F64 an unknown 599", {
  ...refusing(599),
  ...DOWN,
  told: { status: 599, kind: "upstream", orWords: ["odd_error"] },
});
for (const status of ["999 What", "600 Odd"]) {
  ask(`F64 a status outside of HTTP, ${status},`, {
    failing: {
      script: () => [{ recv: "body" }, { write: rawAnswer(status, "application/json", "{}") }, { fin: true }],
    },
    ...DOWN,
    told: { status: 502, kind: "upstream" },
  });
}

test("F65 a request that breaks an upstream with two keys is not tried on its third, and harms no key", async () => {
  const keys = ["sk-upstream-key-0001", "sk-upstream-key-0002", "sk-upstream-key-0003"];
  const one = simulator(planByMarker({ POISON: { status: 500 } }, { answer: GOOD }));
  const two = simulator(planByMarker({ POISON: { status: 500 } }, { answer: GOOD }));
  const gateway = await gatewayFor({
    upstreams: [
      upstreamEntry("one", "anthropic", one.url, { priority: 1, keys }),
      upstreamEntry("two", "openai-chat", two.url, { priority: 2 }),
    ],
  });
  for (const client of PROTOCOLS) {
    const poisoned = await send(gateway.url, clientCall(client, { stream: true, prompt: "POISON" }));
    expect(errorOf(client, poisoned.text)).toBeDefined();
    // Others still get through.
    expect((await send(gateway.url, clientCall(client, { stream: true }))).status).toBe(200);
  }
  const walk = walkOf(await gateway.record(1));
  expect(walk).not.toContain("one upstream_5xx, one upstream_5xx, one");
  expect(one.requests.filter(({ key }) => key === keys[2])).toEqual([]);
  const rows = await breakerRows(gateway.url);
  expect(rows.filter(({ scope, failures }) => scope === "key" && failures > 0)).toEqual([]);
  // The second upstream has seen nothing but poison and may rest; the first one answered the others in between.
  expect(rows.filter(({ id, state }) => id.startsWith("one") && state !== "closed")).toEqual([]);
});
