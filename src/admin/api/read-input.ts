// Reads what a caller of the admin API sent: query and body, checked by the route's schemas, problems with their paths.

import type { z } from "zod";
import { formatPath } from "../../config/json-path.ts";
import { isTooDeep, MAX_JSON_DEPTH } from "../../core/json-depth.ts";
import type { Problem } from "../contract/common.ts";
import { AdminError } from "./admin-error.ts";
import type { Route } from "./route.ts";

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_PROBLEMS = 50;

/** The checked query; `{}` for routes that take none, which then refuse any. */
export function readQuery(route: Route, url: URL): unknown {
  const given: Record<string, string> = Object.create(null);
  for (const [name, value] of url.searchParams) {
    if (name in given) throw invalid([{ path: name, message: "expected it once, found it twice" }]);
    given[name] = value;
  }
  if (route.query) return check(route.query, given, undefined);
  const unknown = Object.keys(given)[0];
  if (unknown !== undefined) throw invalid([{ path: unknown.slice(0, 100), message: "not known here" }]);
  return {};
}

/** The checked body; undefined for routes that take none. */
export async function readBody(route: Route, request: Request): Promise<unknown> {
  if (!route.body) return undefined;
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new AdminError("invalid", "content-type: expected application/json", { status: 415 });
  const text = await readText(request, route.maxBodyBytes ?? MAX_BODY_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(text === "" ? "{}" : text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unreadable";
    throw new AdminError("invalid", `body: expected JSON, ${reason.slice(0, 200)}`);
  }
  if (isTooDeep(value)) throw new AdminError("invalid", `body: expected at most ${MAX_JSON_DEPTH} levels of nesting`);
  return check(route.body, value, route.problemRoot);
}

async function readText(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = () => new AdminError("invalid", `body: expected at most ${maxBytes} bytes`, { status: 413 });
  if (Number(request.headers.get("content-length") ?? "0") > maxBytes) throw tooLarge();
  if (!request.body) return "";
  const chunks: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    held += chunk.byteLength;
    if (held > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function check(schema: z.ZodType, value: unknown, root: string | undefined): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues.flatMap((issue) => toProblems(issue, root)).slice(0, MAX_PROBLEMS));
}

function toProblems(issue: z.core.$ZodIssue, root: string | undefined): Problem[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (root !== undefined && path[0] === root) path.shift();
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: formatPath([...path, key.slice(0, 100)]), message: "not known here" }));
  }
  return [{ path: formatPath(path), message: issue.message.slice(0, 500) }];
}

function invalid(problems: readonly Problem[]): AdminError {
  const first = problems[0];
  const summary = !first ? "invalid" : first.path === "" ? first.message : `${first.path}: ${first.message}`;
  return new AdminError("invalid", summary, { problems });
}
