// Clocks that jump, descriptors that run out, herds, storms, circles and blocked event loops (F72).

import { afterEach, describe, expect, setSystemTime, test } from "bun:test";
import { readdirSync } from "node:fs";
import type { PlanSource } from "../../src/simulator/script.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { clientCall, errorOf, PROTOCOLS, send } from "../e2e/support/client-calls.ts";
import { createDataDir, removeDataDir, startProgram } from "../e2e/support/program.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "../e2e/support/upstreams.ts";
import { until } from "../e2e/support/waiting.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { rawExchange, rawRequest } from "../support/raw-client.ts";
import { breakerRows, faultsOfGood, GOOD, PLAIN_CLIENT } from "./support/seen.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  setSystemTime();
  for (const close of closers.splice(0).reverse()) await close();
});

function simulator(plan: PlanSource = { answer: GOOD }): Simulator {
  const started = startSimulator({ plan });
  closers.push(() => started.stop());
  return started;
}

async function gatewayFor(upstreams: readonly object[], config: object = {}): Promise<TestGateway> {
  const started = await startGateway({ upstreams, config });
  closers.push(() => started.stop());
  return started;
}

const CALL = clientCall("anthropic", { stream: false });
const HOUR = 3_600_000;

describe("F72a a wall clock that jumps", () => {
  for (const jumpMs of [HOUR, -HOUR, 24 * HOUR, -24 * HOUR]) {
    test(`F72a by ${jumpMs / HOUR} hours neither shortens nor lengthens a rest, and cuts no stream`, async () => {
      const one = simulator({ error: "rate", headers: { "retry-after": "100" } });
      const two = simulator({ answer: GOOD, eventDelayMs: 3 });
      const gateway = await gatewayFor([
        upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
        upstreamEntry("two", "openai-chat", two.url, { priority: 2, timeouts: { idle_ms: 2_000 } }),
      ]);
      expect((await send(gateway.url, CALL)).status).toBe(200);
      const call = clientCall("anthropic", { stream: true });
      const running = send(gateway.url, call, PLAIN_CLIENT);
      await until("the stream runs", () => (two.requests[1]?.eventsSent ?? 0) > 3);
      setSystemTime(new Date(Date.now() + jumpMs));
      const [row] = (await breakerRows(gateway.url)).filter(({ state }) => state === "open");
      expect(row?.remainingMs).toBeWithin(90_000, 100_001);
      expect(faultsOfGood(call, await running)).toEqual([]);
      expect((await send(gateway.url, CALL)).status).toBe(200);
      expect(one.requestCount).toBe(1);
      // A date is a hint by the wall clock of now, and believed up to its limit only.
      one.setPlan({ error: "rate", headers: { "retry-after": new Date(Date.now() + 30_000).toUTCString() } });
      const fresh = await gatewayFor([
        upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
        upstreamEntry("two", "openai-chat", two.url, { priority: 2 }),
      ]);
      await send(fresh.url, CALL);
      const [dated] = (await breakerRows(fresh.url)).filter(({ state }) => state === "open");
      expect(dated?.remainingMs).toBeWithin(20_000, 30_001);
    });
  }
});

test("F72b without a descriptor left the fault is ours: 503 with a wait, no upstream blamed, and all is well again after it", async () => {
  const upstream = simulator({ answer: GOOD, stallBeforeHeadMs: 1_500 });
  const dataDir = await createDataDir({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)] });
  closers.push(() => removeDataDir(dataDir));
  const program = startProgram(dataDir, 0, [], ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"]);
  closers.push(() => program.kill("SIGKILL"));
  await program.ready();
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => send(program.url, CALL, PLAIN_CLIENT).catch(() => undefined)),
  );
  const served = answers.filter((answer) => answer !== undefined);
  const refused = served.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const { status, headers, text } of refused) {
    expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
    expect(errorOf("anthropic", text)?.message).toContain("out of connections");
  }
  expect((await breakerRows(program.url)).filter(({ failures, state }) => failures > 0 || state !== "closed")).toEqual(
    [],
  );
  upstream.setPlan({ answer: GOOD });
  await until("descriptors are free again", () => readdirSync(`/proc/${program.pid}/fd`).length < 56, 10_000);
  // The next look at the descriptors, within a second, finds that the shortage is over.
  let status = 503;
  for (let i = 0; i < 100 && status === 503; i++) {
    status = (await send(program.url, CALL)).status;
    await Bun.sleep(20);
  }
  expect(status).toBe(200);
}, 30_000);

