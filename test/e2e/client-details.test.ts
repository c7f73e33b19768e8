// Details of the wire that clients depend on (clients.md, sections 0 and 9) and that no other test looks at.

import { describe, expect, test } from "bun:test";
import type { SimPlan } from "../../src/simulator/script.ts";
import { rawExchange, splitAnswer } from "../support/raw-client.ts";
import { setStage } from "../support/stage.ts";
import { answerText, clientCall, errorOf, PROTOCOLS, send, streamViolations } from "./support/client-calls.ts";
import { OTHER_FORMAT, PATIENT, upstreamEntry } from "./support/upstreams.ts";

const { gatewayFor, simulator } = setStage();

/** Keep-alives; Responses repeats an event that every answer has once. */
const KEPT_ALIVE = {
  anthropic: /event: ping/g,
  "openai-chat": /(^|\n\n): /g,
  "openai-responses": /event: response\.in_progress/g,
  gemini: /(^|\n\n): /g,
};

describe("streams", () => {
  for (const client of PROTOCOLS) {
    for (const format of [client, OTHER_FORMAT[client]]) {
      test(`${client} from ${format}: nothing on the way may buffer or pack them`, async () => {
        const gateway = await gatewayFor([upstreamEntry("one", format, simulator({ answer: { text: "hi" } }).url)]);
        const packed = { "accept-encoding": "gzip, br, zstd, deflate" };
        const { headers } = await send(gateway.url, clientCall(client, { stream: true }), packed);
        expect(headers.get("content-type")).toStartWith("text/event-stream");
        expect(headers.get("x-accel-buffering")).toBe("no");
        expect(headers.get("content-encoding")).toBeNull();
        expect(headers.get("cache-control")).toContain("no-cache");
      });

      test(`${client} from ${format}: keep-alives stand between events, also while one arrives in pieces`, async () => {
        const text = "A sentence that is long enough to be cut.";
        const slow: SimPlan = {
          answer: { text, chunkSize: 12 },
          drip: { bytes: client === "openai-responses" ? 75 : 45, everyMs: 25 },
        };
        const gateway = await gatewayFor([upstreamEntry("one", format, simulator(slow).url)], {
          keep_alive_ms: 20,
          commit_hold_ms: 20,
        });
        const call = clientCall(client, { stream: true });
        const answer = await send(gateway.url, call);
        expect(answerText(call, answer.text)).toBe(text);
        expect(streamViolations(client, answer.text)).toEqual([]);
        expect(answer.text.match(KEPT_ALIVE[client])?.length).toBeGreaterThan(client === "openai-responses" ? 1 : 0);
      });
    }
  }
});

describe("an upstream's own trouble", () => {
  const faults: readonly (readonly [number, number])[] = [
    [401, 502],
    [403, 502],
    [408, 504],
    [425, 504],
  ];
  test("is never told as a bad key or a slow client", async () => {
    for (const [status, told] of faults) {
      for (const client of PROTOCOLS) {
        const refusing = simulator({ status, body: { error: { message: "no", type: "x" } } });
        const gateway = await gatewayFor([upstreamEntry("one", client, refusing.url)], {
          ...PATIENT,
          failover: { agent_rounds: 1, max_attempts: 1 },
        });
        for (const agent of [{}, { "user-agent": "codex_cli_rs/0.169.0" }] as Record<string, string>[]) {
          const answer = await send(gateway.url, clientCall(client, { stream: true }), agent);
          expect([client, status, answer.status]).toEqual([client, status, told]);
          expect(errorOf(client, answer.text)).toBeDefined();
        }
      }
    }
  });

  test("of too many requests comes with a time to wait, also where the upstream named none", async () => {
    for (const client of PROTOCOLS) {
      const gateway = await gatewayFor([upstreamEntry("one", client, simulator({ error: "rate" }).url)], {
        ...PATIENT,
        failover: { agent_rounds: 1, max_attempts: 1 },
      });
      for (const stream of [true, false]) {
        const answer = await send(gateway.url, clientCall(client, { stream }), {
          "user-agent": "codex_cli_rs/0.169.0",
        });
        expect([client, stream, answer.status]).toEqual([client, stream, 429]);
        expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      }
    }
  });
});

describe("routes", () => {
  test("a WebSocket upgrade gets 426 under every spelling of /responses, and the next request is served", async () => {
    const gateway = await gatewayFor([upstreamEntry("one", "openai-responses", simulator({}).url)]);
    const port = Number(new URL(gateway.url).port);
    for (const path of ["/v1/responses", "/responses", "/v1/v1/responses/", "/v1/responses?x=y"]) {
      const raw =
        `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n` +
        "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
      const answer = splitAnswer(await rawExchange(port, raw, { until: (text) => text.includes("}}") }));
      expect([path, answer.status]).toEqual([path, 426]);
      expect(errorOf("openai-responses", answer.body)).toBeDefined();
    }
    expect((await send(gateway.url, clientCall("openai-responses", { stream: false }))).status).toBe(200);
  });

  test("token counts of Responses are served bare and doubled too", async () => {
    const gateway = await gatewayFor([upstreamEntry("one", "openai-chat", simulator({}).url)]);
    for (const path of ["/v1/responses/input_tokens", "/responses/input_tokens", "/v1/v1/responses/input_tokens/"]) {
      const response = await fetch(gateway.url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "m", input: "hello there" }),
      });
      expect([path, response.status]).toEqual([path, 200]);
      expect(((await response.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(0);
    }
  });
});

describe("browsers", () => {
  const KEY = "sk-9f2KcQ7sJ1xW3mZpL0aV";
  const page = { origin: "https://chat.example" };

  test("get a preflight answer without a key, and may read what SDKs read, on streams and errors as well", async () => {
    const gateway = await gatewayFor([upstreamEntry("one", "anthropic", simulator({}).url)], {
      access_control_enabled: true,
      client_keys: [{ key: KEY, name: "k", enabled: true }],
    });
    const wanted = "authorization,content-type,x-api-key,x-goog-api-key,anthropic-version,x-stainless-os";
    for (const client of PROTOCOLS) {
      const call = clientCall(client, { stream: true });
      const preflight = await fetch(gateway.url + call.path, {
        method: "OPTIONS",
        headers: {
          ...page,
          "access-control-request-method": "POST",
          "access-control-request-headers": wanted,
          "access-control-request-private-network": "true",
        },
      });
      expect(preflight.status).toBe(204);
      expect(Object.fromEntries(preflight.headers)).toMatchObject({
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET,POST,HEAD,OPTIONS",
        "access-control-allow-headers": wanted,
        "access-control-max-age": "86400",
      });
      expect(preflight.headers.get("access-control-allow-private-network")).toBeNull();
      for (const headers of [{ ...page, "x-api-key": KEY }, page] as Record<string, string>[]) {
        const answer = await send(gateway.url, call, headers);
        expect(answer.status).toBe("x-api-key" in headers ? 200 : 401);
        expect(answer.headers.get("access-control-allow-origin")).toBe("*");
        const exposed = answer.headers.get("access-control-expose-headers") ?? "";
        for (const name of ["request-id", "x-request-id", "retry-after", "retry-after-ms", "x-should-retry"])
          expect(exposed.split(", ")).toContain(name);
      }
    }
  });
});
