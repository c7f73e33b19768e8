// Sampling, limits on text, and fields about the caller, neutral to wire.

import type { LossSink } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import type { Dialect } from "./dialect.ts";
import { sha256Hex } from "./digest.ts";

/** Longest end-user id that OpenAI accepts. */
const USER_LIMIT = 64;
/** Most stop sequences that OpenAI accepts. */
const MAX_STOPS = 4;

interface FieldTarget {
  readonly dialect: Dialect;
  readonly isOwn: boolean;
  readonly loss: LossSink;
}

type Fields = Record<string, unknown>;

/** Sampling fields. Reasoning models of OpenAI accept none of them; at a relay, chat clients' own words stand. */
export function encodeSampling(request: IrRequest, target: FieldTarget): Fields {
  const { dialect, isOwn, loss } = target;
  const fields: Fields = {};
  const wanted: readonly (readonly [field: string, value: unknown])[] = [
    ["temperature", request.temperature],
    ["top_p", request.topP],
    ["presence_penalty", request.presencePenalty],
    ["frequency_penalty", request.frequencyPenalty],
    ["stop", stopOf(request, target)],
    ["logprobs", request.logprobs?.enabled],
    ["top_logprobs", request.logprobs?.topCount],
  ];
  const isRefused = dialect.isReasoningModel && (dialect.isOpenAi || !isOwn);
  for (const [field, value] of wanted) {
    if (value === undefined) continue;
    if (isRefused) loss({ kind: "dropped", path: field, feature: field.replaceAll("_", "-") });
    else fields[field] = value;
  }
  if (request.seed !== undefined) fields["seed"] = request.seed;
  const { candidateCount } = request;
  if (candidateCount !== undefined) {
    if (isOwn) fields["n"] = candidateCount;
    // Only one answer is converted: asking for more would cost money for what no client sees.
    else if (candidateCount > 1) loss({ kind: "approximated", path: "n", feature: "candidate-count" });
  }
  if (request.topK !== undefined) {
    if (dialect.extraSampling || (isOwn && !dialect.isOpenAi)) fields["top_k"] = request.topK;
    else loss({ kind: "dropped", path: "top_k", feature: "top-k" });
  }
  return fields;
}

function stopOf(request: IrRequest, target: FieldTarget): readonly string[] | undefined {
  const stops = request.stopSequences;
  if (!stops || stops.length === 0) return undefined;
  if (stops.length <= MAX_STOPS || target.isOwn) return stops;
  target.loss({ kind: "dropped", path: `stop[${MAX_STOPS}]`, feature: "stop-sequences" });
  return stops.slice(0, MAX_STOPS);
}

/** End-user id, metadata, cache key, tier, storage and verbosity. */
export function encodeIdentity(request: IrRequest, target: FieldTarget): Fields {
  const { dialect, isOwn, loss } = target;
  const fields: Fields = {};
  const put = (field: string, value: unknown, isAccepted: boolean): void => {
    if (value === undefined) return;
    if (isAccepted || isOwn) fields[field] = value;
    else loss({ kind: "dropped", path: field, feature: field.replaceAll("_", "-") });
  };
  if (request.userId !== undefined && request.userId !== "") {
    if (dialect.userField === "none") loss({ kind: "dropped", path: "user", feature: "user-id" });
    else fields[dialect.userField] = shortUser(request.userId, isOwn && !dialect.isOpenAi);
  }
  // OpenAI takes metadata only for answers that it stores.
  put("metadata", request.metadata, dialect.isOpenAi && request.store === true);
  put("prompt_cache_key", request.promptCacheKey, dialect.promptCacheKey);
  put("service_tier", tierOf(request.serviceTier), dialect.serviceTier);
  // Not storing is the default of chat; only the wish to store can get lost.
  if (request.store === true || isOwn) put("store", request.store, dialect.isOpenAi);
  put("verbosity", request.verbosity, dialect.isOpenAi && dialect.isReasoningModel);
  return fields;
}

/** Claude Code sends about 150 characters; a hash still tells users apart. */
function shortUser(userId: string, isKept: boolean): string {
  return isKept || userId.length <= USER_LIMIT ? userId : sha256Hex(userId);
}

/** Anthropic's word for "no priority" has another name here. */
function tierOf(tier: string | undefined): string | undefined {
  return tier === "standard_only" ? "default" : tier;
}
