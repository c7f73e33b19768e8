// A naive reader of generateContent answers.

import {
  type AnswerBody,
  count,
  type Ending,
  type Fields,
  fields,
  list,
  objectsOf,
  type ReadCall,
  type Reading,
  type ReadUsage,
  sum,
  text,
} from "./reading.ts";

const ENDINGS: Readonly<Record<string, Ending>> = {
  STOP: "end",
  "1": "end",
  MAX_TOKENS: "length",
  SAFETY: "refusal",
  MODEL_ARMOR: "refusal",
  PROHIBITED_CONTENT: "refusal",
  RECITATION: "refusal",
  BLOCKLIST: "refusal",
  SPII: "refusal",
};

/** Reads the first candidate of an answer. Verdicts on the model's own calls (`MALFORMED_FUNCTION_CALL`) are errors. */
export function readGemini(body: AnswerBody): Reading {
  const objects = objectsOf(body);
  const candidates = objects.flatMap((object) => list(object["candidates"]).filter((each) => !each["index"]));
  const parts = candidates.flatMap((candidate) => list(fields(candidate["content"])["parts"]));
  const calls = readCalls(parts);
  const words = candidates.map((candidate) => candidate["finishReason"]).filter((word) => word !== undefined);
  const blocked = objects.map((object) => text(fields(object["promptFeedback"])["blockReason"])).find(Boolean);
  const stop = words.length > 0 ? String(words.at(-1)) : (blocked ?? "");
  const ending = blocked !== undefined && words.length === 0 ? "refusal" : ENDINGS[stop];
  const error = fields(objects.find((object) => object["error"] !== undefined)?.["error"]);
  return {
    text: parts.map((part) => (part["thought"] === true ? "" : text(part["text"]))).join(""),
    reasoning: parts.map((part) => (part["thought"] === true ? text(part["text"]) : "")).join(""),
    refusal: ending === "refusal" ? candidates.map((candidate) => text(candidate["finishMessage"])).join("") : "",
    calls,
    stop,
    ending: ending === "end" && calls.length > 0 ? "tool" : ending,
    usage: readUsage(objects),
    error:
      error["message"] === undefined ? undefined : { type: text(error["status"]), message: text(error["message"]) },
  };
}

/** Calls that the provider answered itself are not the client's. Vertex sends arguments in pieces by path. */
function readCalls(parts: readonly Fields[]): ReadCall[] {
  const answered = parts.map((part) => text(fields(part["functionResponse"])["name"])).filter(Boolean);
  const calls: { name: string; input: Record<string, unknown> }[] = [];
  for (const part of parts) {
    if (part["functionCall"] === undefined) continue;
    const call = fields(part["functionCall"]);
    if (text(call["name"]) !== "") calls.push({ name: text(call["name"]), input: { ...fields(call["args"]) } });
    const last = calls.at(-1);
    if (last) for (const piece of list(call["partialArgs"])) addPiece(last.input, piece);
  }
  return calls.filter(({ name }) => !answered.includes(name));
}

/** Adds one piece: `$.operations[0].action` grows by its string, other values are set. */
function addPiece(input: Record<string, unknown>, piece: Fields): void {
  const steps = text(piece["jsonPath"]).match(/[^.$[\]]+/g) ?? [];
  let place: Record<string, unknown> = input;
  steps.slice(0, -1).forEach((step, at) => {
    place[step] ??= /^\d+$/.test(steps[at + 1] ?? "") ? [] : {};
    place = place[step] as Record<string, unknown>;
  });
  const last = steps.at(-1) ?? "";
  if (typeof piece["stringValue"] === "string") place[last] = text(place[last]) + piece["stringValue"];
  else place[last] = piece["numberValue"] ?? piece["boolValue"] ?? null;
}

/** Counts are cumulative: the last of each kind holds. */
function readUsage(objects: readonly Fields[]): ReadUsage {
  const usage: Fields = Object.assign({}, ...objects.map((object) => fields(object["usageMetadata"])));
  const input = sum(count(usage["promptTokenCount"]), count(usage["toolUsePromptTokenCount"]));
  const thoughts = count(usage["thoughtsTokenCount"]);
  const total = count(usage["totalTokenCount"]);
  const candidates =
    count(usage["candidatesTokenCount"]) ?? (total === undefined ? undefined : total - (input ?? 0) - (thoughts ?? 0));
  return {
    input,
    cached: count(usage["cachedContentTokenCount"]),
    output: sum(candidates, thoughts),
    reasoning: thoughts,
  };
}
