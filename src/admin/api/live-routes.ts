// What is going on right now, and ending a request that is under way.

import { GatewayError } from "../../core/errors.ts";
import { done } from "../contract/common.ts";
import { type LiveEvent, liveEvent } from "../contract/live.ts";
import { AdminError } from "./admin-error.ts";
import { breakerView } from "./breaker-view.ts";
import { eventStream } from "./event-stream.ts";
import type { AdminParts } from "./parts.ts";
import { events, json, type Route, route } from "./route.ts";

export function liveRoutes(parts: AdminParts): Route[] {
  const { configFile, gateway, live } = parts;

  function snapshot(): LiveEvent {
    const rows = gateway.breakers.rows(gateway.clock.monotonicMs());
    return {
      type: "snapshot",
      running: live.running(),
      breakers: rows.map((row) => breakerView(row, configFile.current())),
      version: configFile.revision(),
    };
  }

  return [
    route({
      method: "GET",
      path: "/live",
      summary: "requests under way and just ended, breakers and configuration as they change",
      answer: events(liveEvent),
      errors: ["throttled"],
      handle: ({ request, identity }) =>
        eventStream<LiveEvent>({
          signal: request.signal,
          mayGoOn: () => identity.isStillIn(),
          start(sink) {
            const leave = live.listen((event) => void sink.send(event));
            if (!leave) throw new AdminError("throttled", "too many pages listen already", { retryAfterMs: 5000 });
            sink.send(snapshot());
            return leave;
          },
        }),
    }),
    route({
      method: "DELETE",
      path: "/live/requests/{id}",
      summary: "ends a request that is under way; its client is told in its protocol",
      answer: json(done),
      errors: ["not-found"],
      handle: ({ params, identity }) => {
        for (const request of gateway.inflight.running()) {
          if (request.inbound.id !== params.id) continue;
          request.stop(
            new GatewayError("gateway-interrupted", "the request was ended by the administrator of the gateway", {
              shouldRetry: false,
            }),
          );
          identity.audit("request-ended", `request ${params.id} ended`);
          return { ok: true as const };
        }
        throw new AdminError("not-found", "there is no request of this id under way");
      },
    }),
  ];
}
