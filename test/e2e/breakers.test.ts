// Which upstream and key a request tries, what opens and closes their breakers, and what the client hears when
// nothing is left.

import { describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { planByKey, type SimPlan } from "../../src/simulator/script.ts";
import type { TestGateway } from "../support/gateway.ts";
import { setStage } from "../support/stage.ts";
import { type ClientAnswer, clientCall, errorOf, PROTOCOLS, send } from "./support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

const { gatewayFor, simulator } = setStage();

const CALL = clientCall("anthropic", { stream: false });

function ask(gateway: TestGateway, protocol: ProtocolId = "anthropic", headers: Record<string, string> = {}) {
  return send(gateway.url, clientCall(protocol, { stream: false }), headers);
}

interface Row {
  readonly scope: string;
  readonly id: string;
  readonly state: string;
  readonly remainingMs: number;
  readonly failures: number;
}

async function breakers(gateway: TestGateway): Promise<Row[]> {
  const answer = await fetch(`${gateway.url}/admin/breakers`, { headers: { "x-admin-password": "admin" } });
  return ((await answer.json()) as { breakers: Row[] }).breakers;
}

async function openBreakers(gateway: TestGateway): Promise<string[]> {
  return (await breakers(gateway)).filter((row) => row.state === "open").map((row) => `${row.scope} ${row.id}`);
}

/** Upstreams and keys of the n-th request's attempts: `one:…key-1`. */
async function triedBy(gateway: TestGateway, n: number): Promise<string[]> {
  const record = await gateway.record(n);
  return record.attempts.map((each) => `${each.upstreamId}:${each.keyMasked.slice(-4)}`);
}

const keys = (...ends: string[]): string[] => ends.map((end) => `sk-some-long-upstream-key-${end}`);

describe("the breaker of an upstream", () => {
  test("opens after three failed requests in a row and keeps later ones away", async () => {
    const one = simulator({ status: 500 });
    const two = simulator();
    const gateway = await gatewayFor([
      upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
      upstreamEntry("two", "openai-chat", two.url, { priority: 2 }),
    ]);
    for (let i = 0; i < 6; i++) expect((await ask(gateway)).status).toBe(200);
    expect(one.requestCount).toBe(3);
    expect(two.requestCount).toBe(6);
    const rows = (await breakers(gateway)).filter((row) => row.state !== "closed");
    expect(rows).toMatchObject([{ scope: "upstream", id: "one", state: "open" }]);
    expect(rows[0]?.remainingMs).toBeWithin(50_000, 60_001);
    expect(gateway.lines.join("")).toContain("circuit breaker open: upstream one");
  });

  test("counts a request once, however many keys failed in it", async () => {
    const one = simulator({ status: 500 });
    const two = simulator();
    const gateway = await gatewayFor([
      upstreamEntry("one", "anthropic", one.url, { priority: 1, keys: keys("k001", "k002", "k003", "k004") }),
      upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
    ]);
    await ask(gateway);
    await ask(gateway);
    expect(await openBreakers(gateway)).toEqual([]);
    await ask(gateway);
    expect(await openBreakers(gateway)).toEqual(["upstream one"]);
  });

  test("a success in between starts the count anew", async () => {
    let turn = 0;
    const one = simulator(() => ((turn++ + 1) % 3 === 0 ? {} : { status: 502 }));
    const gateway = await gatewayFor([
      upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
      upstreamEntry("two", "anthropic", simulator().url, { priority: 2 }),
    ]);
    for (let i = 0; i < 9; i++) await ask(gateway);
    expect(one.requestCount).toBe(9);
    expect(await openBreakers(gateway)).toEqual([]);
  });

  test("opens on an upstream that fails every other time as well", async () => {
    let turn = 0;
    const one = simulator(() => (turn++ % 2 === 0 ? { status: 502 } : {}));
    const gateway = await gatewayFor([
      upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
      upstreamEntry("two", "anthropic", simulator().url, { priority: 2 }),
    ]);
    for (let i = 0; i < 14; i++) expect((await ask(gateway)).status).toBe(200);
    expect(await openBreakers(gateway)).toEqual(["upstream one"]);
  });

  test("lets one request probe when its time is over, and closes when that succeeds", async () => {
    const one = simulator({ status: 500 });
    const two = simulator();
    const gateway = await gatewayFor(
      [
        upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
        upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
      ],
      { breaker: { failure_threshold: 3, open_ms: 200 } },
    );
    for (let i = 0; i < 3; i++) await ask(gateway);
    expect(await openBreakers(gateway)).toEqual(["upstream one"]);
    await untilFree(gateway);
    one.clearRequests();
    one.setPlan({ stallBeforeHeadMs: 150 });
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(gateway)));
    expect(answers.every((answer) => answer.status === 200)).toBe(true);
    expect(one.requests).toHaveLength(1);
    expect(await openBreakers(gateway)).toEqual([]);
    one.setPlan({});
    await ask(gateway);
    expect(one.requests).toHaveLength(2);
    expect(gateway.lines.join("")).toContain("circuit breaker closed: upstream one");
  });

  test("stays open when the probe fails, and the probing request is answered by another upstream", async () => {
    const one = simulator({ status: 500 });
    const gateway = await gatewayFor(
      [
        upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
        upstreamEntry("two", "anthropic", simulator().url, { priority: 2 }),
      ],
      { breaker: { failure_threshold: 3, open_ms: 200 } },
    );
    for (let i = 0; i < 3; i++) await ask(gateway);
    await untilFree(gateway);
    expect((await ask(gateway)).status).toBe(200);
    expect(one.requestCount).toBe(4);
    expect(await openBreakers(gateway)).toEqual(["upstream one"]);
    await ask(gateway);
    expect(one.requestCount).toBe(4);
  });

  test("a probe whose client leaves decides nothing and frees the place", async () => {
    const one = simulator({ status: 500 });
    const gateway = await gatewayFor(
      [
        upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
        upstreamEntry("two", "anthropic", simulator().url, { priority: 2 }),
      ],
      { breaker: { failure_threshold: 3, open_ms: 200 } },
    );
    for (let i = 0; i < 3; i++) await ask(gateway);
    await untilFree(gateway);
    one.setPlan({ stallBeforeHeadMs: Number.POSITIVE_INFINITY });
    const leaving = new AbortController();
    const probe = fetch(gateway.url + CALL.path, {
      method: "POST",
      body: JSON.stringify(CALL.body),
      signal: leaving.signal,
    }).catch(() => undefined);
    await until("the probe is there", () => one.requestCount === 4);
    leaving.abort();
    await probe;
    await gateway.record(4);
    one.setPlan({});
    await ask(gateway);
    expect(one.requestCount).toBe(5);
    expect(await openBreakers(gateway)).toEqual([]);
  });

  test("streams that break after their first content count as well", async () => {
    const one = simulator({ answer: { text: "some words to cut" }, cutAfterEvents: { at: "in-text", how: "rst" } });
    const gateway = await gatewayFor([
      upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
      upstreamEntry("two", "anthropic", simulator().url, { priority: 2 }),
    ]);
    for (let i = 0; i < 3; i++) await send(gateway.url, clientCall("anthropic", { stream: true }));
    await gateway.record(3);
    expect(await openBreakers(gateway)).toEqual(["upstream one"]);
  });

  test("overload closes the way to one model only", async () => {
    const one = simulator((request) => (request.model === "big" ? { error: "overloaded" } : {}));
    const two = simulator();
    const gateway = await gatewayFor([
      upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
      upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
    ]);
    const askFor = (model: string) => send(gateway.url, clientCall("anthropic", { stream: false, model }));
    for (let i = 0; i < 5; i++) expect((await askFor("big")).status).toBe(200);
    expect(one.requestCount).toBe(3);
    expect(await openBreakers(gateway)).toEqual(["model one/big"]);
    await askFor("small");
    expect(one.requestCount).toBe(4);
    expect(two.requestCount).toBe(5);
  });

  async function untilFree(gateway: TestGateway): Promise<void> {
    for (;;) {
      const rows = await breakers(gateway);
      if (rows.every((row) => row.remainingMs === 0)) return;
      await Bun.sleep(10);
    }
  }
});

