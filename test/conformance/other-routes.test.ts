// Recorded exchanges of routes that generate nothing: token counts, and a route that only one API has.

import { describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { hasRecordings, recordingById } from "../support/recordings.ts";
import { type ClientRequest, HEADERS } from "./client-requests.ts";
import { count, fields } from "./expected/reading.ts";
import { ownRequest, PROTOCOLS, readRecordings } from "./recorded-answers.ts";
import { type ReplayedExchange, startReplayServer } from "./replay-server.ts";

/** How clients count; Chat Completions has no such route. */
const COUNTERS: Readonly<Partial<Record<ProtocolId, { path: string; body: object; field: string }>>> = {
  anthropic: {
    path: "/v1/messages/count_tokens",
    body: { model: "m", messages: [{ role: "user", content: "How long is this?" }] },
    field: "input_tokens",
  },
  "openai-responses": {
    path: "/v1/responses/input_tokens",
    body: { model: "m", input: "How long is this?" },
    field: "input_tokens",
  },
  gemini: {
    path: "/v1beta/models/m:countTokens",
    body: { contents: [{ role: "user", parts: [{ text: "How long is this?" }] }] },
    field: "totalTokens",
  },
};

async function playOnce(upstream: ProtocolId, id: string, request: ClientRequest): Promise<ReplayedExchange> {
  const server = await startReplayServer(upstream);
  try {
    return await server.play(recordingById(id), request);
  } finally {
    await server.stop();
  }
}

for (const upstream of PROTOCOLS) {
  const counts = readRecordings(upstream).filter(({ kind }) => kind === "count");
  describe.skipIf(!hasRecordings || counts.length === 0)(`recorded token counts of ${upstream}`, () => {
    for (const { recording } of counts) {
      const { status, body } = recording.response;
      for (const client of PROTOCOLS) {
        const counter = COUNTERS[client];
        if (!counter) continue;
        test(`${recording.id} gives ${client} clients ${status === 200 ? "the upstream's number" : "an estimate"}`, async () => {
          const own = client === upstream ? ownRequest(upstream, recording) : undefined;
          const request = own ?? { path: counter.path, headers: HEADERS[client], body: JSON.stringify(counter.body) };
          const { answer } = await playOnce(upstream, recording.id, request);
          expect(answer.status).toBe(200);
          const number = count(fields(JSON.parse(answer.text))[counter.field]);
          const told = fields(body)["input_tokens"] ?? fields(body)["totalTokens"];
          if (status === 200) expect(number).toBe(Number(told));
          else expect(number).toBeGreaterThan(0);
        });
      }
    }
  });
}

describe.skipIf(!hasRecordings)("recorded exchanges of other routes", () => {
  test("compacting a conversation passes to a Responses upstream and back unchanged", async () => {
    const recording = recordingById("openai_responses/openai-test-openai-responses-compact-messages-2");
    const request = ownRequest("openai-responses", recording) as ClientRequest;
    const { answer, upstream } = await playOnce("openai-responses", recording.id, request);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(recording.response.text);
    expect(upstream?.text).toBe(request.body);
    expect(upstream?.path).toBe("/v1/responses/compact");
  });
});
