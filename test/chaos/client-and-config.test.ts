// Faults of clients and operators while requests run (F66, F69). F67 and F68 are in test/e2e: see docs/reliability.md.

import { afterEach, describe, expect, test } from "bun:test";
import { createConnection, type Socket } from "node:net";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { answerText, clientCall, PROTOCOLS, send, streamViolations } from "../e2e/support/client-calls.ts";
import { visit } from "../e2e/support/raw-visitor.ts";
import { OTHER_FORMAT, upstreamEntry } from "../e2e/support/upstreams.ts";
import { until } from "../e2e/support/waiting.ts";
import { startGateway } from "../support/gateway.ts";
import { rawRequest } from "../support/raw-client.ts";
import { openBlackHole } from "./support/black-hole.ts";
import { breakerRows, walkOf } from "./support/seen.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const hole = await openBlackHole();
describe.skipIf(!hole)("while the upstream is being connected to", () => {
  for (const client of PROTOCOLS) {
    test(`F66 ${client}: a client that leaves ends the attempt at once, and blames nobody`, async () => {
      const two = startSimulator({});
      const gateway = await startGateway({
        upstreams: [
          upstreamEntry("one", client, `http://127.0.0.1:${hole?.port}`, { priority: 1 }),
          upstreamEntry("two", client, two.url, { priority: 2 }),
        ],
      });
      closers.push(
        () => two.stop(),
        () => gateway.stop(),
      );
      const visitor = visit(gateway.url, clientCall(client, { stream: true }));
      await Bun.sleep(300); // the attempt hangs in its connect, which nothing shows outside
      visitor.leave("rst");
      const record = await gateway.record(1);
      expect(record).toMatchObject({ status: 499, outcome: "client_closed" });
      expect(record.durationMs).toBeLessThan(3000);
      expect(walkOf(record)).toBe("one client_closed");
      expect(two.requestCount).toBe(0);
      expect(await breakerRows(gateway.url)).toEqual([]);
    });
  }
});

test("F66 a client that is gone as soon as it has asked is noted as gone, not as one without a key", async () => {
  const upstream = startSimulator({});
  const gateway = await startGateway({ upstreams: [upstreamEntry("one", "anthropic", upstream.url)] });
  closers.push(
    () => upstream.stop(),
    () => gateway.stop(),
  );
  const { path, body } = clientCall("anthropic", { stream: true });
  const ask = (socket: Socket) => {
    socket.write(rawRequest(path, body));
    socket.resetAndDestroy();
  };
  for (let at = 0; at < 20; at++) {
    const socket = createConnection({ host: "127.0.0.1", port: Number(new URL(gateway.url).port) });
    socket.on("connect", () => ask(socket));
    socket.on("error", () => undefined);
  }
  await gateway.record(20);
  expect(gateway.records.map(({ status }) => status)).toEqual(Array(20).fill(499));
  expect(upstream.requestCount).toBe(0);
});

test("F69 a save that removes an upstream under a hundred open streams cuts none of them, and counts for the next", async () => {
  const text = "one two three four five six seven eight nine ten ".repeat(4);
  const old = startSimulator({ plan: { answer: { text, chunkSize: 8 }, eventDelayMs: 15 } });
  const fresh = startSimulator({ plan: { answer: { text: "fresh" } } });
  const gateway = await startGateway({ upstreams: [upstreamEntry("old", "anthropic", old.url)] });
  closers.push(
    () => old.stop(),
    () => fresh.stop(),
    () => gateway.stop(),
  );
  const calls = Array.from({ length: 100 }, (_, at) =>
    clientCall(PROTOCOLS[at % PROTOCOLS.length] ?? "anthropic", { stream: true }),
  );
  const running = calls.map((call) => send(gateway.url, call));
  await until("all streams run", () => old.requests.filter(({ eventsSent }) => eventsSent > 3).length === 100);
  const saved = await fetch(`${gateway.url}/admin/config`, {
    method: "POST",
    headers: { "x-admin-password": "admin" },
    body: JSON.stringify({ upstreams: [upstreamEntry("fresh", OTHER_FORMAT.anthropic, fresh.url)] }),
  });
  expect(saved.status).toBe(200);
  expect(old.requests.filter(({ finishedAt }) => finishedAt !== undefined).length).toBeLessThan(100);
  const next = clientCall("anthropic", { stream: false });
  expect(answerText(next, (await send(gateway.url, next)).text)).toBe("fresh");
  const answers = await Promise.all(running);
  for (const [at, answer] of answers.entries()) {
    const call = calls[at] as (typeof calls)[number];
    expect(answerText(call, answer.text)).toBe(text);
    expect(streamViolations(call.protocol, answer.text)).toEqual([]);
  }
  await gateway.record(101);
  expect(gateway.records.filter(({ outcome }) => outcome !== "ok")).toEqual([]);
}, 20_000);