describe("F72c connections that do nothing", () => {
  test("F72c thousands of idle ones and slow ones leave the others' service as it is, and nothing behind", async () => {
    const upstream = simulator();
    const dataDir = await createDataDir({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)] });
    closers.push(() => removeDataDir(dataDir));
    const program = startProgram(dataDir);
    closers.push(() => program.kill("SIGKILL"));
    await program.ready();
    for (let i = 0; i < 20; i++) await send(program.url, CALL);
    const files = (): number => readdirSync(`/proc/${program.pid}/fd`).length;
    const [filesBefore, bytesBefore] = [files(), await program.rssBytes()];
    const port = Number(new URL(program.url).port);
    const sockets: Bun.Socket[] = [];
    const answered = new Set<Bun.Socket>();
    const handlers = { data: (socket: Bun.Socket) => void answered.add(socket), error: () => undefined };
    const count = Math.min(10_000, openFileLimit() - 500);
    for (let at = 0; at < count; at += 250) {
      const batch = Array.from({ length: Math.min(250, count - at) }, () =>
        Bun.connect({ hostname: "127.0.0.1", port, socket: handlers }),
      );
      sockets.push(...(await Promise.all(batch)));
    }
    // A tenth of them drips a head that never ends.
    for (const [at, socket] of sockets.entries()) if (at % 10 === 0) socket.write("GET / HTTP/1.1\r\nx-slow: ");
    const startedMs = performance.now();
    for (let i = 0; i < 20; i++) expect((await send(program.url, CALL)).status).toBe(200);
    expect((performance.now() - startedMs) / 20).toBeLessThan(100);
    // Connections to the upstream would be kept for half a minute, and are not what is counted here.
    upstream.setPlan({ headers: { connection: "close" } });
    const asking = sockets.filter((_, at) => at % 10 === 5).slice(0, 100);
    for (const socket of asking) socket.write(rawRequest(CALL.path, CALL.body));
    await until("all of a hundred idle ones are answered", () => asking.every((each) => answered.has(each)), 15_000);
    const perConnection = ((await program.rssBytes()) - bytesBefore) / count;
    expect(perConnection).toBeLessThan(32 * 1024);
    for (const socket of sockets) socket.terminate();
    await until("all are closed", () => files() <= filesBefore + 5, 10_000);
    console.log(`${count} idle connections: ${(perConnection / 1024).toFixed(1)} KiB each`);
  }, 30_000);

  test("F72c when three of four descriptors are in use, answers close their connections, and nobody is refused", async () => {
    const LIMIT = 160;
    const upstream = simulator({ answer: GOOD });
    const dataDir = await createDataDir({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)] });
    closers.push(() => removeDataDir(dataDir));
    const program = startProgram(dataDir, 0, [], ["sh", "-c", `ulimit -n ${LIMIT}; exec "$@"`, "sh"]);
    closers.push(() => program.kill("SIGKILL"));
    await program.ready();
    const files = (): number => readdirSync(`/proc/${program.pid}/fd`).length;
    const kept: Bun.Socket[] = [];
    closers.push(() => kept.forEach((socket) => void socket.terminate()));
    const port = Number(new URL(program.url).port);
    /** Asks on a connection of its own and leaves it open. */
    const ask = async () => {
      const state = { text: "", isClosed: false };
      const data = (_: Bun.Socket, bytes: Buffer) => {
        state.text += bytes.toString();
      };
      const close = () => {
        state.isClosed = true;
      };
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: { data, close, error: () => undefined },
      });
      socket.write(rawRequest(CALL.path, CALL.body));
      await until("the answer is there", () => state.text.includes('"stop_reason"'));
      expect(state.text).toStartWith("HTTP/1.1 200");
      kept.push(socket);
      return state;
    };
    const asksToLeave = ({ text }: { text: string }) => /^connection: close\r$/im.test(text);
    while (files() < LIMIT * 0.7) expect(asksToLeave(await ask())).toBe(false);
    for (let answer = await ask(); !asksToLeave(answer); answer = await ask()) await Bun.sleep(100);
    for (let n = 0; n < LIMIT; n++) {
      const answer = await ask();
      expect(asksToLeave(answer)).toBe(true);
      await until("the connection is closed", () => answer.isClosed);
    }
    for (const socket of kept.splice(0)) socket.terminate();
    await until("there is room again", () => files() < LIMIT * 0.7);
    let last = await ask();
    for (; asksToLeave(last); last = await ask()) await Bun.sleep(100);
    expect(last.isClosed).toBe(false);
  }, 30_000);

  function openFileLimit(): number {
    return Number(Bun.spawnSync(["sh", "-c", "ulimit -n"]).stdout.toString()) || 1_024;
  }
});

