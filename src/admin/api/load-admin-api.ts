// Loads the admin API when it is first asked for: a gateway that nobody administers pays nothing for it.

import type { AdminHandler } from "../../server/listener.ts";
import type { AdminApi } from "./create-admin-api.ts";
import type { AdminParts } from "./parts.ts";

/** Answers below `/admin/api`; undefined for other paths. */
export function lazyAdminApi(parts: AdminParts, onError: (error: unknown) => void): AdminHandler {
  let loading: Promise<AdminApi> | undefined;

  async function load(): Promise<AdminApi> {
    const [{ createAdminApi }, { adminRoutes }] = await Promise.all([
      import("./create-admin-api.ts"),
      import("./routes.ts"),
    ]);
    return createAdminApi({ routes: adminRoutes(parts), gate: parts.gate, version: parts.about.version, onError });
  }

  return (request, path, peer) => {
    if (path !== "/admin/api" && !path.startsWith("/admin/api/")) return undefined;
    loading ??= load();
    return loading.then((api) => api(request, peer));
  };
}
