// The model routes: `GET …/models` and `GET …/models/{id}`, in the caller's shape.

import type { Config, KeyLimits } from "../config/config.ts";
import { GatewayError } from "../core/errors.ts";
import { isModelAmong } from "../routing/model-map.ts";
import type { GatewayDeps } from "./context.ts";
import { refuse } from "./handle-generate.ts";
import type { InboundRequest } from "./inbound.ts";
import { createModelCatalog, type ModelCatalog } from "./model-catalog.ts";
import { replyHeaders } from "./reply-headers.ts";

/** One catalog per gateway, made by its first model request. */
const catalogs = new WeakMap<GatewayDeps, ModelCatalog>();

/** Answers with the list, the model, or the protocol's 404 for a model that nobody offers. Never rejects. */
export async function handleModels(deps: GatewayDeps, inbound: InboundRequest): Promise<Response> {
  const { protocol, route, config } = inbound;
  try {
    const catalog = catalogOf(deps);
    const visible = visibleTo(inbound.keyLimits, config);
    if (route.operation === "list-models") {
      const models = (await catalog.list(visible)).filter(({ id }) => isAllowed(inbound.keyLimits, id));
      return reply(inbound, protocol.encodeModelList(models));
    }
    const wanted = route.model ?? "";
    const model = isAllowed(inbound.keyLimits, wanted) ? await catalog.find(visible, wanted) : undefined;
    if (model) return reply(inbound, protocol.encodeModel(model));
    throw new GatewayError("client-not-found", `model: no model named ${JSON.stringify(wanted.slice(0, 200))}`);
  } catch (error) {
    return refuse(deps, inbound, error);
  }
}

/** The configuration without the upstreams that a key may not use. */
function visibleTo(limits: KeyLimits | undefined, config: Config): Config {
  const allowed = limits?.upstreams;
  return allowed ? { ...config, upstreams: config.upstreams.filter(({ id }) => allowed.has(id)) } : config;
}

function isAllowed(limits: KeyLimits | undefined, model: string): boolean {
  return limits?.models === undefined || isModelAmong(limits.models, model);
}

/** The catalog of a gateway. */
export function catalogOf(deps: GatewayDeps): ModelCatalog {
  let catalog = catalogs.get(deps);
  if (!catalog) {
    catalog = createModelCatalog(deps);
    catalogs.set(deps, catalog);
  }
  return catalog;
}

function reply(inbound: InboundRequest, body: unknown): Response {
  const headers = replyHeaders({ requestId: inbound.id, contentType: "application/json" });
  return new Response(JSON.stringify(body), { headers });
}
