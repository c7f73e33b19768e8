// Failures of the admin API and the answers that tell them.

import { SQLiteError } from "bun:sqlite";
import type { ConfigProblem } from "../../config/config.ts";
import { KEYS_AGAIN } from "../../config/redact.ts";
import { ConfigSaveError } from "../../store/config-file.ts";
import { isStorageFailure } from "../../store/request-log-database.ts";
import type { ApiError, Problem } from "../contract/common.ts";

export type AdminErrorCode = ApiError["error"]["code"];

const STATUS: Readonly<Record<AdminErrorCode, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  throttled: 429,
  "not-found": 404,
  "method-not-allowed": 405,
  invalid: 400,
  conflict: 409,
  "file-invalid": 409,
  storage: 500,
  "not-recorded": 409,
  "password-needed": 403,
  upstream: 502,
  internal: 500,
};

export interface AdminErrorOptions {
  /** Where the code's usual status does not fit: 413, 415, 421. */
  readonly status?: number;
  readonly problems?: readonly Problem[];
  readonly retryAfterMs?: number;
  readonly currentVersion?: string;
  readonly outcome?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by handlers, answered as `ApiError`. The message is for people and holds no secrets. */
export class AdminError extends Error {
  readonly code: AdminErrorCode;
  readonly options: AdminErrorOptions;

  constructor(code: AdminErrorCode, message: string, options: AdminErrorOptions = {}) {
    super(message);
    this.name = "AdminError";
    this.code = code;
    this.options = options;
  }
}

/** `invalid`, for one field of what was sent. */
export function fieldError(path: string, message: string): AdminError {
  return new AdminError("invalid", `${path}: ${message}`, { problems: [{ path, message }] });
}

/** Masked keys would go to another host than the one they were entered for. */
export function keysAgain(): AdminError {
  return fieldError("keys", KEYS_AGAIN);
}

/** A field problem without its place in the file, which a form does not know. */
export function toProblem({ path, message }: ConfigProblem): Problem {
  return { path, message };
}

/**
 * What a refused save means to a caller. `relative` turns a path of config.json into one of what was sent;
 * `version` is the version that is there now.
 */
export function saveError(
  error: ConfigSaveError,
  version: string,
  relative: (path: string) => string = (path) => path,
): AdminError {
  if (error.code === "conflict") return new AdminError("conflict", error.message, { currentVersion: version });
  const problems = error.problems.map((problem) => ({ path: relative(problem.path), message: problem.message }));
  const first = problems[0];
  const summary = first ? (first.path === "" ? first.message : `${first.path}: ${first.message}`) : error.message;
  return new AdminError(error.code, error.code === "storage" ? error.message : summary, { problems });
}

/** The answer for anything that was thrown. What is not an AdminError tells its cause to nobody. */
export function errorResponse(cause: unknown): Response {
  const error = asAdminError(cause);
  const { status, problems, retryAfterMs, currentVersion, outcome, headers } = error.options;
  const body: ApiError = { error: { code: error.code, message: error.message } };
  if (problems) body.error.problems = [...problems];
  if (outcome !== undefined) body.error.outcome = outcome;
  if (retryAfterMs !== undefined) body.error.retry_after_ms = retryAfterMs;
  if (currentVersion !== undefined) body.error.current_version = currentVersion;
  const response = Response.json(body, { status: status ?? STATUS[error.code], ...(headers && { headers }) });
  if (retryAfterMs !== undefined)
    response.headers.set("retry-after", String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  return response;
}

function asAdminError(cause: unknown): AdminError {
  if (cause instanceof AdminError) return cause;
  if (cause instanceof ConfigSaveError) return saveError(cause, "");
  if (cause instanceof SQLiteError && isStorageFailure(cause))
    return new AdminError("storage", `the disk refuses: ${cause.message}`);
  return new AdminError("internal", "the request failed");
}
