// Calls the admin API of a test gateway and holds every answer against the schema that its route declares.

import { expect } from "bun:test";
import type { AdminParts } from "../../src/admin/api/parts.ts";
import type { Route } from "../../src/admin/api/route.ts";
import { adminRoutes } from "../../src/admin/api/routes.ts";
import { apiError } from "../../src/admin/contract/common.ts";
import { SEED_PASSWORD_HASH } from "../../src/config/defaults.ts";

/** Of a gateway whose file names none. */
export const ADMIN_PASSWORD = "admin";
/** For `config` of a test gateway. */
export const ADMIN_CONFIG = { admin_password_hash: SEED_PASSWORD_HASH };

export interface AdminCall {
  readonly body?: unknown;
  /** Version for `if-match`. */
  readonly ifMatch?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null sends none. */
  readonly password?: string | null;
}

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; the text where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose schemas were checked here
  readonly body: any;
}

/** The declared routes, without anything behind them. */
export const DECLARED_ROUTES: readonly Route[] = adminRoutes({} as AdminParts);

/** One call: `GET /upstreams?x=1`, path below `/admin/api`. Fails the test when the answer breaks its schema. */
export async function callAdmin(base: string, target: string, call: AdminCall = {}): Promise<AdminAnswer> {
  const [method = "", path = ""] = target.split(" ");
  const response = await fetchAdmin(base, target, call);
  const text = await response.text();
  const body: unknown = response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text;
  expect(response.headers.get("cache-control")).toBe("no-store");
  if (response.status >= 400) expectSchema(apiError, body, target);
  else {
    const answer = findRoute(method, path)?.answer;
    if (answer?.type === "json") {
      expect(response.status).toBe(answer.status);
      expectSchema(answer.schema, body, target);
    }
  }
  return { status: response.status, headers: response.headers, body };
}

/** The bare response, for streams. */
export function fetchAdmin(base: string, target: string, call: AdminCall = {}): Promise<Response> {
  const [method = "", path = ""] = target.split(" ");
  const { password = ADMIN_PASSWORD } = call;
  const headers: Record<string, string> = { ...(password !== null && { "x-admin-password": password }) };
  if (call.body !== undefined) headers["content-type"] = "application/json";
  if (call.ifMatch !== undefined) headers["if-match"] = `"${call.ifMatch}"`;
  const body = typeof call.body === "string" ? call.body : JSON.stringify(call.body);
  return fetch(`${base}/admin/api${path}`, {
    method,
    headers: { ...headers, ...call.headers },
    ...(call.body !== undefined && { body }),
  });
}

/** Nothing missing, nothing that the schema does not know. */
function expectSchema(schema: NonNullable<unknown>, body: unknown, target: string): void {
  const parsed = (
    schema as { safeParse(value: unknown): { success: boolean; data?: unknown; error?: unknown } }
  ).safeParse(body);
  expect({ target, error: parsed.error }).toEqual({ target, error: undefined });
  expect({ target, body }).toEqual({ target, body: parsed.data });
}

function findRoute(method: string, target: string): Route | undefined {
  const path = target.split("?")[0] ?? "";
  const matching = DECLARED_ROUTES.filter((route) => {
    const pattern = route.path.replace(/\{\w+\}/g, "[^/]+").replaceAll(".", "\\.");
    return route.method === method && new RegExp(`^${pattern}$`).test(path);
  });
  return matching.toSorted((a, b) => a.path.split("{").length - b.path.split("{").length)[0];
}
