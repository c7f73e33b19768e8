// Who may use the admin API: one function that every route but the open ones passes first.

import type { Peer } from "../../server/peer.ts";
import type { ConfigFile } from "../../store/config-file.ts";
import type { AdminAuth } from "../admin-auth.ts";
import { isCrossSite } from "../seed-routes.ts";
import { AdminError } from "./admin-error.ts";

/** Who changes something, for the history and the audit log. */
export interface AdminIdentity {
  readonly author: string;
  readonly source: "console" | "script";
}

export interface AdminGate {
  /** Lets the caller in, or throws AdminError `unauthenticated`, `forbidden` or `throttled`. */
  admit(request: Request, peer: Peer): Promise<AdminIdentity>;
  /** Checks the password once more, for what must not follow from a stolen session; throws as above. */
  confirm(password: string, peer: Peer): Promise<void>;
}

/** Admits by `x-admin-password` alone, as scripts do. */
export function createPasswordGate(auth: AdminAuth, configFile: ConfigFile): AdminGate {
  async function check(password: string | null, peer: Peer): Promise<void> {
    const verdict = await auth.verify(password, configFile.current().adminPasswordHash, peer.isLocal);
    if (verdict.type === "wait")
      throw new AdminError("throttled", "too many attempts", { retryAfterMs: verdict.retryAfterMs });
    if (verdict.type === "wrong") throw new AdminError("unauthenticated", "expected the administrator's password");
  }

  return {
    async admit(request, peer) {
      if (isCrossSite(request)) throw new AdminError("forbidden", "pages of other sites may not use this");
      await check(request.headers.get("x-admin-password"), peer);
      return { author: peer.address, source: "script" };
    },
    confirm: check,
  };
}
