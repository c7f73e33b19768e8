// The typed admin API below `/admin/api`: a Hono app made from the declared routes.

import { Hono } from "hono";
import type { Peer } from "../../server/peer.ts";
import { AdminError, errorResponse } from "./admin-error.ts";
import { type AdminGate, NOBODY } from "./gate.ts";
import { openApiDocument } from "./openapi.ts";
import { readBody, readQuery } from "./read-input.ts";
import type { Route } from "./route.ts";

const BASE = "/admin/api";

/** Every answer has these: nothing of it may be kept, sniffed or framed. */
const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

export interface AdminApiOptions {
  readonly routes: readonly Route[];
  readonly gate: AdminGate;
  readonly version: string;
  /** Hears of failures that are ours; peers are told nothing about them. */
  readonly onError: (error: unknown) => void;
}

/** Answers a request below `/admin/api`. Never rejects. */
export type AdminApi = (request: Request, peer: Peer) => Promise<Response>;

export function createAdminApi(options: AdminApiOptions): AdminApi {
  const { routes, gate } = options;
  const app = new Hono<{ Bindings: { peer: Peer } }>({ strict: true }).basePath(BASE);
  const methods = new Map<string, string[]>();
  for (const route of byPrecedence(routes)) {
    const path = route.path.replace(/\{(\w+)\}/g, ":$1");
    methods.set(path, [...(methods.get(path) ?? []), route.method]);
    app.on(route.method, path, async (context) => {
      const { peer } = context.env;
      const request = context.req.raw;
      const identity = route.access === "open" ? NOBODY : await gate.admit(request, peer);
      // HEAD comes here as well: nobody would read the stream, nor ever end it.
      if (request.method === "HEAD" && route.answer.type === "events") return wrongMethod([route.method]);
      const query = readQuery(route, new URL(request.url));
      const body = await readBody(route, request);
      const ifVersion = readIfMatch(request.headers.get("if-match"));
      const params = context.req.param() as Record<string, string>;
      const result = await route.handle({ params, query, body, ifVersion, identity, peer, request });
      return result instanceof Response ? result : reply(route, result);
    });
  }
  let document: Promise<string> | undefined;
  app.get("/openapi.json", async (context) => {
    await gate.admit(context.req.raw, context.env.peer);
    document ??= openApiDocument(routes, options.version).then((value) => JSON.stringify(value));
    return new Response(await document, { headers: { "content-type": "application/json" } });
  });
  // Who may not come in is not told which routes there are either.
  for (const [path, allowed] of methods) {
    app.all(path, async (context) => {
      await gate.admit(context.req.raw, context.env.peer);
      return wrongMethod(allowed);
    });
  }
  app.notFound(async (context) => {
    await gate.admit(context.req.raw, context.env.peer);
    return errorResponse(new AdminError("not-found", "no such route"));
  });
  app.onError((error) => {
    const response = errorResponse(error);
    if (response.status === 500) options.onError(error);
    return response;
  });

  async function respond(request: Request, peer: Peer): Promise<Response> {
    try {
      // Before routing: without a usable Host there is no URL that the router could read.
      gate.screen(request, peer);
    } catch (error) {
      return errorResponse(error);
    }
    return await app.fetch(request, { peer });
  }

  return async (request, peer) => {
    const response = await respond(request, peer);
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
    return response;
  };
}

/** Fixed paths before those with parameters: `/upstreams/order` before `/upstreams/{id}`. */
function byPrecedence(routes: readonly Route[]): Route[] {
  const parameters = (route: Route) => route.path.split("{").length;
  return routes.toSorted((a, b) => parameters(a) - parameters(b));
}

/** JSON, with the configuration's version as entity tag where the answer names one. */
function reply(route: Route, result: unknown): Response {
  const status = route.answer.type === "json" ? route.answer.status : 200;
  const response = Response.json(result, { status });
  const version = typeof result === "object" && result !== null && "version" in result ? result.version : undefined;
  if (typeof version === "string") response.headers.set("etag", `"${version}"`);
  return response;
}

function readIfMatch(value: string | null): string | undefined {
  const tag = value?.trim() ?? "";
  if (tag === "" || tag === "*") return undefined;
  return tag.replace(/^W\//, "").replace(/^"(.*)"$/, "$1");
}

function wrongMethod(allowed: readonly string[]): Response {
  const headers = { allow: allowed.join(", ") };
  return errorResponse(new AdminError("method-not-allowed", `expected ${allowed.join(" or ")}`, { headers }));
}
