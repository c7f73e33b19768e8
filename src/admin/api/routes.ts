// All routes of the admin API. A new module of routes adds its line here.

import { breakerRoutes } from "./breaker-routes.ts";
import { connectRoutes } from "./connect-routes.ts";
import { historyRoutes } from "./history-routes.ts";
import { keyRoutes } from "./key-routes.ts";
import { liveRoutes } from "./live-routes.ts";
import { logRoutes } from "./log-routes.ts";
import type { AdminParts } from "./parts.ts";
import { playgroundRoutes } from "./playground-routes.ts";
import { presetRoutes } from "./preset-routes.ts";
import { priceRoutes } from "./price-routes.ts";
import type { Route } from "./route.ts";
import { sessionRoutes } from "./session-routes.ts";
import { settingsRoutes } from "./settings-routes.ts";
import { transferRoutes } from "./transfer-routes.ts";
import { upstreamRoutes } from "./upstream-routes.ts";
import { upstreamTestRoutes } from "./upstream-test-routes.ts";
import { usageRoutes } from "./usage-routes.ts";

export function adminRoutes(parts: AdminParts): Route[] {
  return [
    ...sessionRoutes(parts),
    ...upstreamRoutes(parts),
    ...upstreamTestRoutes(parts),
    ...breakerRoutes(parts),
    ...liveRoutes(parts),
    ...keyRoutes(parts),
    ...settingsRoutes(parts),
    ...historyRoutes(parts),
    ...transferRoutes(parts),
    ...logRoutes(parts),
    ...usageRoutes(parts),
    ...playgroundRoutes(parts),
    ...connectRoutes(parts),
    ...presetRoutes(),
    ...priceRoutes(parts),
  ];
}