describe("a model that is missing", () => {
  const agent = { "user-agent": "claude-cli/2.1.0 (external, cli)" };

  test("for one key may be there for the next, and every conversation finds it", async () => {
    const [poor, rich] = keys("poor", "rich");
    for (const refusal of [
      { error: "not_found" },
      { status: 403, body: { error: { message: "no access to model" } } },
    ]) {
      const one = simulator(planByKey({ [rich as string]: {} }, refusal as SimPlan));
      const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url, { keys: [poor, rich] })]);
      for (const n of [1, 2]) {
        expect((await ask(gateway)).status).toBe(200);
        expect(await triedBy(gateway, n)).toEqual(["one:poor", "one:rich"]);
      }
      expect(await openBreakers(gateway)).toEqual([]);
    }
  });

  test("for both keys that are asked rests at that upstream, and the third is not asked", async () => {
    const [one, two] = [simulator({ error: "not_found" }), simulator()];
    const gateway = await gatewayFor([
      upstreamEntry("one", "anthropic", one.url, { keys: keys("aaaa", "bbbb", "cccc") }),
      upstreamEntry("two", "gemini", two.url, { keys: keys("last") }),
    ]);
    expect((await ask(gateway)).status).toBe(200);
    expect(await triedBy(gateway, 1)).toEqual(["one:aaaa", "one:bbbb", "two:last"]);
    expect(await openBreakers(gateway)).toEqual(["model one/claude-test"]);
  });

  for (const protocol of PROTOCOLS) {
    test(`${protocol}: everywhere is told as missing while it rests, at once and not to be repeated`, async () => {
      const one = simulator({ error: "not_found" });
      const gateway = await gatewayFor([upstreamEntry("one", protocol, one.url)]);
      for (const headers of [{}, {}, agent]) {
        const answer = await ask(gateway, protocol, headers);
        expect([answer.status, answer.headers.get("x-should-retry"), answer.headers.get("retry-after")]).toEqual([
          404,
          "false",
          null,
        ]);
        expect(errorOf(protocol, answer.text)?.message).toContain("model");
      }
      expect(one.requestCount).toBe(1);
    });
  }
});

