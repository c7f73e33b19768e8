// Chooses what a plan answers a request with: a whole body or the frames of a stream, with status and headers.
// Time, cuts and HTTP framing are the compiler's business.

import type { SimFrame } from "./answer.ts";
import { estimateTokens, RENDERERS, renderContext, renderFrames } from "./render.ts";
import { renderError, type SimErrorKind } from "./render-error.ts";
import type { SimPlan } from "./script.ts";
import type { SimRequest } from "./sim-request.ts";

/** An answer before faults of time and place. Exactly one of `body` and `frames` is set. */
export interface SimContent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly frames?: readonly SimFrame[];
}

/** What a simulator serves besides answers. */
export interface ContentOptions {
  readonly models: readonly string[];
}

const HTML =
  "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>\n";

const KIND_BY_STATUS: Readonly<Record<number, SimErrorKind>> = {
  400: "invalid",
  401: "auth",
  402: "quota",
  403: "forbidden",
  404: "not_found",
  413: "context_length",
  429: "rate",
  503: "overloaded",
  529: "overloaded",
};

/** The content of a plan for a request. */
export function contentOf(plan: SimPlan, request: SimRequest, options: ContentOptions): SimContent {
  const content = chooseContent(plan, request, options);
  return plan.headers ? { ...content, headers: withHeaders(content.headers, plan.headers) } : content;
}

function chooseContent(plan: SimPlan, request: SimRequest, options: ContentOptions): SimContent {
  const { protocol, operation } = request.route;
  const status = plan.status ?? 200;
  if (plan.html) return { status, headers: { "content-type": "text/html; charset=utf-8" }, body: Buffer.from(HTML) };
  if (plan.empty) return { status, headers: { "content-type": "application/json" }, body: Buffer.alloc(0) };
  if (plan.errorIn200) return json(protocol, 200, renderError(protocol, plan.errorIn200, plan.errorMessage).body);
  if (plan.body !== undefined) return rawContent(protocol, status, plan.body);
  const kind =
    plan.error ?? (status >= 400 ? (KIND_BY_STATUS[status] ?? (status >= 500 ? "api_error" : "invalid")) : undefined);
  if (kind) {
    const reply = renderError(protocol, kind, plan.errorMessage);
    return json(protocol, plan.status ?? reply.status, reply.body);
  }
  if (operation === "generate") return answerContent(plan, request, status);
  return serviceContent(request, options);
}

function answerContent(plan: SimPlan, request: SimRequest, status: number): SimContent {
  const { protocol, framing } = request.route;
  const answer = plan.answer ?? { text: "Scripted answer." };
  const streams = plan.shape === undefined ? request.wantsStream : plan.shape === "sse";
  if (!streams) return json(protocol, status, RENDERERS[protocol].json(answer, renderContext(answer, request)));
  const isArray = framing === "json-array";
  const headers = {
    "content-type": isArray ? "application/json; charset=UTF-8" : "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  };
  return { status, headers: { ...headers, ...RENDERERS[protocol].headers }, frames: renderFrames(answer, request) };
}

/** Model lists, token counts, health, and 404 for the rest. */
function serviceContent(request: SimRequest, options: ContentOptions): SimContent {
  const { protocol, operation, model } = request.route;
  const renderer = RENDERERS[protocol];
  switch (operation) {
    case "list-models":
      return json(protocol, 200, renderer.modelList(options.models.map((id) => renderer.model(id))));
    case "get-model":
      if (model !== undefined && options.models.includes(model)) return json(protocol, 200, renderer.model(model));
      return json(protocol, 404, renderError(protocol, "not_found").body);
    case "count-tokens":
      return json(protocol, 200, renderer.countTokens(estimateTokens(request)));
    case "health":
      return json(protocol, 200, { status: "ok" });
    default:
      return json(
        protocol,
        404,
        renderError(protocol, "not_found", `no such path: ${request.method} ${request.path}`).body,
      );
  }
}

function rawContent(protocol: SimRequest["route"]["protocol"], status: number, body: unknown): SimContent {
  if (typeof body === "string")
    return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: Buffer.from(body) };
  if (body instanceof Uint8Array)
    return { status, headers: { "content-type": "application/octet-stream" }, body: Buffer.from(body) };
  return json(protocol, status, body);
}

function json(protocol: SimRequest["route"]["protocol"], status: number, value: unknown): SimContent {
  const headers = { "content-type": "application/json", ...RENDERERS[protocol].headers };
  return { status, headers, body: Buffer.from(JSON.stringify(value)) };
}

function withHeaders(
  headers: Readonly<Record<string, string>>,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const merged = { ...headers, ...extra };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ""));
}
