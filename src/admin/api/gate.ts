// Who may use the admin API: one function that every route but the open ones passes first.

import type { Peer } from "../../server/peer.ts";
import type { AccessResult, AdminAccess, AdminCaller, Refusal } from "../access/admin-access.ts";
import { AdminError } from "./admin-error.ts";

/** Who changes something, for the history and the audit log. */
export interface AdminIdentity {
  readonly author: string;
  readonly source: "console" | "script";
  /** Undefined on open routes. */
  readonly caller: AdminCaller | undefined;
  /** Writes down what the caller did; see AuditEntry. */
  audit(action: string, detail: string): void;
  /** Whether the caller would still be let in: for streams, which outlive the check at their start. */
  isStillIn(): boolean;
}

export interface AdminGate {
  /** What holds for open routes too: host, first run, pages of other sites. Throws as `admit`. */
  screen(request: Request, peer: Peer): void;
  /** Lets the caller in, or throws AdminError `unauthenticated`, `forbidden` or `throttled`. */
  admit(request: Request, peer: Peer): Promise<AdminIdentity>;
  /** Checks the password once more, for what must not follow from a stolen session; throws as above. */
  confirm(password: string, peer: Peer): Promise<void>;
}

/** The caller of an open route. */
export const NOBODY: AdminIdentity = {
  author: "",
  source: "script",
  caller: undefined,
  audit: () => undefined,
  isStillIn: () => false,
};

/** The gate of a running program. */
export function createAccessGate(access: AdminAccess): AdminGate {
  return {
    screen(request, peer) {
      const refusal = access.screen(request, peer, { isOpenInSetup: true });
      if (refusal) throw refusalError(refusal);
    },
    async admit(request, peer) {
      const caller = unwrap(await access.authenticate(request, peer));
      return {
        author: caller.author,
        source: caller.session ? "console" : "script",
        caller,
        audit: (action, detail) => access.audit(caller, action, detail),
        isStillIn: () => access.isStillIn(caller),
      };
    },
    async confirm(password, peer) {
      const refusal = await access.confirm(password, peer);
      if (refusal) throw refusalError(refusal);
    },
  };
}

/** The value, or the refusal as AdminError. */
export function unwrap<T>(result: AccessResult<T>): T {
  if (result.ok) return result.value;
  throw refusalError(result.refusal);
}

function refusalError({ code, message, status, retryAfterMs }: Refusal): AdminError {
  return new AdminError(code, message, { status, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}
