// A naive reader of Messages answers.

import {
  type AnswerBody,
  count,
  type Ending,
  type Fields,
  fields,
  list,
  objectsOf,
  parseInput,
  type Reading,
  type ReadUsage,
  sum,
  text,
} from "./reading.ts";

const ENDINGS: Readonly<Record<string, Ending>> = {
  end_turn: "end",
  compaction: "end",
  stop_sequence: "stop-sequence",
  tool_use: "tool",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  pause_turn: "length",
  refusal: "refusal",
};

/** Reads an answer; of several messages in one stream the first counts. */
export function readAnthropic(body: AnswerBody): Reading {
  const message = body.isStream ? assemble(objectsOf(body)) : fields(objectsOf(body)[0]);
  const blocks = list(message["content"]);
  const of = (type: string) => blocks.filter((block) => block["type"] === type);
  const stop = text(message["stop_reason"]);
  const error = message["type"] === "error" ? fields(message["error"]) : fields(message["streamError"]);
  return {
    text: of("text")
      .map((block) => text(block["text"]))
      .join(""),
    reasoning: of("thinking")
      .map((block) => text(block["thinking"]))
      .join(""),
    refusal: text(fields(message["stop_details"])["explanation"]),
    calls: of("tool_use").map((block) => ({ name: text(block["name"]), input: block["input"] })),
    stop,
    ending: ENDINGS[stop],
    usage: readUsage(fields(message["usage"])),
    error: error["type"] === undefined ? undefined : { type: text(error["type"]), message: text(error["message"]) },
  };
}

/** Puts a stream's message together. */
function assemble(events: readonly Fields[]): Fields {
  let message: Record<string, unknown> = {};
  const blocks: Record<string, unknown>[] = [];
  const json: string[] = [];
  for (const event of events) {
    const index = Number(event["index"]);
    const block = blocks[index];
    switch (event["type"]) {
      case "message_start":
        message = { ...fields(event["message"]) };
        break;
      case "content_block_start":
        blocks[index] = { ...fields(event["content_block"]) };
        json[index] = "";
        break;
      case "content_block_delta":
        if (block) json[index] += addDelta(block, fields(event["delta"]));
        break;
      case "message_delta":
        Object.assign(message, fields(event["delta"]));
        message["usage"] = laterUsage(fields(message["usage"]), fields(event["usage"]));
        break;
      case "error":
        message["streamError"] = event["error"];
        break;
    }
    if (event["type"] === "message_stop") break;
  }
  blocks.forEach((block, at) => {
    if (json[at]) block["input"] = parseInput(json[at]);
  });
  return { ...message, content: blocks };
}

/** Adds a delta to its block and returns what it adds to the block's JSON. */
function addDelta(block: Record<string, unknown>, delta: Fields): string {
  for (const field of ["text", "thinking"]) {
    if (typeof delta[field] === "string") block[field] = text(block[field]) + text(delta[field]);
  }
  return text(delta["partial_json"]);
}

/** Later counts replace earlier ones, except zeros and nulls: some relays write them where they know nothing. */
function laterUsage(earlier: Fields, later: Fields): Fields {
  const known = Object.entries(later).filter(([name, value]) => Boolean(value) || earlier[name] === undefined);
  return { ...earlier, ...Object.fromEntries(known) };
}

function readUsage(usage: Fields): ReadUsage {
  const compactions = list(usage["iterations"]).filter((entry) => entry["type"] === "compaction");
  const total = (name: string) => sum(count(usage[name]), ...compactions.map((entry) => count(entry[name])));
  return {
    input: sum(total("input_tokens"), total("cache_creation_input_tokens"), total("cache_read_input_tokens")),
    cached: total("cache_read_input_tokens"),
    output: total("output_tokens"),
    reasoning: count(fields(usage["output_tokens_details"])["thinking_tokens"]),
  };
}
