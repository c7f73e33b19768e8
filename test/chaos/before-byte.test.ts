// Faults before any byte of an answer (F1 to F10): nothing was received, so the next upstream can always be asked.

import { afterEach, describe, expect, test } from "bun:test";
import { createServer as createTlsServer } from "node:tls";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { testCertificate } from "../../src/upstream/http1/test-support.ts";
import { clientCall, errorOf, PROTOCOLS, send } from "../e2e/support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "../e2e/support/upstreams.ts";
import { type FaultStep, startFaultServer } from "../support/fault-server.ts";
import { startGateway } from "../support/gateway.ts";
import { type BlackHole, openBlackHole } from "./support/black-hole.ts";
import { toldTypes } from "./support/error-kinds.ts";
import { CLOSED_URL } from "./support/faulty-upstream.ts";
import { renderAnswer } from "./support/rendered-answer.ts";
import { type EarlyFault, expectPassedOver, expectTold } from "./support/scene.ts";
import { breakerRows, faultsOfGood, GOOD, walkOf } from "./support/seen.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const DOWN = { breaker: "upstream", told: { status: 502, kind: "upstream" } } as const;
const IMPATIENT = { timeouts: { connect_ms: 150 } };

/** Both questions for one fault. */
function ask(title: string, prepare: () => EarlyFault | Promise<EarlyFault>): void {
  test(`${title}: the next upstream answers`, async () => expectPassedOver(await prepare()), 20_000);
  test(`${title}: alone it is told`, async () => expectTold(await prepare()), 20_000);
}

ask("F1 a refused connection", () => ({ failing: { closed: true }, outcome: "connect_refused", ...DOWN }));
ask("F1 a connection that is reset as it is accepted", () => ({
  failing: { refusing: true },
  outcome: "empty_response",
  ...DOWN,
}));
ask("F2 a name that does not exist", () => ({
  failing: { url: "http://nope.invalid" },
  outcome: "dns_error",
  ...DOWN,
}));

test("F3 a name with a dead first address is reached at the second one, within the same attempt", async () => {
  // `localhost` stands for ::1 and 127.0.0.1; the upstream listens at the latter only.
  const upstream = startSimulator({ plan: { answer: GOOD } });
  closers.push(() => upstream.stop());
  for (const client of PROTOCOLS) {
    const url = upstream.url.replace("127.0.0.1", "localhost");
    const gateway = await startGateway({ upstreams: [upstreamEntry("one", OTHER_FORMAT[client], url)] });
    closers.push(() => gateway.stop());
    const call = clientCall(client, { stream: true });
    expect(faultsOfGood(call, await send(gateway.url, call))).toEqual([]);
    expect(walkOf(await gateway.record(1))).toBe("one ok");
    expect(await breakerRows(gateway.url)).toEqual([]);
  }
});

for (const certificate of ["localhost", "expired", "wrong-name"] as const) {
  const name = certificate === "localhost" ? "from an unknown authority" : certificate;
  ask(`F4 a certificate that is ${name}`, async () => {
    const seen: string[] = [];
    const server = createTlsServer(testCertificate(certificate), (socket) =>
      socket.on("data", (bytes) => seen.push(String(bytes))),
    );
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(
      () => server.close(),
      () => expect(seen).toEqual([]), // not a byte of a request was shown to a server that cannot prove who it is
    );
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    return { failing: { url: `https://localhost:${port}` }, outcome: "tls_error", ...DOWN };
  });
}

ask("F5 a plain server behind an https address", () => {
  const plain = startFaultServer(() => [
    { recv: 1 },
    { write: "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" },
    { fin: true },
  ]);
  closers.push(() => plain.stop());
  return { failing: { url: plain.url.replace("http:", "https:") }, outcome: "tls_error", ...DOWN };
});
ask("F5 a TLS handshake that stalls", () => {
  const silent = startFaultServer(() => [{ stall: true }]);
  closers.push(() => silent.stop());
  const url = silent.url.replace("http:", "https:");
  return { failing: { url }, outcome: "connect_timeout", settings: IMPATIENT, ...DOWN };
});

const hole: BlackHole | undefined = await openBlackHole();
if (!hole) console.log("SKIPPED: F6 needs a listening socket that accepts nothing, which this system does not give");
describe.skipIf(!hole)("in a black hole", () => {
  ask("F6 a connection that is never accepted", () => ({
    failing: { url: `http://127.0.0.1:${hole?.port}` },
    outcome: "connect_timeout",
    settings: IMPATIENT,
    ...DOWN,
  }));
});

