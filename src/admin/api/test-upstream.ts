// One small call to one upstream, apart from all others: it is not logged, waits for no breaker and opens none.

import type { Config, UpstreamConfig } from "../../config/config.ts";
import type { RequestRecord } from "../../core/request-record.ts";
import type { GatewayDeps } from "../../gateway/context.ts";
import { InflightCounter } from "../../gateway/inflight.ts";
import { askForModels, type ModelListAnswer } from "../../gateway/model-catalog.ts";
import { ProbeGate } from "../../gateway/probe-gate.ts";
import { UpstreamLoad } from "../../gateway/upstream-load.ts";
import { createBreakers } from "../../resilience/breakers.ts";
import { createRetryBudget } from "../../resilience/retry-budget.ts";
import { Affinity } from "../../routing/affinity.ts";
import { classifyTransportFailure } from "../../upstream/classify-outcome.ts";
import type { OutcomeName } from "../contract/outcomes.ts";
import type { TestResult } from "../contract/upstreams.ts";
import { promptBody, sendOwnRequest } from "../own-request.ts";
import { AdminError, fieldError } from "./admin-error.ts";

/** People wait for it. */
const TIMEOUT_MS = 30_000;
const LIST_TIMEOUT_MS = 10_000;
const PROMPT = "Reply with the single word OK.";
/** Characters of the answer that are shown. */
const MAX_TEXT = 500;

export interface UpstreamTest {
  readonly upstream: UpstreamConfig;
  /** As clients would ask for it; chosen from the map or the upstream's list when absent. */
  readonly model: string | undefined;
  /** Only this key; the first when absent. */
  readonly keyId: string | undefined;
  readonly config: Config;
}

/**
 * Makes the call. Throws AdminError `not-found` for an unknown key; when there is no model to ask for, `upstream` with
 * the reason where it is one, else `invalid`.
 */
export async function testUpstream(deps: GatewayDeps, test: UpstreamTest): Promise<TestResult> {
  const upstream = withOneKey(test.upstream, test.keyId);
  const model = test.model ?? (await chooseModel(deps, upstream));
  const { promise: recorded, resolve: record } = Promise.withResolvers<RequestRecord>();
  const config = aloneConfig(test.config, upstream);
  const { protocol } = upstream;
  const response = await sendOwnRequest(apart(deps, config, record), new ProbeGate(), {
    protocol,
    model,
    stream: false,
    body: promptBody(protocol, model, PROMPT, false),
    config,
    signal: AbortSignal.timeout(TIMEOUT_MS + 5000),
    userAgent: "apirouter-test",
    onlyUpstreamId: upstream.id,
  });
  const text = await response.text();
  const { outcome, error, durationMs, attempts } = await recorded;
  const attempt = attempts.at(-1);
  const isOk = outcome === "ok";
  return {
    ok: isOk,
    status: attempt && attempt.status > 0 ? attempt.status : null,
    duration_ms: Math.round(durationMs),
    model,
    text: isOk ? answerText(deps, upstream, model, text) : null,
    error: isOk ? null : (attempt?.error ?? error ?? "no answer"),
    outcome: isOk ? "ok" : (attempt?.outcome ?? outcome),
  };
}

/** The upstream's own list of models. Throws AdminError `upstream` with what a person should know. */
export async function listModels(deps: GatewayDeps, upstream: UpstreamConfig) {
  const answer = await askForModels(deps, upstream, LIST_TIMEOUT_MS);
  if (answer.type !== "models") throw listFailure(answer);
  return { models: answer.models.map(({ id, displayName }) => ({ id, display_name: displayName || null })) };
}

function listFailure(answer: Exclude<ModelListAnswer, { readonly type: "models" }>): AdminError {
  switch (answer.type) {
    case "refused":
      return upstreamError(
        `the upstream answered ${answer.status} when it was asked for its models`,
        REFUSALS[answer.status],
      );
    case "unreadable":
      return upstreamError("the upstream answered with something else than a list of models", "wrong_content_type");
    case "none": {
      if (!answer.failure) return upstreamError(`the upstream gave no answer within ${LIST_TIMEOUT_MS / 1000} s`);
      const { message } = classifyTransportFailure(answer.failure);
      return upstreamError(message, answer.failure.code);
    }
  }
}

/** What these statuses say of a list of models, whatever words come with them; others say little, as not every upstream has one. */
const REFUSALS: Readonly<Record<number, OutcomeName>> = { 401: "key_invalid", 403: "key_invalid" };

function upstreamError(message: string, outcome?: OutcomeName): AdminError {
  return new AdminError("upstream", message, outcome === undefined ? {} : { outcome });
}

function withOneKey(upstream: UpstreamConfig, keyId: string | undefined): UpstreamConfig {
  const key = keyId === undefined ? upstream.keys[0] : upstream.keys.find(({ id }) => id === keyId);
  if (keyId !== undefined && !key) throw new AdminError("not-found", "the upstream has no such key");
  return { ...upstream, keys: key ? [key] : [] };
}

async function chooseModel(deps: GatewayDeps, upstream: UpstreamConfig): Promise<string> {
  for (const name of upstream.modelMap.keys()) if (!name.includes("*")) return name;
  const answer = await askForModels(deps, upstream, LIST_TIMEOUT_MS);
  const first = answer.type === "models" ? answer.models[0] : undefined;
  if (first) return first.id;
  // A key or an address that is wrong is the finding; that there is no list is none, some upstreams have no such thing.
  const failure = answer.type === "models" ? undefined : listFailure(answer);
  if (failure?.options.outcome !== undefined) throw failure;
  throw fieldError("model", "expected a model: the upstream's map names none and it has no list");
}

/** One attempt, and no longer than a person waits. */
function aloneConfig(config: Config, upstream: UpstreamConfig): Config {
  const { timeouts } = upstream;
  const requestMs = timeouts.requestMs > 0 ? Math.min(timeouts.requestMs, TIMEOUT_MS) : TIMEOUT_MS;
  return {
    ...config,
    upstreams: [{ ...upstream, timeouts: { ...timeouts, requestMs } }],
    failover: { ...config.failover, maxAttempts: 1 },
  };
}

/** The gateway's parts, with nothing of what requests leave behind. */
function apart(deps: GatewayDeps, config: Config, record: (record: RequestRecord) => void): GatewayDeps {
  return {
    ...deps,
    breakers: createBreakers(
      () => config.breaker,
      () => undefined,
    ),
    retryBudget: createRetryBudget(() => ({ ratio: 1, perSecond: 1 })),
    upstreamLoad: new UpstreamLoad(),
    inflight: new InflightCounter(),
    affinity: new Affinity({ maxSessions: 1, ttlMs: 1 }),
    record,
  };
}

function answerText(deps: GatewayDeps, upstream: UpstreamConfig, model: string, text: string): string | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text.slice(0, MAX_TEXT);
  }
  const answer = deps.protocols[upstream.protocol].decodeResponse(body, {
    origin: { protocol: upstream.protocol, upstreamId: upstream.id, model },
    quirks: upstream.quirks,
    mintId: () => "0",
    loss: () => undefined,
  });
  if ("error" in answer) return null;
  const parts = answer.content.map((block) => (block.type === "text" ? block.text : ""));
  return parts.join("").slice(0, MAX_TEXT);
}
