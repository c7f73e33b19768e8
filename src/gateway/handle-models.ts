// The model lists: what the configured upstreams are known to offer, by their model maps.

import { GatewayError } from "../core/errors.ts";
import type { ModelEntry } from "../protocols/protocol.ts";
import { upstreamsInOrder } from "../routing/plan-attempts.ts";
import type { GatewayDeps } from "./context.ts";
import { refuse } from "./handle-generate.ts";
import type { InboundRequest } from "./inbound.ts";
import { replyHeaders } from "./reply-headers.ts";

/** Names of all model maps of enabled upstreams, each once, in order of priority; patterns are left out. */
export function listModels(inbound: InboundRequest): ModelEntry[] {
  const models = new Map<string, ModelEntry>();
  for (const upstream of upstreamsInOrder(inbound.config)) {
    if (!upstream.enabled) continue;
    for (const name of upstream.modelMap.keys()) {
      if (name.includes("*") || models.has(name)) continue;
      models.set(name, { id: name, displayName: name, createdAt: 0, ownedBy: "apirouter" });
    }
  }
  return [...models.values()];
}

/** Answers `GET …/models` and `GET …/models/{id}` in the caller's shape. */
export function handleModels(deps: GatewayDeps, inbound: InboundRequest): Response {
  const models = listModels(inbound);
  const headers = replyHeaders({ requestId: inbound.id, contentType: "application/json" });
  const { protocol, route } = inbound;
  if (route.operation === "list-models")
    return new Response(JSON.stringify(protocol.encodeModelList(models)), { headers });
  const wanted = route.model ?? "";
  const model = models.find((entry) => entry.id === wanted);
  if (!model)
    return refuse(
      deps,
      inbound,
      new GatewayError("client-not-found", `model: no model named ${JSON.stringify(wanted.slice(0, 200))}`),
    );
  return new Response(JSON.stringify(protocol.encodeModel(model)), { headers });
}
