// What goes wrong between console and gateway.

import type { ApiError, Problem } from "../../../src/admin/contract/common.ts";

/** Codes of the server, and two for when it did not answer at all. */
export type FailureCode = ApiError["error"]["code"] | "offline" | "unreadable";

/** Thrown by the client for every answer that is not a success. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  constructor(
    readonly code: FailureCode,
    message: string,
    /** 0 when there was no answer. */
    readonly status: number,
    readonly problems: readonly Problem[] = [],
    readonly retryAfterMs: number | undefined = undefined,
    /** With `conflict`: the version of the configuration that is there now. */
    readonly currentVersion: string | undefined = undefined,
    /** With `upstream`: what happened there, where it is known. */
    readonly outcome: string | undefined = undefined,
  ) {
    super(message);
  }
}

/** Whether an error has this code. */
export function hasCode(error: unknown, code: FailureCode): error is ApiFailure {
  return error instanceof ApiFailure && error.code === code;
}

/** The failure in an answer's body; tolerates bodies that are no error of ours. */
export function readFailure(status: number, body: unknown, retryAfter: string | null): ApiFailure {
  const error = (body as Partial<ApiError> | null)?.error;
  const retryAfterMs = error?.retry_after_ms ?? (retryAfter === null ? undefined : Number(retryAfter) * 1000);
  if (typeof error !== "object" || typeof error.code !== "string")
    return new ApiFailure(codeOf(status), typeof error === "string" ? error : "", status, [], retryAfterMs);
  const { code, message, problems = [], current_version: currentVersion, outcome } = error;
  return new ApiFailure(code, message, status, problems, retryAfterMs, currentVersion, outcome);
}

function codeOf(status: number): FailureCode {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return "not-found";
  if (status === 405) return "method-not-allowed";
  if (status === 409) return "conflict";
  if (status === 429) return "throttled";
  return status >= 500 ? "internal" : "invalid";
}
