// Holds a client key to the models and upstreams it may use, also where a body names a model in a second place.

import type { ClientKey, Config, KeyLimits } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";
import { asBuffer } from "../lib/as-buffer.ts";
import { isModelAmong } from "../routing/model-map.ts";

/** Throws GatewayError `client-forbidden` when the key may not ask for this model. */
export function checkModel(limits: KeyLimits | undefined, model: string): void {
  if (!limits?.models || isModelAmong(limits.models, model)) return;
  throw forbidden(`model: this API key may not use ${JSON.stringify(model.slice(0, 200))}`);
}

/**
 * Checks every model that a body names: its own, fall-backs of routers (`models`, `fallbacks`), and those of hosted tools.
 * The body is parsed once more for that, because a scan of the bytes could read a doubled or escaped field in another
 * way than the upstream does. `pathModel` is the model of routes that have it in their path. Throws as `checkModel`, and
 * `client-invalid-request` for a body that is no JSON.
 */
export function checkBodyModels(limits: KeyLimits | undefined, body: Uint8Array, pathModel: string | undefined): void {
  if (!limits?.models) return;
  if (pathModel !== undefined) checkModel(limits, pathModel);
  const named = namedModels(parse(body));
  if (pathModel === undefined && named.length === 0)
    throw forbidden("model: this API key may use certain models only, and the request names none");
  for (const model of named) checkModel(limits, model);
}

/** Throws GatewayError `client-forbidden` when the key may use none of the upstreams that are in use. */
export function checkUpstreams(config: Config, { limits }: ClientKey): void {
  const allowed = limits?.upstreams;
  if (!allowed) return;
  const enabled = config.upstreams.filter((upstream) => upstream.enabled);
  if (enabled.length === 0 || enabled.some(({ id }) => allowed.has(id))) return;
  throw forbidden("this API key may use none of the upstreams that are in use");
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(asBuffer(body).toString("utf8"));
  } catch {
    throw new GatewayError(
      "client-invalid-request",
      "body: expected JSON, because this API key may use certain models only",
    );
  }
}

function namedModels(body: unknown): string[] {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return [];
  const { model, models, fallbacks, tools } = body as Record<string, unknown>;
  return [model, ...listOf(models), ...listOf(fallbacks), ...listOf(tools)].flatMap((value) => {
    if (typeof value === "string") return [value.replace(/^models\//, "")];
    const inner = typeof value === "object" && value !== null ? (value as Record<string, unknown>)["model"] : undefined;
    return typeof inner === "string" ? [inner] : [];
  });
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function forbidden(message: string): GatewayError {
  return new GatewayError("client-forbidden", message);
}
