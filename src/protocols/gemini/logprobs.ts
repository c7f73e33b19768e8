// Token log probabilities: `logprobsResult` to and from the shape of chat completions, which the neutral form uses.

import { asArray, asNumber, asString, isObject, type WireObject } from "./wire.ts";

/** Chat-shaped token list of a candidate, or undefined when it reports none. */
export function decodeLogprobs(result: unknown): WireObject[] | undefined {
  if (!isObject(result)) return undefined;
  const chosen = asArray(result["chosenCandidates"]);
  if (chosen.length === 0) return undefined;
  const top = asArray(result["topCandidates"]);
  return chosen.map((candidate, index) => {
    const others = top[index];
    const list = isObject(others) ? asArray(others["candidates"]) : [];
    return { ...chatToken(candidate), top_logprobs: list.map(chatToken) };
  });
}

/** `logprobsResult` and `avgLogprobs` from a chat-shaped list; undefined when there is nothing to tell. */
export function encodeLogprobs(content: unknown): { logprobsResult: WireObject; avgLogprobs: number } | undefined {
  const tokens = asArray(content).filter(isObject);
  if (tokens.length === 0) return undefined;
  const chosen = tokens.map(wireToken);
  const sum = chosen.reduce((total, token) => total + token.logProbability, 0);
  const hasTop = tokens.some((token) => asArray(token["top_logprobs"]).length > 0);
  const top = tokens.map((token) => ({ candidates: asArray(token["top_logprobs"]).filter(isObject).map(wireToken) }));
  return {
    logprobsResult: { chosenCandidates: chosen, ...(hasTop ? { topCandidates: top } : {}) },
    avgLogprobs: sum / tokens.length,
  };
}

function chatToken(candidate: unknown): WireObject {
  const object = isObject(candidate) ? candidate : {};
  const token = asString(object["token"]) ?? "";
  return { token, logprob: asNumber(object["logProbability"]) ?? 0, bytes: [...new TextEncoder().encode(token)] };
}

function wireToken(token: WireObject): { token: string; logProbability: number } {
  return { token: asString(token["token"]) ?? "", logProbability: asNumber(token["logprob"]) ?? 0 };
}
