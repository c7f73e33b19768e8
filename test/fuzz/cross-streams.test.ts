// Properties of every pair of formats: an upstream's stream of one format says the same to a client of another.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { IrEvent } from "../../src/core/event.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { replayResponse } from "../../src/core/replay-response.ts";
import type { IrRequest } from "../../src/core/request.ts";
import type { IrResponse } from "../../src/core/response.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { eventStream } from "./arbitraries/events.ts";
import { collect, comparable, digestOf, expectedAt, isSpoken } from "./support/answer-digest.ts";
import { checkClientStream, toleratedRules } from "./support/client-grammar.ts";
import { decodeContextFor, PROTOCOL_PAIRS, replyContextFor } from "./support/contexts.ts";
import { requestDeclaring } from "./support/plain-request.ts";
import { PROPERTY } from "./support/settings.ts";
import { decodeStream, encodeStream } from "./support/stream-trip.ts";

const streams = eventStream({ mixesProse: false });
/** Sixteen pairs share the runs of four properties. */
const PAIR_PROPERTY = { ...PROPERTY, numRuns: Math.ceil(PROPERTY.numRuns / 2) };

describe.each([...PROTOCOL_PAIRS])("%s to %s", (from, to) => {
  test("a stream keeps text, thoughts, calls in order, stop and usage", () => {
    fc.assert(
      fc.property(streams, (events) => {
        const request = requestDeclaring(to, events);
        const upstream = decodeStream(from, encodeStream(from, events, request).text, request);
        const { text, losses } = encodeStream(to, upstream, request);
        const tolerated = toleratedRules(to, upstream);
        expect(checkClientStream(to, text, request).filter(({ rule }) => !tolerated.has(rule))).toEqual([]);
        const sent = collect(upstream);
        const got = collect(decodeStream(to, text, request));
        expectSame(
          to,
          sent,
          got,
          losses.some((loss) => loss.feature === "refusal-text"),
        );
      }),
      PAIR_PROPERTY,
    );
  });

  test("a whole answer says what the stream says", () => {
    fc.assert(
      fc.property(streams, (events) => {
        const request = requestDeclaring(to, events);
        const answer = wholeAnswer(from, collect(events), request);
        if (!answer) return;
        const replayed: IrEvent[] = [];
        replayResponse(answer, (event) => replayed.push(event));
        const streamed = collect(decodeStream(to, encodeStream(to, replayed, request).text, request));
        const whole = wholeAnswer(to, answer, request);
        expect(comparable(digestOf(whole ?? streamed))).toEqual(comparable(digestOf(streamed)));
      }),
      PAIR_PROPERTY,
    );
  });
});

/** The answer after a trip as JSON body; undefined where nothing was left to say. */
function wholeAnswer(protocol: ProtocolId, response: IrResponse, request: IrRequest): IrResponse | undefined {
  const body = JSON.stringify(PROTOCOLS[protocol].encodeResponse(response, replyContextFor(request)));
  const decoded = PROTOCOLS[protocol].decodeResponse(JSON.parse(body), decodeContextFor(protocol, request));
  return "error" in decoded ? undefined : decoded;
}

function expectSame(to: ProtocolId, sent: IrResponse, got: IrResponse, invented: boolean): void {
  const expected = comparable(expectedAt(to, sent, true));
  const actual = comparable(digestOf(got));
  expect(isSpoken(sent, expected, invented) ? { ...actual, refusal: "" } : actual).toEqual(expected);
}
