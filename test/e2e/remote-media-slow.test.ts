// Clients while their remote media are fetched: kept alive like before a silent upstream, told in time, not waited for
// when they leave. And upstreams, whose own limits begin when they are asked.

import { describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { MediaFetcher, MediaResult } from "../../src/upstream/media/media-fetcher.ts";
import { startGateway } from "../support/gateway.ts";
import { setStage } from "../support/stage.ts";
import { answerText, clientCall, send, startCount, streamViolations } from "./support/client-calls.ts";
import { upstreamEntry } from "./support/upstreams.ts";
import { until } from "./support/waiting.ts";

const { simulator, closeLater } = setStage();

const URL = "https://pictures.example/a.png";
const PICTURE: MediaResult = { ok: true, mediaType: "image/png", base64: "iVBORw0KGgo=", bytes: 8 };

/** What a user says in each protocol that has pictures by URL. */
const WITH_PICTURE: Partial<Record<ProtocolId, object>> = {
  anthropic: {
    messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: URL } }] }],
  },
  "openai-chat": { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: URL } }] }] },
  "openai-responses": { input: [{ role: "user", content: [{ type: "input_image", image_url: URL, detail: "auto" }] }] },
};
const CLIENTS = Object.keys(WITH_PICTURE) as ProtocolId[];

function picturing(protocol: ProtocolId, stream: boolean) {
  const call = clientCall(protocol, { stream });
  return { ...call, body: { ...call.body, ...WITH_PICTURE[protocol] } };
}

/** A fetcher that answers when it is told to. */
function slowFetcher() {
  const { promise, resolve } = Promise.withResolvers<MediaResult>();
  const state = { asked: 0, aborted: 0, come: () => resolve(PICTURE) };
  const fetcher: MediaFetcher = {
    fetch(_request, signal) {
      state.asked += 1;
      return new Promise((done) => {
        void promise.then(done);
        signal.addEventListener("abort", () => {
          state.aborted += 1;
          done({ ok: false, error: "aborted" });
        });
      });
    },
  };
  return { state, fetcher };
}

async function scene(config: object = {}, settings: object = {}) {
  const { state, fetcher } = slowFetcher();
  const upstream = simulator({ answer: { text: "A picture." } });
  const gateway = await startGateway({
    upstreams: [upstreamEntry("up", "gemini", upstream.url, settings)],
    config: { remote_media: { inline: true }, breaker: { failure_threshold: 1 }, ...config },
    app: { mediaFetcher: fetcher },
  });
  closeLater(() => gateway.stop());
  return { media: state, upstream, gateway };
}

describe("while its media are fetched, a client", () => {
  for (const protocol of CLIENTS) {
    test(`${protocol}: has its stream opened and kept alive, and then gets its answer`, async () => {
      const { media, upstream, gateway } = await scene({ commit_hold_ms: 50, keep_alive_ms: 50 });
      const call = picturing(protocol, true);
      const response = await fetch(gateway.url + call.path, { method: "POST", body: JSON.stringify(call.body) });
      expect([response.status, media.asked, upstream.requestCount]).toEqual([200, 1, 0]);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      let text = "";
      let pieces = 0;
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        text += Buffer.from(next.value).toString();
        pieces += 1;
        // The opening and two keep-alives: the silence is filled for as long as it lasts.
        if (pieces === 3) media.come();
      }
      expect(answerText(call, text)).toBe("A picture.");
      expect(streamViolations(protocol, text)).toEqual([]);
      expect(startCount(protocol, text)).toBe(1);
      expect(Buffer.from(upstream.requests[0]?.body ?? []).toString()).toContain("iVBORw0KGgo=");
    });

    for (const stream of [false, true])
      test(`${protocol}: is told before its own time limit is over, ${stream ? "streamed" : "whole"}`, async () => {
        const { media, upstream, gateway } = await scene();
        const answer = await send(gateway.url, picturing(protocol, stream), { "x-stainless-timeout": "1" });
        expect(answer.status).toBe(504);
        const record = await gateway.record(1);
        expect([record.outcome, record.attempts.map(({ outcome }) => outcome)]).toEqual([
          "gateway-deadline",
          ["deadline"],
        ]);
        expect([media.aborted, upstream.requestCount]).toEqual([1, 0]);
        media.come();
        expect((await send(gateway.url, picturing(protocol, stream))).status).toBe(200);
      });
  }

  test("is told within the request's limit", async () => {
    const { media, gateway } = await scene({ timeouts: { request_ms: 300 } });
    expect((await send(gateway.url, picturing("anthropic", false))).status).toBe(504);
    expect(media.aborted).toBe(1);
  });

  test("may leave: the fetch is given up, and nobody is asked", async () => {
    const { media, upstream, gateway } = await scene();
    const leaving = new AbortController();
    const { path, body } = picturing("anthropic", true);
    const left = fetch(gateway.url + path, { method: "POST", body: JSON.stringify(body), signal: leaving.signal });
    const gone = left.catch(() => undefined);
    await until("the picture is asked for", () => media.asked === 1);
    leaving.abort();
    await gone;
    expect((await gateway.record(1)).status).toBe(499);
    expect([media.aborted, upstream.requestCount]).toEqual([1, 0]);
  });
});

test("an upstream's own limits begin when it is asked", async () => {
  for (const stream of [false, true]) {
    const timeouts = stream ? { first_byte_ms: 200, first_content_ms: 200 } : { request_ms: 200 };
    const { media, gateway } = await scene({ commit_hold_ms: 10_000 }, { timeouts });
    const answer = send(gateway.url, picturing("anthropic", stream));
    await until("the picture is asked for", () => media.asked === 1);
    setTimeout(media.come, 500);
    expect((await answer).status).toBe(200);
    expect((await gateway.record(1)).outcome).toBe("ok");
  }
});
