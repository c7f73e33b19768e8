// Which way a request would go and why: the plan, affinity and breakers as they stand, without touching any of them.
// Rates and budgets of client keys are not looked at.

import type { ClientKey, Config, UpstreamConfig } from "../../config/config.ts";
import type { GatewayDeps } from "../../gateway/context.ts";
import { checkModel } from "../../gateway/key-allowance.ts";
import { mapModel, modelMapEntry } from "../../routing/model-map.ts";
import { type Candidate, planAttempts, upstreamsInOrder } from "../../routing/plan-attempts.ts";
import type { ProtocolName } from "../contract/common.ts";
import type { Explanation, ExplanationStep } from "../contract/playground.ts";

export interface ExplainOptions {
  readonly config: Config;
  readonly protocol: ProtocolName;
  readonly model: string;
  readonly key: ClientKey | undefined;
  readonly sessionId: string | undefined;
  readonly wallMs: number;
}

type Deps = Pick<GatewayDeps, "affinity" | "breakers" | "upstreamLoad" | "clock">;
type Reason = ExplanationStep["reason"];

/** The steps in the order in which they would be tried, those that would not be behind. */
export function explain(deps: Deps, options: ExplainOptions): Explanation {
  const { config, model, key, sessionId } = options;
  const planned = planAttempts(config, model, { allowed: key?.limits?.upstreams });
  const nowMs = deps.clock.monotonicMs();
  const ordered = sessionId === undefined ? planned : deps.affinity.prefer(planned, sessionId, nowMs);
  const isMoved = ordered !== planned;
  const seen = new Set<string>();
  const steps = ordered.map((candidate, index) => {
    const isNextKey = seen.has(candidate.upstream.id);
    seen.add(candidate.upstream.id);
    const usual = isMoved && index === 0 ? "session" : isNextKey ? "next-key" : "priority";
    return stepOf(deps, options, candidate, usual, nowMs);
  });
  const rest = upstreamsInOrder(config).flatMap((upstream) => {
    const reason = whyNot(upstream, key);
    return reason ? [skipped(upstream, model, reason)] : [];
  });
  const tried = steps.filter((step) => step.would_try);
  return {
    steps: [...tried, ...steps.filter((step) => !step.would_try), ...rest],
    refusal: refusalOf(options, planned.length, tried.length),
  };
}

function stepOf(
  { breakers, upstreamLoad }: Deps,
  { protocol, model }: ExplainOptions,
  candidate: Candidate,
  usual: Reason,
  nowMs: number,
): ExplanationStep {
  const { upstream, key } = candidate;
  const view = breakers.view(candidate.ids, nowMs);
  let [reason, detail]: [Reason, string | null] = [usual, null];
  let breaker: ExplanationStep["breaker"] = null;
  if (view.type === "open") {
    reason = "breaker-open";
    const seconds = Math.ceil((view.untilMs - nowMs) / 1000);
    detail = `${view.scope}: ${seconds} s${view.causes.length > 0 ? `, ${view.causes.join(", ")}` : ""}`;
    breaker = { scope: view.scope, remaining_ms: Math.max(0, view.untilMs - nowMs), causes: [...view.causes] };
  } else if (view.type === "probe-busy") {
    reason = "breaker-open";
    detail = `${view.scope}: a trial request is under way`;
    breaker = { scope: view.scope, remaining_ms: null, causes: [...view.causes] };
  } else if (upstreamLoad.isFull(upstream)) {
    reason = "full";
    detail = `${upstream.maxInflight} at once`;
  } else if (view.type === "probe-free") reason = "probe";
  return {
    upstream_id: upstream.id,
    key_masked: key?.secret.masked() ?? "",
    model: candidate.model,
    lane: upstream.protocol === protocol ? "pass-through" : "converted",
    would_try: reason !== "breaker-open" && reason !== "full",
    reason,
    detail,
    breaker,
    max_inflight: reason === "full" ? upstream.maxInflight : null,
    model_map_entry: modelMapEntry(upstream.modelMap, model) ?? null,
  };
}

function whyNot({ id, enabled }: UpstreamConfig, key: ClientKey | undefined): Reason | undefined {
  if (!enabled) return "disabled";
  const allowed = key?.limits?.upstreams;
  return allowed && !allowed.has(id) ? "not-allowed-for-key" : undefined;
}

function skipped(upstream: UpstreamConfig, model: string, reason: Reason): ExplanationStep {
  return {
    upstream_id: upstream.id,
    key_masked: "",
    model: mapModel(upstream.modelMap, model),
    lane: null,
    would_try: false,
    reason,
    detail: null,
    breaker: null,
    max_inflight: null,
    model_map_entry: modelMapEntry(upstream.modelMap, model) ?? null,
  };
}

function refusalOf({ config, key, model, wallMs }: ExplainOptions, planned: number, tried: number): string | null {
  if (key && !key.enabled) return "this API key is switched off";
  if (key?.expiresAtMs !== undefined && key.expiresAtMs <= wallMs) return "this API key has expired";
  try {
    checkModel(key?.limits, model);
  } catch (error) {
    return error instanceof Error ? error.message : "this API key may not use the model";
  }
  if (planned === 0) return "No available upstreams";
  // With `probe`, one request at a time is let through to a candidate whose breaker is open.
  return tried === 0 && config.failover.allOpen === "fail_fast" ? "No available upstreams" : null;
}