describe("the breakers of keys", () => {
  const [first, second, third] = keys("k001", "k002", "k003") as [string, string, string];

  test("429 on one key moves on to the next key, rests that key and leaves the upstream open to others", async () => {
    const one = simulator(planByKey({ [first]: { error: "rate", headers: { "retry-after": "20" } } }, {}));
    const two = simulator();
    const gateway = await gatewayFor([
      upstreamEntry("one", "anthropic", one.url, { priority: 1, keys: [first, second] }),
      upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
    ]);
    for (let i = 0; i < 4; i++) expect((await ask(gateway)).status).toBe(200);
    expect(await triedBy(gateway, 1)).toEqual(["one:k001", "one:k002"]);
    expect(await triedBy(gateway, 2)).toEqual(["one:k002"]);
    expect(two.requestCount).toBe(0);
    const open = (await breakers(gateway)).filter((row) => row.state === "open");
    expect(open.map((row) => row.scope)).toEqual(["key"]);
    expect(open[0]?.id).toMatch(/^one#[0-9a-f]{12}$/);
    expect(open[0]?.remainingMs).toBeWithin(15_000, 20_001);
  });

  test("without a hint a key rests after three 429", async () => {
    const limited: SimPlan = { status: 429, body: { error: { type: "rate_limit_error", message: "slow down" } } };
    const one = simulator(planByKey({ [first]: limited }, {}));
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url, { keys: [first, second] })]);
    for (let i = 0; i < 6; i++) expect((await ask(gateway)).status).toBe(200);
    expect(one.requests.filter((request) => request.key === first)).toHaveLength(3);
  });

  test("refused keys are passed over and never blamed on the upstream", async () => {
    const one = simulator(planByKey({ [third]: {} }, { error: "auth" }));
    const two = simulator();
    const gateway = await gatewayFor([
      upstreamEntry("one", "openai-chat", one.url, { priority: 1, keys: [first, second, third] }),
      upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
    ]);
    for (let i = 0; i < 6; i++) expect((await ask(gateway)).status).toBe(200);
    expect(await triedBy(gateway, 1)).toEqual(["one:k001", "one:k002", "one:k003"]);
    expect(await triedBy(gateway, 6)).toEqual(["one:k003"]);
    expect(one.requests.filter((request) => request.key === first)).toHaveLength(3);
    expect(two.requestCount).toBe(0);
    expect((await openBreakers(gateway)).map((row) => row.split("#")[0])).toEqual(["key one", "key one"]);
  });

  test("a key without credit rests at once", async () => {
    const one = simulator(planByKey({ [second]: {} }, { error: "quota" }));
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url, { keys: [first, second] })]);
    for (let i = 0; i < 3; i++) expect((await ask(gateway)).status).toBe(200);
    expect(one.requests.filter((request) => request.key === first)).toHaveLength(1);
  });

  test("with all keys resting the next upstream answers, and the first one's own breaker stays closed", async () => {
    const one = simulator({ error: "rate", headers: { "retry-after": "20" } });
    const two = simulator();
    const gateway = await gatewayFor([
      upstreamEntry("one", "anthropic", one.url, { priority: 1, keys: [first, second] }),
      upstreamEntry("two", "anthropic", two.url, { priority: 2 }),
    ]);
    for (let i = 0; i < 5; i++) expect((await ask(gateway)).status).toBe(200);
    expect(one.requestCount).toBe(2);
    expect((await openBreakers(gateway)).filter((row) => row.startsWith("upstream"))).toEqual([]);
  });
});