/** HAProxy and Google's front ends say so before they close an idle connection. */
const IDLE_END: FaultStep = {
  write:
    "HTTP/1.0 408 Request Time-out\r\nconnection: close\r\ncontent-type: text/html\r\n\r\n<h1>408 Request Time-out</h1>",
};
const STALE: readonly (readonly [name: string, steps: readonly FaultStep[]])[] = [
  ["rst", [{ rst: true }]],
  ["fin", [{ fin: true }]],
  ["408 and fin", [IDLE_END, { fin: true }]],
  ["408 and rst", [IDLE_END, { rst: true }]],
];
for (const [end, steps] of STALE) {
  test(`F7 a kept connection that is stale (${end}) is replaced within the attempt, unseen by client and breaker`, async () => {
    for (const client of PROTOCOLS) {
      const answer = await renderAnswer(client, true);
      const upstream = startFaultServer((connection) => [
        { recv: "body" },
        { write: answer.http },
        { recv: "body" },
        ...(connection === 0 ? steps : [{ write: answer.http }]),
      ]);
      const gateway = await startGateway({ upstreams: [upstreamEntry("one", client, upstream.url)] });
      closers.push(
        () => upstream.stop(),
        () => gateway.stop(),
      );
      const call = clientCall(client, { stream: true });
      for (const n of [1, 2]) {
        expect(faultsOfGood(call, await send(gateway.url, call))).toEqual([]);
        expect(walkOf(await gateway.record(n))).toBe("one ok");
      }
      expect({ connections: upstream.connections.length, requests: upstream.requestCount }).toEqual({
        connections: 2,
        requests: 3,
      });
      expect(await breakerRows(gateway.url)).toEqual([]);
    }
  });
}

for (const how of ["fin", "rst"] as const) {
  ask(`F8 a fresh connection that ends (${how}) before the head`, () => ({
    failing: { plan: { cutBeforeHead: how } },
    outcome: "empty_response",
    ...DOWN,
  }));
}

describe("F9 an upstream that takes none of a long request", () => {
  const LONG = "long words ".repeat(900_000);

  for (const client of PROTOCOLS) {
    test(`F9 ${client}: is left for the next one, and alone is told as a timeout`, async () => {
      const deaf = startFaultServer(() => [{ deaf: true }, { stall: true }]);
      const two = startSimulator({ plan: { answer: GOOD } });
      const quick = { timeouts: { idle_ms: 150, first_byte_ms: 20_000, request_ms: 20_000 } };
      const one = (format: ProtocolId) => upstreamEntry("one", format, deaf.url, { priority: 1, ...quick });
      closers.push(
        () => deaf.stop(),
        () => two.stop(),
      );
      for (const [stream, format] of [
        [true, client],
        [false, OTHER_FORMAT[client]],
      ] as const) {
        const call = clientCall(client, { stream, prompt: LONG });
        const both = await startGateway({
          upstreams: [one(format), upstreamEntry("two", client, two.url, { priority: 2 })],
        });
        const alone = await startGateway({ upstreams: [one(format)] });
        closers.push(
          () => both.stop(),
          () => alone.stop(),
        );
        expect(faultsOfGood(call, await send(both.url, call))).toEqual([]);
        expect(walkOf(await both.record(1))).toBe("one write_stall, two ok");
        expect(await breakerRows(both.url)).toMatchObject([{ scope: "upstream", id: "one", failures: 1 }]);
        const told = await send(alone.url, call);
        expect([told.status, toldTypes("timeout", client)]).toEqual([504, [errorOf(client, told.text)?.type ?? ""]]);
      }
    }, 60_000);
  }
});

describe("F10 an outbound proxy", () => {
  for (const [name, proxyUrl] of [
    ["that refuses connections", () => CLOSED_URL],
    [
      "that answers 407",
      () => {
        const proxy = startFaultServer(() => [
          { recv: "headers" },
          {
            write:
              "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n",
          },
          { fin: true },
        ]);
        closers.push(() => proxy.stop());
        return proxy.url;
      },
    ],
  ] as const) {
    test(`F10 ${name} is not blamed on any upstream`, async () => {
      const proxy = proxyUrl();
      for (const scheme of ["http", "https"] as const) {
        const gateway = await startGateway({
          upstreams: [
            upstreamEntry("one", "anthropic", `${scheme}://one.invalid`, { priority: 1 }),
            upstreamEntry("two", "openai-chat", `${scheme}://two.invalid`, { priority: 2 }),
          ],
          config: PATIENT,
          env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy },
        });
        closers.push(() => gateway.stop());
        for (const client of PROTOCOLS) {
          const answer = await send(gateway.url, clientCall(client, { stream: true }));
          expect(answer.status).toBe(502);
        }
        const record = await gateway.record(PROTOCOLS.length);
        expect(walkOf(record)).toBe("one proxy_error, two proxy_error");
        expect(await breakerRows(gateway.url)).toEqual([]);
      }
    });
  }
});
