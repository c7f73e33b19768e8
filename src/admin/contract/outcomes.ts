// The names that `outcome` has in log rows, attempts, story steps and tests.

import type { ErrorCode } from "../../core/errors.ts";
import type { FineOutcome } from "../../core/outcome.ts";

/** `ok`, `client_closed`, an error code (requests), or one of the finer names (attempts). */
export type OutcomeName = "ok" | "client_closed" | ErrorCode | FineOutcome;