describe("the order of attempts", () => {
  test("goes by priority, then by place in the file; disabled upstreams are left out", async () => {
    const down = simulator({ status: 500 });
    const entry = (id: string, more: object) => upstreamEntry(id, "anthropic", down.url, more);
    const gateway = await gatewayFor(
      [
        entry("no-priority", {}),
        entry("third", { priority: 5 }),
        entry("off", { priority: 0, enabled: false }),
        entry("second", { priority: 2 }),
        entry("fourth", { priority: 5 }),
        entry("first", { priority: -1 }),
      ],
      PATIENT,
    );
    await ask(gateway);
    const record = await gateway.record(1);
    expect(record.attempts.map((each) => each.upstreamId)).toEqual([
      "first",
      "second",
      "third",
      "fourth",
      "no-priority",
    ]);
  });

  const ORDERS: readonly (readonly [name: string, plan: SimPlan | "closed", order: readonly string[]])[] = [
    ["429: every key of an upstream first", { error: "rate" }, ["a1", "a2", "a3", "b1", "b2", "b3"]],
    ["401: every key of an upstream first", { error: "auth" }, ["a1", "a2", "a3", "b1", "b2", "b3"]],
    [
      "503: one more key, the rest last",
      { status: 503, body: { error: { message: "no channel for this group" } } },
      ["a1", "a2", "b1", "b2", "a3", "b3"],
    ],
    ["500 with two keys: no other key of that upstream", { status: 500 }, ["a1", "a2", "b1", "b2"]],
    ["529: the next upstream first", { status: 529 }, ["a1", "b1", "a2", "b2", "a3", "b3"]],
    ["connection refused: the next upstream first", "closed", ["a1", "b1", "a2", "b2", "a3", "b3"]],
  ];
  for (const [name, plan, order] of ORDERS) {
    test(`of keys after ${name}`, async () => {
      const url = plan === "closed" ? "http://127.0.0.1:1" : simulator(plan).url;
      const gateway = await gatewayFor(
        ["a", "b"].map((id) => upstreamEntry(id, "anthropic", url, { keys: keys(`${id}-01`, `${id}-02`, `${id}-03`) })),
        { ...PATIENT, failover: { max_attempts: 6 } },
      );
      await ask(gateway);
      const record = await gateway.record(1);
      expect(record.attempts.map((each) => each.keyMasked.slice(-4).replace("-0", ""))).toEqual([...order]);
    }, 15_000);
  }

  test("every upstream gets the model that its map names", async () => {
    const [one, two] = [simulator({ status: 500 }), simulator()];
    const gateway = await gatewayFor([
      upstreamEntry("one", "openai-chat", one.url, { model_map: { "claude-test": "gpt-x" } }),
      upstreamEntry("two", "gemini", two.url, { model_map: { "claude-*": "gemini-*" } }),
    ]);
    expect((await ask(gateway)).status).toBe(200);
    expect([one.requests[0]?.model, two.requests[0]?.model]).toEqual(["gpt-x", "gemini-test"]);
  });

  test("no more attempts are made than are allowed", async () => {
    const down = simulator({ error: "auth" });
    const gateway = await gatewayFor(
      [
        upstreamEntry("one", "anthropic", down.url, {
          keys: Array.from({ length: 20 }, (_, i) => `sk-key-number-${i}`),
        }),
      ],
      { failover: { max_attempts: 7 } },
    );
    await ask(gateway);
    expect(down.requestCount).toBe(7);
  });

  test("the last attempts are kept for upstreams that were not asked yet, however many keys others have", async () => {
    const manyKeys = (name: string) => Array.from({ length: 50 }, (_, i) => `sk-${name}-key-number-${i}`);
    for (const error of ["auth", "rate", "quota"] as const) {
      const [refusing, spent, well] = [simulator({ error }), simulator({ error: "quota" }), simulator()];
      const gateway = await gatewayFor([
        upstreamEntry("one", "anthropic", refusing.url, { keys: manyKeys("one") }),
        upstreamEntry("two", "openai-chat", spent.url, { keys: manyKeys("two") }),
        upstreamEntry("three", "gemini", well.url),
      ]);
      expect((await ask(gateway)).status).toBe(200);
      const { attempts } = await gateway.record(1);
      expect(attempts.map(({ upstreamId }) => upstreamId)).toEqual([...Array(14).fill("one"), "two", "three"]);
    }
  });

  test("an upstream without keys is called without one", async () => {
    const one = simulator();
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", one.url, { keys: [] })]);
    expect((await ask(gateway)).status).toBe(200);
    expect(one.requests[0]?.key).toBe("");
  });
});

