// Circuit breakers: what is left alone and why, and closing one by hand.

import { done } from "../contract/common.ts";
import { breakerList, breakerResetInput } from "../contract/upstreams.ts";
import { AdminError } from "./admin-error.ts";
import { breakerView } from "./breaker-view.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";

export function breakerRoutes({ configFile, gateway }: AdminParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/breakers",
      summary: "every breaker that has anything to tell",
      answer: json(breakerList),
      handle: () => ({
        breakers: gateway.breakers
          .rows(gateway.clock.monotonicMs())
          .map((row) => breakerView(row, configFile.current())),
      }),
    }),
    route({
      method: "POST",
      path: "/breakers/reset",
      summary: "closes a breaker and forgets what it has counted",
      body: breakerResetInput,
      answer: json(done),
      errors: ["not-found"],
      handle: ({ body, identity }) => {
        if (!gateway.breakers.resetOne(body.scope, body.id, gateway.clock.monotonicMs()))
          throw new AdminError("not-found", "there is no such breaker, or it has nothing to forget");
        identity.audit("breaker-reset", `breaker closed: ${body.scope} ${body.id}`);
        return { ok: true as const };
      },
    }),
  ];
}