test("F72d when an upstream may be tried again, two hundred waiting requests send it one probe, and then more by steps", async () => {
  const one = simulator({ status: 500 });
  const two = simulator({ answer: GOOD, stallBeforeHeadMs: 20 });
  const gateway = await gatewayFor(
    [
      upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
      upstreamEntry("two", "openai-chat", two.url, { priority: 2 }),
    ],
    { breaker: { failure_threshold: 3, open_ms: 250 } },
  );
  for (let i = 0; i < 3; i++) await send(gateway.url, CALL);
  for (;;) {
    const rows = await breakerRows(gateway.url);
    if (rows.every(({ remainingMs }) => remainingMs === 0)) break;
    await Bun.sleep(10);
  }
  one.setPlan({ answer: GOOD, stallBeforeHeadMs: 300 });
  one.clearRequests();
  const herd = await Promise.all(Array.from({ length: 200 }, () => send(gateway.url, CALL)));
  expect(herd.filter(({ status }) => status !== 200)).toEqual([]);
  expect(one.requests).toHaveLength(1);
  // Slow start: with the probe back, a few at a time.
  one.clearRequests();
  const second = await Promise.all(Array.from({ length: 200 }, () => send(gateway.url, CALL)));
  expect(second.filter(({ status }) => status !== 200)).toEqual([]);
  expect(one.requests.length).toBeWithin(1, 100);
  one.setPlan({ answer: GOOD });
  for (let i = 0; i < 30; i++) await send(gateway.url, CALL);
  expect(gateway.records.at(-1)?.upstreamId).toBe("one");
}, 20_000);

test("F72e an upstream that fails two of three times is found out by its share of failures", async () => {
  let turn = 0;
  const one = simulator(() => (turn++ % 3 === 2 ? { answer: GOOD } : { status: 502 }));
  const two = simulator();
  const gateway = await gatewayFor([
    upstreamEntry("one", "anthropic", one.url, { priority: 1 }),
    upstreamEntry("two", "openai-chat", two.url, { priority: 2 }),
  ]);
  for (let i = 0; i < 20; i++) expect((await send(gateway.url, CALL)).status).toBe(200);
  expect((await breakerRows(gateway.url)).filter(({ state }) => state === "open")).toMatchObject([
    { scope: "upstream", id: "one" },
  ]);
  expect(one.requestCount).toBeLessThan(15);
});

for (const protocol of PROTOCOLS) {
  test(`F72f ${protocol}: with everything down and resting the answer comes at once, with the wait`, async () => {
    const upstreams = ["one", "two", "three"].map((id) => upstreamEntry(id, protocol, "http://127.0.0.1:1"));
    const gateway = await gatewayFor(upstreams, { failover: { all_open: "fail_fast" } });
    for (let i = 0; i < 3; i++) await send(gateway.url, clientCall(protocol, { stream: true }), PLAIN_CLIENT);
    expect((await breakerRows(gateway.url)).filter(({ state }) => state === "open")).toHaveLength(3);
    const startedMs = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => send(gateway.url, clientCall(protocol, { stream: true }), PLAIN_CLIENT)),
    );
    expect((performance.now() - startedMs) / 50).toBeLessThan(100);
    for (const { status, headers, text } of answers) {
      expect(status).toBe(503);
      expect(errorOf(protocol, text)?.message).toBe("No available upstreams");
      expect(Number(headers.get("retry-after"))).toBeWithin(50, 61);
      expect(headers.get("x-should-retry")).toBe("true");
    }
    expect((await gateway.record(53)).attempts).toEqual([]);
  });
}

