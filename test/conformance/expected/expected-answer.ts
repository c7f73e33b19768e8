// What a client of some format has to get for an answer that a recording holds.

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { Ending, ReadCall, Reading, ReadUsage } from "./reading.ts";

/** A client's answer in the form in which it is compared. */
export interface ComparedAnswer {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  readonly stop: string;
  readonly usage: ReadUsage;
}

/** The words of each format for the ways to end. */
const STOPS: Readonly<Record<ProtocolId, Readonly<Record<Ending, string>>>> = {
  anthropic: {
    end: "end_turn",
    "stop-sequence": "stop_sequence",
    tool: "tool_use",
    length: "max_tokens",
    refusal: "refusal",
  },
  "openai-chat": {
    end: "stop",
    "stop-sequence": "stop",
    tool: "tool_calls",
    length: "length",
    refusal: "content_filter",
  },
  "openai-responses": {
    end: "completed:",
    "stop-sequence": "completed:",
    tool: "completed:",
    length: "incomplete:max_output_tokens",
    refusal: "incomplete:content_filter",
  },
  gemini: { end: "STOP", "stop-sequence": "STOP", tool: "STOP", length: "MAX_TOKENS", refusal: "SAFETY" },
};

/** Formats without a place for a refusal beside the text. */
const SAYS_REFUSAL_AS_TEXT: ReadonlySet<ProtocolId> = new Set(["anthropic", "gemini"]);

/** What the client has to get. */
export function expectedAnswer(recorded: Reading, upstream: ProtocolId, client: ProtocolId): ComparedAnswer {
  // A refusal that an OpenAI upstream spoke is part of the message; elsewhere it is an explanation beside it.
  const isSpoken = upstream.startsWith("openai");
  return {
    text: recorded.text + (isSpoken && SAYS_REFUSAL_AS_TEXT.has(client) ? recorded.refusal : ""),
    reasoning: squeeze(recorded.reasoning),
    calls: recorded.calls.map((call) => ({ name: call.name, input: inputFor(client, call) })),
    stop: STOPS[client][recorded.ending ?? "end"],
    usage: knownUsage(recorded.usage),
  };
}

/** The client's answer, reduced to what the recording lets expect. */
export function comparedAnswer(got: Reading, recorded: Reading, client: ProtocolId): ComparedAnswer {
  const known = knownUsage(recorded.usage);
  const usage = Object.fromEntries(Object.keys(known).map((name) => [name, got.usage[name as keyof ReadUsage] ?? 0]));
  return {
    text: got.text,
    reasoning: squeeze(got.reasoning),
    calls: got.calls.map(({ name, input }) => ({ name, input })),
    stop: plainRefusalStop(got, client),
    usage,
  };
}

/** Free text travels as the one string of an object where a format has no free-text calls. */
function inputFor(client: ProtocolId, call: ReadCall): unknown {
  return call.isCustom && SAYS_REFUSAL_AS_TEXT.has(client) ? { input: call.input } : call.input;
}

/** A refusal may end in the format's word for it, or plainly when the message itself says it. */
function plainRefusalStop(got: Reading, client: ProtocolId): string {
  return got.ending === "refusal" ? STOPS[client].refusal : got.stop;
}

/** Thinking of several blocks is joined by blank lines here and by nothing there. */
function squeeze(text: string): string {
  return text.replace(/\s+/g, "");
}

/** Counts that were reported, and more than 0 where 0 and silence mean the same. */
function knownUsage({ input, cached, output, reasoning }: ReadUsage): ReadUsage {
  return {
    ...(input === undefined ? {} : { input }),
    ...(cached ? { cached } : {}),
    ...(output === undefined ? {} : { output }),
    ...(reasoning ? { reasoning } : {}),
  };
}
