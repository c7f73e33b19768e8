// The smaller fields of a request towards an upstream: format, stop sequences, user, service tier, and what has no place.

import type { LossSink } from "../../core/loss.ts";
import type { IrRequest } from "../../core/request.ts";
import type { ModelFacts } from "./model-facts.ts";
import { outputSchema } from "./schema.ts";
import { isObject, type WireObject } from "./wire.ts";

/** `output_config`, and what stands in for it. */
export interface OutputConfig {
  readonly config: WireObject | undefined;
  /** Instruction for models that cannot be bound to a format. */
  readonly nudge: string | undefined;
}

/** Binds the answer to a format, by `output_config` where the model has it and in words otherwise; adds the effort. */
export function outputConfig(
  request: IrRequest,
  facts: ModelFacts,
  effort: string | undefined,
  isNative: boolean,
  loss: LossSink,
): OutputConfig {
  const config: Record<string, unknown> = {};
  if (effort !== undefined) config["effort"] = effort;
  const format = request.outputFormat;
  let nudge: string | undefined;
  if (format?.type === "json-schema" && (isNative || facts.structuredOutput)) {
    config["format"] = { type: "json_schema", schema: isNative ? format.schema : outputSchema(format.schema) };
  } else if (format) {
    loss({ kind: "approximated", path: "output_config.format", feature: format.type, detail: "asked for in words" });
    nudge =
      format.type === "json-object"
        ? "Answer with one valid JSON object and nothing else."
        : `Answer with one JSON value that matches this JSON Schema, and nothing else:\n${JSON.stringify(format.schema)}`;
  }
  return { config: Object.keys(config).length > 0 ? config : undefined, nudge };
}

/** Adds fields to an object that may be there already. */
export function merged(earlier: unknown, later: WireObject): WireObject {
  return isObject(earlier) ? { ...earlier, ...later } : later;
}

/** Stop sequences; the API refuses blank ones. */
export function addStopSequences(body: Record<string, unknown>, request: IrRequest, loss: LossSink): void {
  const sequences = request.stopSequences?.filter((sequence) => sequence.trim() !== "") ?? [];
  if (sequences.length > 0) body["stop_sequences"] = sequences;
  if (sequences.length < (request.stopSequences?.length ?? 0)) {
    loss({ kind: "dropped", path: "stop_sequences", feature: "blank-stop-sequence" });
  }
}

/** The API refuses ids that look like an e-mail address or a phone number. @source BerriAI/litellm#10102 */
export function addUser(body: Record<string, unknown>, request: IrRequest, loss: LossSink): void {
  const { userId } = request;
  if (userId === undefined) return;
  const isPersonal = /^[^\s{}]+@[^\s{}]+$/.test(userId) || /^\+?[\d\s()-]{7,20}$/.test(userId);
  if (isPersonal) loss({ kind: "dropped", path: "metadata.user_id", feature: "user-id", detail: "looks personal" });
  else body["metadata"] = merged(body["metadata"], { user_id: userId });
}

const TIERS: ReadonlyMap<string, string> = new Map([
  ["auto", "auto"],
  ["standard_only", "standard_only"],
  ["default", "standard_only"],
  ["flex", "standard_only"],
  ["scale", "standard_only"],
]);

/** Service tiers of all vocabularies; paid ones are not asked for unasked. */
export function addServiceTier(body: Record<string, unknown>, request: IrRequest, loss: LossSink): void {
  if (request.serviceTier === undefined) return;
  const tier = TIERS.get(request.serviceTier);
  if (tier !== undefined) body["service_tier"] = tier;
  else loss({ kind: "dropped", path: "service_tier", feature: "service-tier" });
}

/** Fields of the IR that this protocol has no place for and whose absence changes the answer. */
export function recordUnsupported(request: IrRequest, loss: LossSink): void {
  const drop = (isSet: boolean, feature: string): void => {
    if (isSet) loss({ kind: "dropped", path: feature.replaceAll("-", "_"), feature });
  };
  drop(request.presencePenalty !== undefined, "presence-penalty");
  drop(request.frequencyPenalty !== undefined, "frequency-penalty");
  drop(request.seed !== undefined, "seed");
  if ((request.candidateCount ?? 1) > 1) loss({ kind: "approximated", path: "n", feature: "candidate-count" });
  drop(request.logprobs?.enabled === true, "logprobs");
  drop(request.verbosity !== undefined, "verbosity");
}
