// What is mutated: recorded exchanges where they are, and scripted ones everywhere.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { IrRequest } from "../../../src/core/request.ts";
import type { StreamFraming } from "../../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../../src/protocols/registry.ts";
import type { SimAnswer } from "../../../src/simulator/answer.ts";
import { RENDERERS } from "../../../src/simulator/render.ts";
import { renderGeminiArrayFrames } from "../../../src/simulator/render-gemini.ts";
import { listRecordings } from "../../support/recordings.ts";
import { decodeContextFor, PROTOCOL_IDS, routeOf } from "./contexts.ts";
import { SCRIPTED_REQUESTS } from "./scripted-requests.ts";
import type { Chooser } from "./settings.ts";

/** A streamed answer of an upstream. */
export interface CorpusStream {
  readonly name: string;
  readonly protocol: ProtocolId;
  readonly framing: StreamFraming;
  readonly text: string;
}

/** A whole answer of an upstream, as JSON value. */
export interface CorpusBody {
  readonly name: string;
  readonly protocol: ProtocolId;
  readonly body: unknown;
}

/** Larger recordings are left out: they cost most of the time and exercise nothing else. */
const MAX_CHARS = 60_000;

const ANSWERS: readonly SimAnswer[] = [
  {
    thinking: "let me think about tools",
    text: "Grüße 🙂 from the simulator",
    toolCalls: [
      { name: "get_weather", arguments: { city: "Zürich", days: [1, 2, { deep: true }] } },
      { name: "add", arguments: {} },
    ],
  },
  { text: "plain text of a short answer", usage: { inputTokens: 10, outputTokens: 5, cachedTokens: 4 } },
  { text: "cut", stop: "max_tokens" },
  { text: "", stop: "refusal" },
];

const CONTEXT = { model: "simulated-model", seed: "fuzz", inputTokens: 7, includeUsage: true };

/** Streams of a protocol: at least the scripted ones. */
export function listStreamCorpus(protocol: ProtocolId): readonly CorpusStream[] {
  const streams: CorpusStream[] = ANSWERS.map((answer, at) => ({
    name: `scripted ${protocol} ${at}`,
    protocol,
    framing: "sse",
    text: joined(RENDERERS[protocol].frames(answer, CONTEXT)),
  }));
  if (protocol === "gemini") {
    const text = joined(renderGeminiArrayFrames(ANSWERS[0] as SimAnswer, CONTEXT));
    streams.push({ name: "scripted gemini array", protocol, framing: "json-array", text });
  }
  for (const recording of listRecordings(protocol)) {
    const { stream, status, text } = recording.response;
    if (!stream || status !== 200 || text.length > MAX_CHARS) continue;
    const framing = recording.framing === "json_array" ? "json-array" : "sse";
    streams.push({ name: recording.id, protocol, framing, text });
  }
  return streams;
}

/** Whole answers of a protocol. */
export function listBodyCorpus(protocol: ProtocolId): readonly CorpusBody[] {
  const bodies: CorpusBody[] = ANSWERS.map((answer, at) => ({
    name: `scripted ${protocol} ${at}`,
    protocol,
    body: RENDERERS[protocol].json(answer, CONTEXT),
  }));
  for (const recording of listRecordings(protocol)) {
    const { stream, text, body } = recording.response;
    if (!stream && body !== undefined && text.length <= MAX_CHARS) bodies.push({ name: recording.id, protocol, body });
  }
  return bodies;
}

/** Request bodies of a protocol. */
export function listRequestCorpus(protocol: ProtocolId): readonly CorpusBody[] {
  const requests: CorpusBody[] = SCRIPTED_REQUESTS[protocol].map((body, at) => ({
    name: `scripted ${protocol} ${at}`,
    protocol,
    body,
  }));
  for (const recording of listRecordings(protocol)) {
    const { body } = recording.request;
    if (body === null || body === undefined || JSON.stringify(body).length > MAX_CHARS) continue;
    requests.push({ name: recording.id, protocol, body });
  }
  return requests;
}

/** Requests that clients of a protocol sent, decoded: they decide what the encoder of an answer does. */
export function listClientRequests(protocol: ProtocolId): readonly IrRequest[] {
  return listRequestCorpus(protocol).flatMap(({ body }) => {
    try {
      return [PROTOCOLS[protocol].decodeRequest(body, routeOf(protocol), () => undefined)];
    } catch {
      return []; // recorded error exchanges hold bad requests
    }
  });
}

/** Picks the request of a client of one format among those that can be sent to an upstream of another; some media cannot. */
export function createRequestPicker(): (choose: Chooser, client: ProtocolId, upstream: ProtocolId) => IrRequest {
  const requests = byProtocol(listClientRequests);
  const sendable = byProtocol((client) =>
    byProtocol((upstream) => requests[client].filter((request) => isSendable(request, upstream))),
  );
  return (choose, client, upstream) => choose.pick(sendable[client][upstream]);
}

function isSendable(request: IrRequest, upstream: ProtocolId): boolean {
  try {
    decodeContextFor(upstream, request);
    return true;
  } catch {
    return false; // refused as conversion-refused
  }
}

/** A table by protocol. */
export function byProtocol<T>(make: (protocol: ProtocolId) => T): Readonly<Record<ProtocolId, T>> {
  return Object.fromEntries(PROTOCOL_IDS.map((protocol) => [protocol, make(protocol)])) as Record<ProtocolId, T>;
}

function joined(frames: readonly { readonly text: string }[]): string {
  return frames.map((frame) => frame.text).join("");
}
