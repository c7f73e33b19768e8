// Every recorded answer through the real gateway to clients of all four formats, compared with a reading of the
// recording that shares no code with the gateway.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { Recording } from "../../src/simulator/replay.ts";
import type { SimCut } from "../../src/simulator/script.ts";
import { hasRecordings } from "../support/recordings.ts";
import { type ClientRequest, clientRequest } from "./client-requests.ts";
import { shapeFaults } from "./expected/answer-shape.ts";
import { comparedAnswer, expectedAnswer } from "./expected/expected-answer.ts";
import { READERS } from "./expected/readers.ts";
import type { Reading } from "./expected/reading.ts";
import { GRAMMARS } from "./grammars.ts";
import { ownRequest, PROTOCOLS, readRecordings } from "./recorded-answers.ts";
import { type ReplayServer, startReplayServer } from "./replay-server.ts";
import { eventsOf, upToEnd, withoutIds } from "./same-events.ts";

/** Longer streams are cut into pieces of up to 16 bytes instead of single ones, for the sake of time. */
const SINGLE_BYTES_UP_TO = 6_000;

function smallestCut(recording: Recording): SimCut {
  return recording.response.text.length <= SINGLE_BYTES_UP_TO ? "bytes" : { seed: 7, maxBytes: 16 };
}

function foreignRequest(client: ProtocolId, recording: Recording, reading: Reading): ClientRequest {
  return clientRequest(client, {
    model: recording.model || "some-model",
    stream: recording.response.stream,
    toolNames: [...new Set(reading.calls.map((call) => call.name))],
    thinks: reading.reasoning !== "",
  });
}

for (const upstream of PROTOCOLS) {
  describe.skipIf(!hasRecordings)(`recorded answers of ${upstream}`, () => {
    let server: ReplayServer;
    beforeAll(async () => {
      server = await startReplayServer(upstream);
    });
    afterAll(() => server.stop());

    for (const { recording, kind, reading } of readRecordings(upstream)) {
      if (kind !== "answer" || !reading) continue;
      const { stream, text } = recording.response;

      test(`${recording.id} reaches a client of its own format unchanged`, async () => {
        const request = ownRequest(upstream, recording) ?? foreignRequest(upstream, recording, reading);
        const { answer, upstream: received } = await server.play(recording, request);
        expect(answer.status).toBe(200);
        expect(received?.text).toBe(request.body);
        const recorded = upToEnd(eventsOf(text));
        if (stream) expect(eventsOf(answer.text)).toEqual(recorded);
        else expect(answer.text).toBe(text);
        if (!stream) return;
        const cuts = [smallestCut(recording), { seed: 3, maxBytes: 300 }];
        const others = await Promise.all(cuts.map((cut) => server.play(recording, request, cut)));
        for (const other of others) expect(eventsOf(other.answer.text)).toEqual(eventsOf(answer.text));
      });

      for (const client of PROTOCOLS) {
        if (client === upstream) continue;
        test(`${recording.id} reaches ${client} clients with everything it says`, async () => {
          const request = foreignRequest(client, recording, reading);
          const { answer } = await server.play(recording, request);
          expect(answer.status, answer.text).toBe(200);
          const got = READERS[client]({ text: answer.text, isStream: stream });
          // Anthropic clients are told our estimate of the input where the upstream reported nothing.
          const isEstimated = !reading.usage.input && client === "anthropic" && stream;
          const told = isEstimated ? { ...got, usage: { ...got.usage, input: 0 } } : got;
          expect(comparedAnswer(told, reading, client)).toEqual(expectedAnswer(reading, upstream, client));
          expect(got.refusal + got.text).toContain(reading.refusal);
          if (!stream) {
            expect(shapeFaults(client, answer.text, recording.model || "some-model")).toEqual([]);
            return;
          }
          // Counts that no upstream reported cannot be told.
          const isSilent = reading.usage.input === undefined;
          const violations = GRAMMARS[client](answer.text).filter(({ rule }) => !(isSilent && rule === "no-usage"));
          expect(violations).toEqual([]);
          const cuts = [smallestCut(recording), { seed: 3, maxBytes: 300 }];
          const others = await Promise.all(cuts.map((cut) => server.play(recording, request, cut)));
          for (const other of others) expect(withoutIds(other.answer.text)).toBe(withoutIds(answer.text));
          if (client !== "gemini") return;
          // Without `alt=sse` the same objects are the elements of a JSON array.
          const array = await server.play(recording, { ...request, path: request.path.replace("?alt=sse", "") });
          const data = (text: string) => eventsOf(withoutIds(text)).map((event) => JSON.parse(event.data) as unknown);
          expect(data(array.answer.text)).toEqual(data(answer.text));
        });
      }
    }
  });
}
