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
  /** With this very request, so that it cannot follow from a stolen session. */
  readonly hasShownPassword: boolean;
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
  hasShownPassword: false,
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
      const again = caller.session ? request.headers.get(CONFIRM_HEADER) : null;
      if (again !== null) await confirmAgain(access, again, peer);
      return {
        author: caller.author,
        source: caller.session ? "console" : "script",
        caller,
        hasShownPassword: caller.session === undefined || again !== null,
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

/** Where a session sends the password once more, percent-encoded. */
const CONFIRM_HEADER = "x-apirouter-confirm";

/** Throws AdminError `password-needed` for a wrong password: the session itself is in order. */
async function confirmAgain(access: AdminAccess, encoded: string, peer: Peer): Promise<void> {
  const refusal = await access.confirm(decoded(encoded), peer);
  if (refusal?.code === "unauthenticated") throw new AdminError("password-needed", "the password is wrong");
  if (refusal) throw refusalError(refusal);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return ""; // no password is encoded like this
  }
}

/** The value, or the refusal as AdminError. */
export function unwrap<T>(result: AccessResult<T>): T {
  if (result.ok) return result.value;
  throw refusalError(result.refusal);
}

function refusalError({ code, message, status, retryAfterMs }: Refusal): AdminError {
  return new AdminError(code, message, { status, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}