describe("when nothing is left", () => {
  for (const protocol of PROTOCOLS) {
    test(`${protocol}: without an upstream the answer is 503 and the seed's words`, async () => {
      for (const upstreams of [[], [upstreamEntry("off", protocol, "http://127.0.0.1:1", { enabled: false })]]) {
        const gateway = await gatewayFor(upstreams);
        const answer = await ask(gateway, protocol);
        expect(answer.status).toBe(503);
        expect(errorOf(protocol, answer.text)?.message).toBe("No available upstreams");
        expect(answer.headers.get("x-apirouter-all-upstreams-failed")).toBeNull();
        expect((await gateway.record(1)).outcome).toBe("no-upstream-available");
      }
    });

    test(`${protocol}: with every breaker open the rest is told when to come back, at once and unasked upstream`, async () => {
      const one = simulator({ status: 500 });
      const gateway = await gatewayFor([upstreamEntry("one", OTHER_FORMAT[protocol], one.url)], {
        failover: { all_open: "fail_fast" },
      });
      for (let i = 0; i < 3; i++) await ask(gateway, protocol);
      const startedMs = performance.now();
      const answer = await ask(gateway, protocol);
      expect(performance.now() - startedMs).toBeLessThan(100);
      expect(one.requestCount).toBe(3);
      expect(answer.status).toBe(503);
      expect(errorOf(protocol, answer.text)?.message).toBe("No available upstreams");
      expect(Number(answer.headers.get("retry-after"))).toBeWithin(50, 61);
      expect(answer.headers.get("x-should-retry")).toBe("true");
    });
  }

  test("with every breaker open one request at a time probes, and its success lets all others in again", async () => {
    const one = simulator({ status: 500 });
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url)]);
    for (let i = 0; i < 3; i++) await ask(gateway);
    expect(await openBreakers(gateway)).toEqual(["upstream one"]);
    one.clearRequests();
    one.setPlan({ stallBeforeHeadMs: 100 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(gateway)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 503)).toHaveLength(19);
    expect(one.requests).toHaveLength(1);
    expect((await ask(gateway)).status).toBe(200);
    expect(await openBreakers(gateway)).toEqual([]);
  });

  test("keys that rest are not probed: their time is told instead", async () => {
    const one = simulator({ error: "rate", headers: { "retry-after": "20" } });
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url)]);
    await ask(gateway);
    const count = one.requestCount;
    const answer = await ask(gateway);
    expect(one.requestCount).toBe(count);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeWithin(15, 21);
  });
});

