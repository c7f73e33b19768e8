// Collects what is wrong with a configuration, each with its place in the file and with secrets masked.

import { maskSecret } from "../lib/secret.ts";
import { publicUrl } from "./base-url.ts";
import type { ConfigProblem } from "./config.ts";
import { formatPath, isJsonObject, type JsonObject, type JsonPath, valueAt } from "./json-path.ts";
import { lineAndColumn } from "./json-scan.ts";
import { isKeyReference } from "./key-reference.ts";

/** Receives problems (which refuse the file) and warnings (which do not). */
export interface ProblemList {
  /** `expected` is what should be there: `expected true or false`. What is there is added, masked. */
  wrong(path: JsonPath, expected: string): void;
  /** A message that is complete as it is. */
  problem(path: JsonPath, message: string): void;
  warning(path: JsonPath, message: string): void;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Creates an empty list for one document; only the first problem at a path is kept. */
export function createProblemList(text: string, raw: JsonObject, offsets: ReadonlyMap<string, number>): ProblemList {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const seen = new Set<string>();

  function locate(path: JsonPath, message: string): ConfigProblem {
    const formatted = formatPath(path);
    // A missing field has no place of its own: the object that lacks it is shown instead.
    const offset = offsets.get(formatted) ?? offsets.get(formatPath(path.slice(0, -1)));
    return offset === undefined
      ? { path: formatted, message }
      : { path: formatted, message, ...lineAndColumn(text, offset) };
  }

  function problem(path: JsonPath, message: string): void {
    const formatted = formatPath(path);
    if (seen.has(formatted)) return;
    seen.add(formatted);
    problems.push(locate(path, message));
  }

  return {
    wrong: (path, expected) => problem(path, `${expected}, found ${describeValue(valueAt(raw, path), path)}`),
    problem,
    warning: (path, message) => void warnings.push(locate(path, message)),
    problems,
    warnings,
  };
}

/** Fields whose text holds nothing secret and may be shown as it is. */
const SHOWN_FIELDS: ReadonlySet<string> = new Set([
  ...[
    "id",
    "api_format",
    "auth",
    "loss_policy",
    "all_open",
    "mid_stream",
    "max_tokens_field",
    "anthropic_version",
    "created_at",
  ],
]);

/** A value for a message. Text is shown only where the field cannot hold a secret; keys are masked. */
function describeValue(value: unknown, path: JsonPath): string {
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "boolean" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isJsonObject(value)) return "an object";
  if (typeof value !== "string") return "something else";
  if (value === "") return '""';
  const fields = path.filter((part) => typeof part === "string");
  const field = fields.at(-1) ?? "";
  if (SHOWN_FIELDS.has(field)) return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (field === "base_url") return describeUrl(value);
  if (field === "keys" || (field === "key" && fields[0] === "client_keys")) {
    if (isKeyReference(value) && value.length <= 200) return JSON.stringify(value);
    return `${JSON.stringify(maskSecret(value))} (${value.length} characters)`;
  }
  return `a string of ${value.length} characters`;
}

function describeUrl(value: string): string {
  const shown = publicUrl(value);
  return shown === "" ? `a string of ${value.length} characters` : JSON.stringify(shown.slice(0, 200));
}

/** `line 3, column 5: upstreams[0].base_url: expected …`, for a terminal or a log. */
export function formatProblem(problem: ConfigProblem): string {
  const place = problem.line === undefined ? "" : `line ${problem.line}, column ${problem.column ?? 1}: `;
  return problem.path === "" ? `${place}${problem.message}` : `${place}${problem.path}: ${problem.message}`;
}
