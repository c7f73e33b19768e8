// Properties of stream encoders on any legal neutral stream: what clients get is legal, says the same, ends once.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../../src/core/errors.ts";
import type { IrEvent } from "../../src/core/event.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { IrRequest } from "../../src/core/request.ts";
import type { StreamEncoder, StreamFraming } from "../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { eventStream } from "./arbitraries/events.ts";
import { collect, comparable, digestOf, expectedAt, isSpoken } from "./support/answer-digest.ts";
import { checkClientStream, toleratedRules } from "./support/client-grammar.ts";
import { decodeContextFor, PROTOCOL_IDS, replyContextFor } from "./support/contexts.ts";
import { irProblems } from "./support/ir-grammar.ts";
import { requestDeclaring } from "./support/plain-request.ts";
import { PROPERTY } from "./support/settings.ts";
import { decodeStream, encodeStream, encodeWith } from "./support/stream-trip.ts";

const streams = eventStream({ mixesProse: false });
const wildStreams = eventStream({ mixesProse: true });
const framings = fc.constantFrom<StreamFraming>("sse", "json-array");

/** Framing that a protocol has: only Gemini knows arrays. */
const framingOf = (protocol: ProtocolId, wanted: StreamFraming): StreamFraming =>
  protocol === "gemini" ? wanted : "sse";

function problems(protocol: ProtocolId, text: string, events: readonly IrEvent[], request: IrRequest): unknown {
  const tolerated = toleratedRules(protocol, events);
  return checkClientStream(protocol, text, request).filter(({ rule }) => !tolerated.has(rule));
}

test("the streams made up here are legal", () => {
  fc.assert(
    fc.property(wildStreams, (events) => {
      expect(irProblems(events)).toEqual([]);
    }),
    PROPERTY,
  );
});

describe.each([...PROTOCOL_IDS])("%s", (protocol) => {
  test("writes a legal stream, however blocks overlap", () => {
    fc.assert(
      fc.property(wildStreams, framings, fc.boolean(), (events, wanted, includeUsage) => {
        const asked = requestDeclaring(protocol, events, { includeUsage: protocol !== "openai-chat" || includeUsage });
        const { text } = encodeStream(protocol, events, asked, framingOf(protocol, wanted));
        expect(problems(protocol, text, events, asked)).toEqual([]);
      }),
      PROPERTY,
    );
  });

  test("is read back with the same text, thoughts, refusal, calls, stop and usage", () => {
    fc.assert(
      fc.property(streams, framings, fc.integer({ min: 1, max: 3000 }), (events, wanted, chunkBytes) => {
        const framing = framingOf(protocol, wanted);
        const request = requestDeclaring(protocol, events);
        const { text, losses } = encodeStream(protocol, events, request, framing);
        const decoded = decodeStream(protocol, text, request, framing, chunkBytes);
        expect(irProblems(decoded)).toEqual([]);
        const invented = losses.some((loss) => loss.feature === "refusal-text");
        compare(protocol, events, decoded, invented);
      }),
      PROPERTY,
    );
  });

  test("says the same streamed and whole", () => {
    fc.assert(
      fc.property(streams, (events) => {
        const request = requestDeclaring(protocol, events);
        const body: unknown = JSON.parse(
          JSON.stringify(PROTOCOLS[protocol].encodeResponse(collect(events), replyContextFor(request))),
        );
        const whole = PROTOCOLS[protocol].decodeResponse(body, decodeContextFor(protocol, request));
        if ("error" in whole) {
          expect(isNothing(events)).toBe(true);
          return;
        }
        const streamed = collect(decodeStream(protocol, encodeStream(protocol, events, request).text, request));
        expect(comparable(digestOf(whole))).toEqual(comparable(digestOf(streamed)));
      }),
      PROPERTY,
    );
  });

  test("writes nothing behind its end", () => {
    fc.assert(
      fc.property(streams, streams, fc.boolean(), (events, more, failsFirst) => {
        encodeWith(protocol, requestDeclaring(protocol, events), (encoder, frames) => {
          for (const event of events) encoder.event(event);
          if (failsFirst) encoder.error(failure());
          const count = frames.length;
          for (const event of more) encoder.event(event);
          encoder.keepAlive();
          encoder.error(failure());
          expect(frames.length).toBe(count);
        });
      }),
      PROPERTY,
    );
  });

  test("fails inside the stream at any point, legally and without the looks of a good end", () => {
    fc.assert(
      fc.property(wildStreams, fc.nat(200), framings, (events, at, wanted) => {
        const sent = events.slice(0, at % events.length);
        const framing = framingOf(protocol, wanted);
        const request = requestDeclaring(protocol, events);
        const { text } = encodeWith(protocol, request, (encoder) => fail(encoder, sent), framing);
        expect(problems(protocol, text, sent, request)).toEqual([]);
        expect(SUCCESS_MARKS[protocol].filter((mark) => text.includes(mark))).toEqual([]);
        const last = decodeStream(protocol, text, request, framing).at(-1);
        expect(last?.type).toBe("error");
      }),
      PROPERTY,
    );
  });

  test("is kept alive anywhere without harm", () => {
    fc.assert(
      fc.property(
        streams,
        fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 5 }),
        framings,
        (events, places, wanted) => {
          const framing = framingOf(protocol, wanted);
          const request = requestDeclaring(protocol, events);
          const { text } = encodeWith(
            protocol,
            request,
            (encoder) => {
              for (const [at, event] of events.entries()) {
                if (places.includes(at)) encoder.keepAlive();
                encoder.event(event);
              }
            },
            framing,
          );
          expect(problems(protocol, text, events, request)).toEqual([]);
          const calm = decodeStream(protocol, encodeStream(protocol, events, request, framing).text, request, framing);
          const kept = decodeStream(protocol, text, request, framing);
          expect(contentOf(kept)).toEqual(contentOf(calm));
        },
      ),
      PROPERTY,
    );
  });
});

function compare(protocol: ProtocolId, sent: readonly IrEvent[], got: readonly IrEvent[], invented: boolean): void {
  const response = collect(sent);
  const expected = comparable(expectedAt(protocol, response, true));
  const actual = comparable(digestOf(collect(got)));
  expect(isSpoken(response, expected, invented) ? { ...actual, refusal: "" } : actual).toEqual(expected);
}

const failure = (): GatewayError => new GatewayError("upstream-truncated", "upstream broke off its answer");

function fail(encoder: StreamEncoder, events: readonly IrEvent[]): void {
  for (const event of events) encoder.event(event);
  encoder.error(failure());
}

/** Ends that clients take for a complete answer. */
const SUCCESS_MARKS: Readonly<Record<ProtocolId, readonly string[]>> = {
  anthropic: ["event: message_stop\n", "event: message_delta\n"],
  "openai-chat": ["\ndata: [DONE]\n\n", '"finish_reason":"'],
  "openai-responses": ["event: response.completed\n", "event: response.incomplete\n"],
  gemini: ['"finishReason":"'],
};

/** Events without what depends on when the start was written. */
function contentOf(events: readonly IrEvent[]): unknown {
  const response = collect(events);
  return { content: response.content, stop: response.stop.reason };
}

function isNothing(events: readonly IrEvent[]): boolean {
  const { text, refusal, reasoning, calls } = digestOf(collect(events));
  return text === "" && refusal === "" && reasoning === "" && calls.length === 0;
}
