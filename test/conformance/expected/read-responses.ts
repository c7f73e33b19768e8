// A naive reader of Responses answers. Of a stream it reads the finished items, or the last response where there are none.

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
  text,
} from "./reading.ts";

/** Reads an answer. */
export function readResponses(body: AnswerBody): Reading {
  const objects = objectsOf(body);
  const response = body.isStream ? lastResponse(objects) : fields(objects[0]);
  const done = objects.filter((event) => event["type"] === "response.output_item.done");
  done.sort((a, b) => Number(a["output_index"]) - Number(b["output_index"]));
  const items =
    body.isStream && done.length > 0 ? done.map((event) => fields(event["item"])) : list(response["output"]);
  const parts = items.filter((item) => item["type"] === "message").flatMap((item) => list(item["content"]));
  const calls = items.flatMap(readCall);
  const reply =
    parts.map((part) => (part["type"] === "output_text" ? text(part["text"]) : "")).join("") || unfinishedText(objects);
  const refusal = parts.map((part) => text(part["refusal"])).join("");
  const usage = fields(response["usage"]);
  return {
    text: reply,
    reasoning: items
      .filter((item) => item["type"] === "reasoning")
      .map(reasoningOf)
      .join(""),
    refusal,
    calls,
    stop: [text(response["status"]), text(fields(response["incomplete_details"])["reason"])].join(":"),
    ending: endingOf(response, calls.length > 0, refusal !== "" && reply === ""),
    usage: {
      input: count(usage["input_tokens"]),
      cached: count(fields(usage["input_tokens_details"])["cached_tokens"]),
      output: count(usage["output_tokens"]),
      reasoning: count(fields(usage["output_tokens_details"])["reasoning_tokens"]),
    },
    error: readError(objects, response),
  };
}

function lastResponse(events: readonly Fields[]): Fields {
  const ends = events.filter((event) => /^response\.(completed|incomplete|failed)$/.test(text(event["type"])));
  return fields(ends.at(-1)?.["response"]);
}

/** Text of a message that a stream broke off in. */
function unfinishedText(events: readonly Fields[]): string {
  const isBroken = events.some((event) => event["type"] === "error" || event["type"] === "response.failed");
  const deltas = events.filter((event) => isBroken && event["type"] === "response.output_text.delta");
  return deltas.map((event) => text(event["delta"])).join("");
}

function readCall(item: Fields): ReadCall[] {
  const name = text(item["name"]);
  if (item["type"] === "function_call") return [{ name, input: parseInput(text(item["arguments"])) }];
  if (item["type"] === "custom_tool_call") return [{ name, input: text(item["input"]), isCustom: true }];
  return [];
}

/** The summary, or the raw thinking of servers that show it. */
function reasoningOf(item: Fields): string {
  const join = (parts: unknown) =>
    list(parts)
      .map((part) => text(part["text"]))
      .join("");
  return join(item["summary"]) || join(item["content"]);
}

function endingOf(response: Fields, hasCalls: boolean, isRefusal: boolean): Ending | undefined {
  if (response["status"] === "completed") return hasCalls ? "tool" : isRefusal ? "refusal" : "end";
  if (response["status"] !== "incomplete") return undefined;
  return text(fields(response["incomplete_details"])["reason"]) === "content_filter" ? "refusal" : "length";
}

function readError(objects: readonly Fields[], response: Fields): Reading["error"] {
  const event = objects.find((object) => object["type"] === "error");
  const bare = fields(objects[0]);
  const error = fields(event?.["error"] ?? event ?? response["error"] ?? bare["error"]);
  if (error["message"] === undefined)
    return typeof bare["error"] === "string" ? { type: "", message: bare["error"] } : undefined;
  const type = text(error["type"]);
  return { type: type === "error" || type === "" ? text(error["code"]) : type, message: text(error["message"]) };
}
