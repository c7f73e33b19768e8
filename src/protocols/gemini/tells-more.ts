// Whether an object behind the finish reason has anything to say. Gemini has no last event: usage, sources, even parts
// may follow, and some servers repeat their end or add what belongs to no answer.

import { isObject, type WireObject } from "./wire.ts";

/** Fields of a candidate that only repeat how it ended. */
const QUIET = new Set(["index", "finishReason", "finishMessage", "safetyRatings", "tokenCount"]);

/** `finishReason` is the one known so far. Usage is not looked at. */
export function tellsMore(answer: WireObject, finishReason: string): boolean {
  const { candidates, promptFeedback } = answer;
  if (isObject(promptFeedback)) return true;
  return Array.isArray(candidates) && candidates.some((each) => isObject(each) && candidateTells(each, finishReason));
}

/** Whether any candidate has a part of the answer. */
export function bringsParts({ candidates }: WireObject): boolean {
  return Array.isArray(candidates) && candidates.some((each) => isObject(each) && contentTells(each["content"]));
}

function candidateTells(candidate: WireObject, finishReason: string): boolean {
  const { index, finishReason: reason, content } = candidate;
  // One of several answers: their clients take them apart, each with an end of its own.
  if (typeof index === "number" && index !== 0) return true;
  if (typeof reason === "string" && reason !== "" && reason !== finishReason) return true;
  if (contentTells(content)) return true;
  return Object.entries(candidate).some(
    ([name, value]) => name !== "content" && !QUIET.has(name) && value !== null && value !== undefined,
  );
}

function contentTells(content: unknown): boolean {
  return isObject(content) && Array.isArray(content["parts"]) && content["parts"].some(partTells);
}

function partTells(part: unknown): boolean {
  return isObject(part) && Object.entries(part).some(([name, value]) => name !== "text" || value !== "");
}
