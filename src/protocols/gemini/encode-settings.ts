// `generationConfig` of an upstream request: sampling, limits, output format and thinking, as the model accepts them.

import type { Loss } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import type { UpstreamQuirks } from "../protocol.ts";
import type { ModelFacts } from "./model-facts.ts";
import { encodeReasoning } from "./reasoning.ts";
import { sanitizeSchema } from "./schema.ts";
import { isObject, type WireObject } from "./wire.ts";

const MAX_STOP_SEQUENCES = 5;
const MAX_TOP_LOGPROBS = 20;
const INT32_MAX = 2_147_483_647;

/** What the settings depend on besides the request. */
export interface SettingsOptions {
  readonly facts: ModelFacts;
  readonly isVertex: boolean;
  readonly quirks: UpstreamQuirks;
  readonly losses: Loss[];
  readonly hasFunctions: boolean;
}

/** The settings, and what has to be said in words because the model cannot take it as a setting. */
export interface EncodedSettings {
  readonly generationConfig: WireObject;
  readonly systemHint?: string;
}

/** Writes `generationConfig`. What the generation refuses is left out with a loss; limits are clamped. */
export function encodeSettings(request: IrRequest, options: SettingsOptions): EncodedSettings {
  const extra = request.extensions?.gemini?.["generationConfig"];
  const { thinkingConfig: ownThinking, ...others } = isObject(extra) ? extra : {};
  const format = encodeFormat(request, options);
  const config: Record<string, unknown> = { ...others, ...format.fields };
  writeSampling(request, config, options);
  writeLimits(request, config, options);
  const thinking = encodeReasoning(request, options.facts, options.losses);
  const isOwnThinkingValid = isObject(ownThinking) && options.facts.thinking.type === "budget";
  if (isOwnThinkingValid) config["thinkingConfig"] = ownThinking;
  else if (thinking) config["thinkingConfig"] = thinking;
  return { generationConfig: config, ...(format.hint === undefined ? {} : { systemHint: format.hint }) };
}

function writeSampling(request: IrRequest, config: Record<string, unknown>, { facts, losses }: SettingsOptions): void {
  const { temperature } = request;
  const write = (key: string, value: number | undefined, isAccepted: boolean, feature: string): void => {
    if (value === undefined) return;
    if (isAccepted) config[key] = value;
    else
      losses.push({ kind: "dropped", path: `generationConfig.${key}`, feature, detail: "the model does not take it" });
  };
  write(
    "temperature",
    temperature === undefined ? undefined : Math.min(2, Math.max(0, temperature)),
    facts.acceptsSampling,
    "temperature",
  );
  write("topP", request.topP, facts.acceptsSampling, "top-p");
  write("topK", request.topK, facts.acceptsSampling, "top-k");
  write("presencePenalty", request.presencePenalty, facts.acceptsPenalties, "presence-penalty");
  write("frequencyPenalty", request.frequencyPenalty, facts.acceptsPenalties, "frequency-penalty");
  writeCandidateCount(request, config, { facts, losses });
  const { seed } = request;
  write("seed", seed, seed !== undefined && Number.isInteger(seed) && Math.abs(seed) <= INT32_MAX, "seed");
}

/** Only one answer is converted, so that more are asked for only where a Gemini client gets them as they are. */
function writeCandidateCount(
  request: IrRequest,
  config: Record<string, unknown>,
  { facts, losses }: Pick<SettingsOptions, "facts" | "losses">,
): void {
  const count = request.candidateCount;
  if (count === undefined) return;
  const isOwn = request.extensions?.gemini !== undefined;
  if (facts.acceptsPenalties && (isOwn || count <= 1)) config["candidateCount"] = count;
  else if (count > 1)
    losses.push({ kind: "approximated", path: "generationConfig.candidateCount", feature: "candidate-count" });
}

function writeLimits(
  request: IrRequest,
  config: Record<string, unknown>,
  { facts, isVertex, losses }: SettingsOptions,
): void {
  const { maxOutputTokens, stopSequences, logprobs } = request;
  if (maxOutputTokens !== undefined) {
    // Vertex counts its bound as exclusive.
    const limit = facts.outputTokenLimit === undefined ? undefined : facts.outputTokenLimit - (isVertex ? 1 : 0);
    config["maxOutputTokens"] = limit === undefined ? maxOutputTokens : Math.min(maxOutputTokens, limit);
    if (limit !== undefined && maxOutputTokens > limit) {
      losses.push({ kind: "approximated", path: "generationConfig.maxOutputTokens", feature: "max-output-tokens" });
    }
  }
  const stops = (stopSequences ?? []).filter((stop) => stop !== "");
  if (stops.length > 0) config["stopSequences"] = stops.slice(0, MAX_STOP_SEQUENCES);
  if (stops.length > MAX_STOP_SEQUENCES) {
    losses.push({
      kind: "dropped",
      path: "generationConfig.stopSequences",
      feature: "stop-sequences",
      detail: "at most 5 are taken",
    });
  }
  if (logprobs?.enabled) {
    config["responseLogprobs"] = true;
    if (logprobs.topCount !== undefined) config["logprobs"] = Math.min(MAX_TOP_LOGPROBS, logprobs.topCount);
  }
}

function encodeFormat(request: IrRequest, options: SettingsOptions): { fields: WireObject; hint?: string } {
  const { outputFormat } = request;
  if (!outputFormat) return { fields: {} };
  const { facts, hasFunctions, losses, quirks } = options;
  if (hasFunctions && !facts.mixesJsonAndTools) {
    losses.push({
      kind: "approximated",
      path: "generationConfig.responseMimeType",
      feature: "output-format",
      detail: "asked for in words beside tools",
    });
    const schema =
      outputFormat.type === "json-schema"
        ? ` that matches this JSON schema: ${JSON.stringify(outputFormat.schema)}`
        : "";
    return { fields: {}, hint: `Write the final answer as one JSON value without any other text${schema}` };
  }
  if (outputFormat.type === "json-object") return { fields: { responseMimeType: "application/json" } };
  const key = quirks.openApiSchema ? "responseSchema" : "responseJsonSchema";
  const schema = sanitizeSchema(outputFormat.schema, quirks.openApiSchema ? "openapi" : "json");
  return {
    fields: { responseMimeType: "application/json", ...(Object.keys(schema).length > 0 ? { [key]: schema } : {}) },
  };
}