describe("when every attempt has failed", () => {
  interface Failure {
    readonly name: string;
    /** One plan per upstream. */
    readonly plans: readonly SimPlan[];
    readonly status: number | Partial<Record<ProtocolId, number>>;
    readonly message?: RegExp;
    readonly attempts: number;
    readonly check?: (answer: ClientAnswer) => void;
  }

  const FAILURES: readonly Failure[] = [
    {
      name: "the last upstream's status and words",
      plans: [{ status: 502 }, { status: 520, errorMessage: "the last words" }],
      status: 520,
      message: /the last words/,
      attempts: 2,
    },
    {
      name: "all refused to connect",
      plans: [{ cutBeforeHead: "rst" }, { cutBeforeHead: "rst" }],
      status: 502,
      attempts: 2,
    },
    {
      name: "refused keys are not shown as the client's fault",
      plans: [{ error: "auth" }, { error: "auth" }],
      status: 502,
      attempts: 2,
      check: (answer) => expect(answer.headers.get("x-apirouter-upstream-status")).toMatch(/^40[01]$/),
    },
    {
      name: "forbidden and unpaid keys neither",
      plans: [{ error: "forbidden" }],
      status: 502,
      attempts: 1,
      check: (answer) => expect(answer.headers.get("x-apirouter-upstream-status")).toBe("403"),
    },
    {
      name: "limits everywhere are 429 with the shortest wait",
      plans: [
        { error: "rate", headers: { "retry-after": "40" } },
        { error: "rate", headers: { "retry-after": "20" } },
      ],
      status: 429,
      attempts: 2,
      check: (answer) => {
        expect(Number(answer.headers.get("retry-after"))).toBeWithin(15, 21);
        expect(answer.headers.get("x-should-retry")).toBe("true");
      },
    },
    {
      name: "a wait that no client should sit out is told with advice against it",
      plans: [{ error: "rate", headers: { "retry-after": "600" } }],
      status: 429,
      attempts: 1,
      check: (answer) => {
        expect(Number(answer.headers.get("retry-after"))).toBeWithin(590, 601);
        expect(answer.headers.get("x-should-retry")).toBe("false");
      },
    },
    {
      name: "a refused request goes back at once, whatever else there is",
      plans: [{ error: "invalid", errorMessage: "messages.3: odd" }, {}],
      status: 400,
      message: /messages\.3: odd/,
      attempts: 1,
    },
    {
      name: "a refused request is the truth even after another upstream was down",
      plans: [{ status: 500 }, { error: "invalid", errorMessage: "messages.3: odd" }],
      status: 400,
      message: /messages\.3: odd/,
      attempts: 2,
    },
    {
      name: "a context that is too long keeps the words that clients look for",
      plans: [{ error: "context_length" }, {}],
      status: 400,
      message: /prompt is too long: 250000 tokens > 200000 maximum/,
      attempts: 1,
    },
    {
      name: "overload is 529 for those who know it",
      plans: [{ error: "overloaded" }, { error: "overloaded" }],
      status: { anthropic: 529, "openai-chat": 503, "openai-responses": 503, gemini: 503 },
      attempts: 2,
    },
    {
      name: "an unknown model is 404",
      plans: [{ error: "not_found" }, { error: "not_found" }],
      status: 404,
      attempts: 2,
    },
  ];

  for (const failure of FAILURES) {
    for (const protocol of PROTOCOLS) {
      for (const stream of [false, true]) {
        test(`${protocol}, ${stream ? "streamed" : "whole"}: ${failure.name}`, async () => {
          const formats = [OTHER_FORMAT[protocol], protocol];
          const entries = failure.plans.map((plan, i) =>
            upstreamEntry(`up-${i}`, formats[i % 2] as ProtocolId, simulator(plan).url, { priority: i }),
          );
          const gateway = await gatewayFor(entries, { failover: { max_attempts: failure.attempts } });
          const answer = await send(gateway.url, clientCall(protocol, { stream }));
          const status = typeof failure.status === "number" ? failure.status : failure.status[protocol];
          expect([answer.status, answer.text]).toEqual([status as number, answer.text]);
          expect(answer.headers.get("content-type")).toStartWith("application/json");
          const error = errorOf(protocol, answer.text);
          expect(error).toBeDefined();
          if (failure.message) expect(error?.message).toMatch(failure.message);
          expect(answer.headers.get("x-apirouter-all-upstreams-failed")).toBe("1");
          const record = await gateway.record(1);
          expect(record.attempts).toHaveLength(failure.attempts);
          expect(answer.headers.get("x-apirouter-upstream-id")).toBe(record.attempts.at(-1)?.upstreamId as string);
          expect(record.status).toBe(answer.status);
          expect(record.id).toBe(answer.headers.get("x-request-id") as string);
          failure.check?.(answer);
        });
      }
    }
  }

  test("the upstream's refusal of its key is shown when the operator wants it so", async () => {
    for (const [error, status] of [
      ["auth", 401],
      ["forbidden", 403],
      ["quota", 402],
    ] as const) {
      const gateway = await gatewayFor([upstreamEntry("one", "anthropic", simulator({ error }).url)], {
        failover: { pass_upstream_auth_errors: true },
      });
      expect((await ask(gateway)).status).toBe(status);
    }
  });

  test("a client elsewhere is not told the names of upstreams", async () => {
    const gateway = await gatewayFor([upstreamEntry("secret-name", "anthropic", simulator({ status: 500 }).url)], {
      allow_anonymous_lan: true,
    });
    const answer = await ask(gateway, "anthropic", { "x-forwarded-for": "10.0.0.7" });
    expect(answer.status).toBe(500);
    expect(answer.text + JSON.stringify([...answer.headers])).not.toContain("secret-name");
  });

  test("an only upstream that is overloaded for a moment is asked again instead of failing", async () => {
    let turn = 0;
    const one = simulator(() => (turn++ === 0 ? { error: "overloaded" } : {}));
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", one.url)]);
    expect((await ask(gateway)).status).toBe(200);
    expect(one.requestCount).toBe(2);
  });
});
