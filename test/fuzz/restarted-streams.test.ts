// Answers that break off and are begun anew by another upstream inside the client's stream, relayed as bytes or
// encoded: wherever the break is and whoever goes on, the client gets one legal stream.

import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { IrRequest } from "../../src/core/request.ts";
import { ClientReply } from "../../src/gateway/client-reply.ts";
import { StreamRelay } from "../../src/gateway/relay-stream.ts";
import { StreamReply } from "../../src/gateway/stream-reply.ts";
import { TurnGuard } from "../../src/gateway/turn-guard.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import { checkClientStream } from "./support/client-grammar.ts";
import { decodeContextFor, PROTOCOL_IDS, replyContextFor } from "./support/contexts.ts";
import { byProtocol, type CorpusStream, createRequestPicker, listStreamCorpus } from "./support/corpus.ts";
import { cutRandomly } from "./support/mutate-stream.ts";
import { plainRequest } from "./support/plain-request.ts";
import { runCases } from "./support/run-cases.ts";
import { type Chooser, MUTATIONS, ONLY_CASE } from "./support/settings.ts";

const COUNT = Math.round(MUTATIONS * 0.1);
const MAX_ATTEMPTS = 3;

/** Streams that break no rule by themselves: what is relayed as bytes is not repaired. */
const STREAMS = byProtocol((protocol) =>
  listStreamCorpus(protocol).filter(
    ({ framing, text }) => framing === "sse" && checkClientStream(protocol, text, plainRequest(protocol)).length === 0,
  ),
);
const pickRequest = createRequestPicker();

describe("restarted streams", () => {
  test(
    "are one legal stream",
    async () => {
      const seen = { complete: 0, closed: 0, failed: 0 };
      await runCases("restarted streams", COUNT, async (choose) => {
        seen[await checkCase(choose)] += 1;
      });
      console.log(`restarted streams: ${COUNT} cases, ${JSON.stringify(seen)}`);
    },
    COUNT * 1000,
  );
});

type Ending = "complete" | "closed" | "failed";

async function checkCase(choose: Chooser): Promise<Ending> {
  const to = choose.pick(PROTOCOL_IDS);
  const steps: string[] = [];
  const reply = new ClientReply(new AbortController().signal);
  const request = pickRequest(choose, to, choose.pick(PROTOCOL_IDS));
  // Without a guard there is one attempt, and what breaks off ends in an error.
  const guard = choose.chance(75) ? new TurnGuard() : undefined;
  const stream = new StreamReply({
    reply,
    protocol: PROTOCOLS[to],
    replyContext: () => replyContextFor(request),
    guard,
    monotonicMs: () => 0,
  });
  if (choose.chance(20)) stream.openEarly(() => ({}));
  let ending: Ending | undefined;
  for (let attempt = 0; attempt < (guard ? MAX_ATTEMPTS : 1) && !ending; attempt++)
    ending = tryOne(choose, to, request, stream, steps);
  if (!ending) {
    ending = "failed";
    if (stream.isOpen) stream.fail(new GatewayError("upstream-truncated", "upstream broke off its answer"));
  }
  const what = `${guard ? "guarded: " : ""}${steps.join(", then ")} -> ${to}: ${ending}`;
  await checkText(reply, ending, to, request, what);
  return ending;
}

/** One attempt; undefined when it broke off and another one may go on. */
function tryOne(
  choose: Chooser,
  to: ProtocolId,
  request: IrRequest,
  stream: StreamReply,
  steps: string[],
): Ending | undefined {
  const from = choose.chance(60) ? to : choose.pick(PROTOCOL_IDS);
  const base = choose.pick(STREAMS[from]);
  const isPassThrough = from === to && choose.chance(80);
  const relay = new StreamRelay({
    stream,
    upstreamProtocol: PROTOCOLS[from],
    decodeContext: decodeContextFor(from, sendable(request, from)),
    isPassThrough,
    framing: "sse",
    maxEventBytes: 1_000_000,
    headers: () => ({}),
  });
  const bytes = brokenOff(base, choose);
  steps.push(
    `${base.name} ${bytes.length} of ${Buffer.byteLength(base.text)} bytes${isPassThrough ? " as they are" : ""}`,
  );
  if (ONLY_CASE !== undefined) console.log(`--- ${steps.at(-1)}\n${Buffer.from(bytes).toString()}`);
  for (const chunk of cutRandomly(bytes, choose)) {
    relay.push(chunk);
    if (relay.outcome) break;
    if (stream.isOpen && choose.chance(10)) stream.keepAlive();
  }
  relay.end(choose.chance(50));
  const { guard } = stream;
  if (relay.outcome?.type === "complete") {
    stream.finish();
    return "complete";
  }
  if (guard?.hasDeliveredCall && relay.isCommitted) {
    stream.closeAfterCall(guard, relay.usage);
    return "closed";
  }
  return undefined;
}

/** Context for requests that one of the formats cannot carry. */
function sendable(request: IrRequest, from: ProtocolId): IrRequest {
  try {
    decodeContextFor(from, request);
    return request;
  } catch {
    return plainRequest(from); // refused as conversion-refused
  }
}

function brokenOff(base: CorpusStream, choose: Chooser): Uint8Array {
  const bytes = Buffer.from(base.text);
  return choose.chance(20) ? bytes : bytes.subarray(0, choose.int(bytes.length + 1));
}

/** The input of a server tool that was cut off stays cut off: nobody can take bytes back. */
const OPEN_INPUT = ["tool-json"];

/** Endings that look broken on purpose, so that agents send their request again. */
const BROKEN_RULES: Readonly<Record<ProtocolId, readonly string[]>> = {
  anthropic: OPEN_INPUT,
  "openai-chat": ["no-done", "no-finish", "usage-missing"],
  "openai-responses": [],
  gemini: ["no-finish", "no-usage", "frame-incomplete"],
};

/** Some servers never write a last frame; their bytes are passed on as they are. */
const OPTIONAL_RULES: Readonly<Record<ProtocolId, readonly string[]>> = {
  anthropic: OPEN_INPUT,
  "openai-chat": ["no-done"],
  "openai-responses": [],
  gemini: [],
};

async function checkText(
  reply: ClientReply,
  ending: Ending,
  to: ProtocolId,
  request: IrRequest,
  what: string,
): Promise<void> {
  if (reply.state === "held") {
    expect([what, ending]).toEqual([what, "failed"]);
    return;
  }
  const text = await readText(reply);
  if (ONLY_CASE !== undefined) console.log(`=== ${what}\n${text}`);
  // Usage that an upstream's bytes bring unasked is the upstream's.
  const violations = checkClientStream(to, text, { ...request, includeUsage: true });
  const tolerated = ending === "failed" ? BROKEN_RULES[to] : OPTIONAL_RULES[to];
  expect([what, violations.filter(({ rule }) => !tolerated.includes(rule))]).toEqual([what, []]);
}

/** All that came, also where the stream was reset in the end. */
async function readText(reply: ClientReply): Promise<string> {
  const reader = ((await reply.response).body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      chunks.push(value);
    }
  } catch {
    // a reset: what was read before it counts
  }
  return Buffer.concat(chunks).toString("utf8");
}
