// One upstream stream through the gateway's own relay: splitter, decoder, commit gate, encoder. No sockets.

import type { GatewayError } from "../../../src/core/errors.ts";
import type { IrEvent } from "../../../src/core/event.ts";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { IrRequest } from "../../../src/core/request.ts";
import { ClientReply } from "../../../src/gateway/client-reply.ts";
import { type StreamEnd, StreamRelay } from "../../../src/gateway/relay-stream.ts";
import { StreamReply } from "../../../src/gateway/stream-reply.ts";
import type { Protocol, StreamFraming } from "../../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../../src/protocols/registry.ts";
import { classifyRefusal } from "../../../src/upstream/classify-outcome.ts";
import { decodeContextFor, replyContextFor } from "./contexts.ts";

/** Largest event that is accepted; the gateway's default is larger. */
export const MAX_EVENT_BYTES = 8 * 1024 * 1024;

export interface RelayCase {
  readonly from: ProtocolId;
  readonly framing: StreamFraming;
  readonly chunks: readonly Uint8Array[];
  readonly to: ProtocolId;
  /** What the client sent. */
  readonly request: IrRequest;
  readonly clientFraming: StreamFraming;
  /** The client's stream was opened before the upstream had said anything. */
  readonly opensEarly: boolean;
  /** After which chunk a keep-alive goes out; -1 for never. */
  readonly keepAliveAfter: number;
}

/** What came out. */
export interface RelayResult {
  /** All that the client got; undefined when its stream was never opened. */
  readonly text: string | undefined;
  /** How the upstream's stream ended. */
  readonly end: StreamEnd;
  /** What the client was told where the stream failed. */
  readonly error: GatewayError | undefined;
  /** What the decoder gave. */
  readonly events: readonly IrEvent[];
}

/** Plays a case as `gateway/attempt.ts` does. */
export async function relayStream(options: RelayCase): Promise<RelayResult> {
  const { request } = options;
  const reply = new ClientReply(new AbortController().signal);
  const stream = new StreamReply({
    reply,
    protocol: PROTOCOLS[options.to],
    replyContext: () => replyContext,
    nowMs: 0,
  });
  const replyContext = replyContextFor(request, [], options.clientFraming);
  const events: IrEvent[] = [];
  const headers = (): Record<string, string> => ({ "content-type": "text/event-stream" });
  const relay = new StreamRelay({
    stream,
    upstreamProtocol: listening(PROTOCOLS[options.from], events),
    decodeContext: decodeContextFor(options.from, request),
    isPassThrough: false,
    framing: options.framing,
    maxEventBytes: MAX_EVENT_BYTES,
    headers,
  });
  if (options.opensEarly) stream.openEarly(headers);
  for (const [at, chunk] of options.chunks.entries()) {
    relay.push(chunk);
    if (relay.outcome) break;
    if (at === options.keepAliveAfter && stream.isOpen) stream.keepAlive();
  }
  relay.end();
  const end = relay.outcome as StreamEnd;
  const error = end.type === "complete" ? undefined : refusal(options.from, end);
  if (error === undefined) stream.finish();
  else if (stream.isOpen) stream.fail(error);
  return { text: await textOf(reply), end, error, events };
}

/** A protocol whose decoders tell what they emit, and after how many events each event of the wire was read. */
export function listening(protocol: Protocol, events: IrEvent[], readTo: number[] = []): Protocol {
  return {
    ...protocol,
    createStreamDecoder(emit, context) {
      const decoder = protocol.createStreamDecoder((event) => {
        events.push(event);
        emit(event);
      }, context);
      const read = decoder.event.bind(decoder);
      decoder.event = (name, data) => {
        read(name, data);
        readTo.push(events.length);
      };
      return decoder;
    },
  };
}

/** What the client is told of an answer that was not complete. */
export function refusal(protocol: ProtocolId, end: Exclude<StreamEnd, { type: "complete" }>): GatewayError {
  const error = end.type === "failed" ? end.error : { message: "the answer was empty" };
  return classifyRefusal({
    status: error.status ?? 200,
    headers: new Headers(),
    error,
    protocol,
    isJson: true,
    failoverStatuses: new Set(),
    wallMs: 1_790_000_000_000,
  });
}

/** All that the client got; undefined when nothing was sent. Rejects when the connection was reset. */
export async function textOf(reply: ClientReply): Promise<string | undefined> {
  if (reply.state === "held") return undefined;
  const response = await reply.response;
  return Buffer.from(await response.arrayBuffer()).toString("utf8");
}
