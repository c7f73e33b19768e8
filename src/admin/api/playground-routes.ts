// Trying out what clients would get: a question or a whole request, and a logged request once more.

import type { ProtocolId } from "../../core/protocol-id.ts";
import type { RequestRecord } from "../../core/request-record.ts";
import { replayInput } from "../contract/logs.ts";
import { playgroundEvent, playgroundInput } from "../contract/playground.ts";
import { promptBody, withModel } from "../own-request.ts";
import { AdminError } from "./admin-error.ts";
import { createCallBudget } from "./call-budget.ts";
import { readLog } from "./log-routes.ts";
import type { AdminParts } from "./parts.ts";
import { type PlaygroundOptions, playground } from "./playground.ts";
import { events, type Route, type RouteCall, route } from "./route.ts";

export function playgroundRoutes(parts: AdminParts): Route[] {
  const budget = createCallBudget({ nowMs: () => parts.gateway.clock.monotonicMs(), perMinute: 60, atOnce: 8 });

  function start(call: RouteCall<unknown, unknown, unknown>, request: PlaygroundOptions["request"]): Response {
    refuseUnknownUpstream(parts, request.onlyUpstreamId);
    const onEnd = budget.enter();
    call.identity.audit("request-sent", `request sent by hand: ${request.protocol} ${request.model.slice(0, 200)}`);
    return playground({
      parts,
      request,
      signal: call.request.signal,
      mayGoOn: () => call.identity.isStillIn(),
      onEnd,
    });
  }

  return [
    route({
      method: "POST",
      path: "/playground",
      summary: "sends a request through the gateway and shows the answer as it comes, raw and read",
      body: playgroundInput,
      answer: events(playgroundEvent),
      errors: ["throttled"],
      handle: (call) => {
        const { protocol, model, prompt, body, stream, upstream_id: upstreamId } = call.body;
        if ((prompt === undefined) === (body === undefined)) {
          const problems = [{ path: "prompt", message: "expected either prompt or body" }];
          throw new AdminError("invalid", "prompt: expected either prompt or body", { problems });
        }
        return start(call, {
          protocol,
          model,
          stream,
          body: body ? withModel(protocol, body, model, stream) : promptBody(protocol, model, prompt ?? "", stream),
          onlyUpstreamId: upstreamId ?? undefined,
        });
      },
    }),
    route({
      method: "POST",
      path: "/logs/{id}/replay",
      summary: "sends a logged request again, when its body was recorded",
      body: replayInput,
      answer: events(playgroundEvent),
      errors: ["not-found", "not-recorded", "storage", "throttled"],
      handle: async (call) => {
        const record = await readLog(parts.requestLog.find(call.params.id));
        if (!record) throw new AdminError("not-found", "there is no request of this id in the log");
        const { protocol, body } = recordedBody(record);
        const { model, stream } = record;
        return start(call, {
          protocol,
          model,
          stream,
          body: withModel(protocol, body, model, stream),
          onlyUpstreamId: call.body.upstream_id ?? undefined,
        });
      },
    }),
  ];
}

/**
 * The body of the first attempt, in the protocol that it was sent in: where client and upstream speak the same one that
 * is what the client sent but for the model's name. Throws AdminError `not-recorded`.
 */
function recordedBody(record: RequestRecord): { readonly protocol: ProtocolId; readonly body: object } {
  const attempt = record.attempts[0];
  try {
    const body: unknown = JSON.parse(attempt?.capture?.requestBody ?? "");
    if (attempt && typeof body === "object" && body !== null && !Array.isArray(body))
      return { protocol: attempt.protocol, body };
  } catch {
    // Nothing was recorded, or only its beginning.
  }
  throw new AdminError(
    "not-recorded",
    "the body was not recorded, or not as a whole: debug_mode keeps bodies up to 16 KiB",
  );
}

function refuseUnknownUpstream(parts: AdminParts, id: string | undefined): void {
  if (id === undefined || parts.configFile.current().upstreams.some((upstream) => upstream.id === id)) return;
  const message = "expected the id of an upstream";
  throw new AdminError("invalid", `upstream_id: ${message}`, { problems: [{ path: "upstream_id", message }] });
}
