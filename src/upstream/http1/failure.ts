// Names for what goes wrong below HTTP: system and TLS codes in, TransportErrorCode out.

import { closeSync, openSync } from "node:fs";
import type { TransportErrorCode } from "../transport.ts";

/** A failure before it is known what had been sent: becomes a TransportFailure in the exchange. */
export interface Fault {
  readonly code: TransportErrorCode;
  /** System or TLS code where there is one, else a short upper-case reason. */
  readonly detail: string;
}

/** Codes that mean our own limits, whatever was being done. */
const LOCAL_CODES: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EADDRNOTAVAIL"]);

/** The `code` of a system, DNS or TLS error; without one its message; never throws. */
export function errorDetail(error: Error | null, fallback: string): string {
  if (error === null) return fallback;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && code.length > 0) return code;
  return error.message.length > 0 ? error.message : fallback;
}

/** Fault of a TCP connect that did not succeed. Opens a file when descriptors may have run out: call on failure only. */
export function connectFault(error: Error): Fault {
  const detail = errorDetail(error, "ECONNREFUSED");
  if (LOCAL_CODES.has(detail)) return { code: "local_fault", detail };
  if (detail === "ETIMEDOUT") return { code: "connect_timeout", detail };
  return outOfDescriptors() ?? { code: "connect_refused", detail };
}

/** Fault of a name that could not be resolved. */
export function resolveFault(error: Error): Fault {
  return outOfDescriptors() ?? { code: "dns_error", detail: errorDetail(error, "ENOTFOUND") };
}

/** Bun 1.4.5 reports a connect without free descriptors as ECONNREFUSED, so it is found out by opening one. */
function outOfDescriptors(): Fault | null {
  try {
    closeSync(openSync("/dev/null", "r"));
    return null;
  } catch (error) {
    const detail = errorDetail(error instanceof Error ? error : null, "");
    return LOCAL_CODES.has(detail) ? { code: "local_fault", detail } : null;
  }
}