test("F72g a storm over upstreams that all fail is not made worse: one attempt in five on top, and ten a second", async () => {
  const keys = ["sk-upstream-key-0001", "sk-upstream-key-0002"];
  const upstreams = ["one", "two", "three"].map((id) => ({ id, server: simulator({ status: 503 }) }));
  const gateway = await gatewayFor(
    upstreams.map(({ id, server }) => upstreamEntry(id, "anthropic", server.url, { keys })),
    PATIENT,
  );
  const startedMs = performance.now();
  const count = 600;
  for (let sent = 0; sent < count; sent += 50) {
    await Promise.all(Array.from({ length: 50 }, () => send(gateway.url, CALL, PLAIN_CLIENT)));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const asked = upstreams.reduce((total, { server }) => total + server.requestCount, 0);
  // The allowance that had been saved up before the storm comes on top: at most a hundred.
  expect(asked).toBeLessThan(count * 1.2 + 10 * seconds + 100 + 10);
  expect(asked).toBeGreaterThanOrEqual(count);
}, 30_000);

test("F72h a gateway that is its own upstream refuses the circle instead of running in it", async () => {
  const placeholder = simulator();
  const gateway = await gatewayFor([upstreamEntry("self", "anthropic", placeholder.url)], PATIENT);
  for (const [at, format] of PROTOCOLS.entries()) {
    const saved = await fetch(`${gateway.url}/admin/config`, {
      method: "POST",
      headers: { "x-admin-password": "admin" },
      body: JSON.stringify({ upstreams: [upstreamEntry(`self-${at}`, format, gateway.url)] }),
    });
    expect(saved.status).toBe(200);
    const before = gateway.records.length;
    const answer = await send(gateway.url, clientCall(OTHER_FORMAT[format], { stream: true }), PLAIN_CLIENT);
    expect(answer.status).toBe(508);
    expect(gateway.records.length - before).toBeLessThanOrEqual(4);
  }
});

describe("F72i work that blocks the event loop", () => {
  test("F72i new requests are turned away with a wait while it lasts, and served after it", async () => {
    const upstream = simulator();
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", upstream.url)], {
      limits: { max_loop_delay_ms: 200 },
    });
    expect((await send(gateway.url, CALL)).status).toBe(200);
    const during = rawExchange(gateway.app.port, rawRequest(CALL.path, CALL.body), {
      timeoutMs: 5_000,
      until: (text) => text.includes("\r\n\r\n") && text.endsWith("}"),
    });
    await Bun.sleep(0);
    const endMs = performance.now() + 1_200;
    while (performance.now() < endMs); // the whole process stands still, as with a body that is too large
    expect((await during).text).toMatch(/^HTTP\/1\.1 (503|200)/);
    for (let i = 0; i < 50; i++) {
      if ((await send(gateway.url, CALL)).status === 200) return;
      await Bun.sleep(20);
    }
    throw new Error("it never recovered");
  });

  test("F72i a body of 30 MB that has to be converted is read once, and holds nobody up for a second", async () => {
    const upstream = simulator();
    const dataDir = await createDataDir({ upstreams: [upstreamEntry("one", "openai-chat", upstream.url)] });
    closers.push(() => removeDataDir(dataDir));
    const program = startProgram(dataDir);
    closers.push(() => program.kill("SIGKILL"));
    await program.ready();
    await send(program.url, CALL);
    const large = send(program.url, clientCall("anthropic", { stream: true, prompt: "word ".repeat(6_000_000) }));
    let isDone = false;
    let slowestMs = 0;
    const watching = (async () => {
      while (!isDone) {
        const startMs = performance.now();
        await (await fetch(`${program.url}/health`)).text();
        slowestMs = Math.max(slowestMs, performance.now() - startMs);
        await Bun.sleep(5);
      }
    })();
    expect((await large).status).toBe(200);
    isDone = true;
    await watching;
    expect(slowestMs).toBeLessThan(1_500);
    console.log(`30 MB converted: others waited ${Math.round(slowestMs)} ms at most`);
  }, 30_000);
});
