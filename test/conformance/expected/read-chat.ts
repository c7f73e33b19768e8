// A naive reader of Chat Completions answers, of OpenAI and of the servers that imitate it.

import {
  type AnswerBody,
  count,
  type Ending,
  type Fields,
  fields,
  list,
  objectsOf,
  parseInput,
  type ReadCall,
  type Reading,
  type ReadUsage,
  sum,
  text,
} from "./reading.ts";

const ENDINGS: Readonly<Record<string, Ending>> = {
  stop: "end",
  eos: "end",
  length: "length",
  tool_calls: "tool",
  function_call: "tool",
  content_filter: "refusal",
};

interface Call {
  id: string;
  name: string;
  json: string;
  isCustom: boolean;
}

/** Reads an answer. */
export function readChat(body: AnswerBody): Reading {
  const objects = objectsOf(body);
  const choices = objects.map((object) => fields(list(object["choices"])[0]));
  const messages = choices.map((choice) => fields(choice["delta"] ?? choice["message"]));
  const join = (read: (message: Fields) => string) => messages.map(read).join("");
  const calls = readCalls(messages);
  const reply = join((message) => contentOf(message, false));
  const refusal = join((message) => text(message["refusal"]));
  const stop = choices.map((choice) => text(choice["finish_reason"])).find((word) => word !== "") ?? "";
  const error = objects.map(errorOf).find((value) => value !== undefined && value !== null);
  return {
    text: reply,
    reasoning: join(reasoningOf),
    refusal,
    calls,
    stop,
    ending: endingOf(stop, calls.length > 0, refusal !== "" && reply === ""),
    usage: readUsage(objects),
    error: error === undefined ? undefined : readError(error),
  };
}

function endingOf(stop: string, hasCalls: boolean, isRefusal: boolean): Ending | undefined {
  if (stop === "stop" || stop === "") return hasCalls ? "tool" : isRefusal ? "refusal" : "end";
  return ENDINGS[stop];
}

/** Text of a message's content: a string, or the parts of a list that are (not) thinking. Google marks whole deltas. */
function contentOf(message: Fields, wantsThinking: boolean): string {
  const { content } = message;
  if (typeof content === "string") {
    const isThought = fields(fields(message["extra_content"])["google"])["thought"] === true;
    return isThought === wantsThinking ? content : "";
  }
  return list(content)
    .filter((part) => (part["type"] === "thinking") === wantsThinking)
    .map((part) =>
      wantsThinking
        ? list(part["thinking"])
            .map((inner) => text(inner["text"]))
            .join("")
        : text(part["text"]),
    )
    .join("");
}

/** One of the several fields that hold the same thinking. */
function reasoningOf(message: Fields): string {
  const details = list(message["reasoning_details"]).map((item) => text(item["text"]) || text(item["summary"]));
  return (
    text(message["reasoning_content"]) || text(message["reasoning"]) || details.join("") || contentOf(message, true)
  );
}

/** Pieces of a call belong together by index, unless a new id says otherwise. */
function readCalls(messages: readonly Fields[]): ReadCall[] {
  const calls: Call[] = [];
  const byIndex = new Map<unknown, Call>();
  for (const message of messages) {
    list(message["tool_calls"]).forEach((piece, position) => {
      const inner = fields(piece["function"] ?? piece["custom"]);
      const index = piece["index"] ?? position;
      const id = text(piece["id"]);
      let call = byIndex.get(index);
      if (!call || (id !== "" && call.id !== "" && id !== call.id)) {
        call = { id, name: "", json: "", isCustom: piece["custom"] !== undefined };
        calls.push(call);
        byIndex.set(index, call);
      }
      call.name ||= text(inner["name"]);
      const args = inner["arguments"] ?? inner["input"];
      call.json += typeof args === "string" ? args : args === undefined || args === null ? "" : JSON.stringify(args);
    });
    const legacy = fields(message["function_call"]);
    if (text(legacy["name"]) !== "")
      calls.push({ id: "", name: text(legacy["name"]), json: text(legacy["arguments"]), isCustom: false });
  }
  return calls.map(({ name, json, isCustom }) =>
    isCustom ? { name, input: json, isCustom } : { name, input: parseInput(json) },
  );
}

/** The last counts of a stream. What the total holds beyond prompt and output is audio that came in, or reasoning. */
function readUsage(objects: readonly Fields[]): ReadUsage {
  const usages = objects.map((object) => object["usage"] ?? fields(object["x_groq"])["usage"]).filter(Boolean);
  const usage = fields(usages.at(-1));
  const prompt = count(usage["prompt_tokens"]);
  const completion = count(usage["completion_tokens"]);
  const inputDetails = fields(usage["prompt_tokens_details"]);
  const reasoning =
    count(fields(usage["completion_tokens_details"])["reasoning_tokens"]) ?? count(usage["reasoning_tokens"]);
  const beyond = Math.max(0, (count(usage["total_tokens"]) ?? 0) - (prompt ?? 0) - (completion ?? 0));
  const isAudio = beyond > 0 && beyond === inputDetails["audio_tokens"];
  // More reasoning than output cannot be part of it.
  const apart = (reasoning ?? 0) > (completion ?? 0) ? (reasoning ?? 0) : isAudio ? 0 : beyond;
  return {
    input: sum(prompt, isAudio ? beyond : 0),
    cached: count(inputDetails["cached_tokens"]) ?? count(usage["prompt_cache_hit_tokens"]),
    output: sum(completion, apart),
    reasoning,
  };
}

/** An error in its envelope, or bare where there are no choices. */
function errorOf(object: Fields): unknown {
  return object["error"] ?? (object["choices"] === undefined && object["message"] !== undefined ? object : undefined);
}

function readError(error: unknown): { type: string; message: string } {
  if (typeof error === "string") return { type: "", message: error };
  return { type: text(fields(error)["type"]), message: text(fields(error)["message"]) };
}
