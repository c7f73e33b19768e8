// What setting up a client takes: addresses, models, which clients have been seen, and which way a request would go.

import { networkInterfaces } from "node:os";
import { catalogOf } from "../../gateway/handle-models.ts";
import { clientKeyId } from "../client-keys.ts";
import { connectInfo, explainInput, explanation, offeredModels } from "../contract/playground.ts";
import { AdminError } from "./admin-error.ts";
import { explain } from "./explain.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";

/** Requests of the log that are looked through for clients seen before the start. */
const LOOK_BACK = 1000;
/** How long the page waits for upstreams' lists of models: it asks again every few seconds. */
const MODELS_WAIT_MS = 300;

export function connectRoutes(parts: AdminParts): Route[] {
  const { configFile, gateway } = parts;
  let earlier: Promise<void> | undefined;

  /** Clients that were here before the program was started last. */
  function lookBack(): Promise<void> {
    earlier ??= parts.requestLog.recent(LOOK_BACK).then(
      (records) => {
        for (const record of records) parts.seenClients.saw(record);
      },
      () => {
        earlier = undefined; // the log cannot be read just now: tried again next time
      },
    );
    return earlier;
  }

  return [
    route({
      method: "POST",
      path: "/explain",
      summary: "which way a request would go and why; touches nothing",
      body: explainInput,
      answer: json(explanation),
      handle: ({ body }) => {
        const config = configFile.current();
        const id = body.client_key_id ?? undefined;
        const key = id === undefined ? undefined : config.clientKeys.find((entry) => clientKeyId(entry) === id);
        if (id !== undefined && !key) {
          const message = "expected the id of a client key";
          throw new AdminError("invalid", `client_key_id: ${message}`, {
            problems: [{ path: "client_key_id", message }],
          });
        }
        const { protocol, model } = body;
        const sessionId = body.session_id ?? undefined;
        return explain(gateway, { config, protocol, model, key, sessionId, wallMs: gateway.clock.wallMs() });
      },
    }),
    route({
      method: "GET",
      path: "/models",
      summary: "models that clients are offered, and by which upstreams",
      answer: json(offeredModels),
      handle: async () => {
        const offers = await catalogOf(gateway).offers(configFile.current());
        return { models: offers.map(({ id, upstreamIds }) => ({ id, upstreams: [...upstreamIds] })) };
      },
    }),
    route({
      method: "GET",
      path: "/connect",
      summary: "addresses of the gateway, and which clients it has seen",
      answer: json(connectInfo),
      handle: async () => {
        const config = configFile.current();
        const [models] = await Promise.all([catalogOf(gateway).list(config, MODELS_WAIT_MS), lookBack()]);
        return {
          base_urls: reachableAt(parts.about.apiAddress()),
          access_control_enabled: config.accessControlEnabled,
          clients: parts.seenClients.list().map((client) => ({
            id: client.id,
            first_seen_at: new Date(client.firstSeenAt).toISOString(),
            last_seen_at: new Date(client.lastSeenAt).toISOString(),
            last_status: client.lastStatus,
            user_agent: client.userAgent,
            last_model: client.lastModel,
          })),
          models: models.map(({ id }) => id),
        };
      },
    }),
  ];
}

/** The address itself, or one per network when the program listens on all of them. */
export function reachableAt(address: string): string[] {
  const url = new URL(address);
  if (url.hostname !== "0.0.0.0" && url.hostname !== "[::]") return [url.origin];
  const near = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal, address: ip }) => family === "IPv4" && !internal && !ip.startsWith("169.254."))
    .map(({ address: ip }) => ip);
  return ["127.0.0.1", ...new Set(near)].map((host) => `${url.protocol}//${host}${url.port ? `:${url.port}` : ""}`);
}
