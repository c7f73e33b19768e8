// All routes of the admin API. A new module of routes adds its line here.

import { keyRoutes } from "./key-routes.ts";
import type { AdminParts } from "./parts.ts";
import type { Route } from "./route.ts";
import { sessionRoutes } from "./session-routes.ts";
import { settingsRoutes } from "./settings-routes.ts";
import { upstreamRoutes } from "./upstream-routes.ts";

export function adminRoutes(parts: AdminParts): Route[] {
  return [...sessionRoutes(parts), ...upstreamRoutes(parts), ...keyRoutes(parts), ...settingsRoutes(parts)];
}
