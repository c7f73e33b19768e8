// The administrator's routes in the shapes of the program that this one replaces: its scripts keep working.

import type { Config } from "../config/config.ts";
import type { JsonObject } from "../config/json-path.ts";
import { formatProblem } from "../config/problem-list.ts";
import { maskConfig, unmaskUpstreams } from "../config/redact.ts";
import { patchConfig } from "../config/serialize-config.ts";
import type { RequestRecord } from "../core/request-record.ts";
import { type Random, randomId } from "../lib/random.ts";
import type { BreakerRow } from "../resilience/breakers.ts";
import type { Peer } from "../server/peer.ts";
import { type ConfigFile, ConfigSaveError } from "../store/config-file.ts";
import type { AdminAuth } from "./admin-auth.ts";

export interface SeedRoutesOptions {
  readonly configFile: ConfigFile;
  readonly auth: AdminAuth;
  readonly random: Random;
  /** Newest first. */
  readonly recentLogs: (limit: number) => Promise<readonly RequestRecord[]>;
  readonly clearLogs: () => Promise<void>;
  readonly toLogEntry: (record: RequestRecord) => unknown;
  readonly breakerRows: () => readonly BreakerRow[];
  /** Sends a test request through the gateway itself. */
  readonly testModel: (input: TestModelInput) => Promise<Response>;
}

export interface TestModelInput {
  readonly upstreamId: string | undefined;
  readonly model: string;
  readonly prompt: string;
  readonly stream: boolean;
  /** `anthropic`, `openai`, `openai_response` or `gemini`. */
  readonly sourceFormat: string;
}

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const LOG_LIMIT = 100;
const MIN_PASSWORD_LENGTH = 8;
const REFUSED_PASSWORDS = new Set(["admin", "apirouter", "password", "12345678", "123456789", "password1"]);

type Handler = (request: Request, body: Record<string, unknown>, isLocal: boolean) => Promise<Response> | Response;

/** Handles `/admin/*`; undefined for paths that are not served here. Every answer carries `cache-control: no-store`. */
export function createSeedRoutes(
  options: SeedRoutesOptions,
): (request: Request, path: string, peer: Peer) => Promise<Response> | undefined {
  const { configFile, auth } = options;
  const routes = new Map<string, Handler>([
    ["GET /admin/config", (_request, _body, isLocal) => getConfig(options, isLocal)],
    ["POST /admin/config", (_request, body) => postConfig(options, body)],
    ["GET /admin/client-keys", () => getClientKeys(configFile)],
    ["POST /admin/client-keys", (_request, body) => postClientKeys(configFile, body)],
    ["POST /admin/generate-key", () => json({ key: `sk-${randomId(options.random, 43)}` })],
    ["GET /admin/logs", async () => json({ logs: (await options.recentLogs(LOG_LIMIT)).map(options.toLogEntry) })],
    ["DELETE /admin/logs", () => clearLogs(options)],
    ["GET /admin/breakers", () => json({ breakers: options.breakerRows() })],
    ["POST /admin/test-model", (_request, body) => testModel(options, body)],
  ]);

  async function handle(request: Request, path: string, isLocal: boolean): Promise<Response> {
    if (isCrossSite(request)) return json({ error: "Forbidden" }, 403);
    const password = request.headers.get("x-admin-password");
    const verdict = await auth.verify(password, configFile.current().adminPasswordHash, isLocal);
    if (verdict.type === "wait") {
      return json({ error: "Too many attempts" }, 429, {
        "retry-after": String(Math.ceil(verdict.retryAfterMs / 1000)),
      });
    }
    if (path === "/admin/verify" && request.method === "POST") return json({ ok: verdict.type === "ok" });
    if (verdict.type !== "ok") return json({ error: "Unauthorized" }, 401);
    const handler = routes.get(`${request.method} ${path}`);
    if (!handler)
      return json({ error: "Not found" }, [...routes.keys()].some((route) => route.endsWith(` ${path}`)) ? 405 : 404);
    const body = request.method === "POST" ? await readJson(request) : {};
    if (!body) return json({ error: "body: expected a JSON object" }, 400);
    try {
      return await handler(request, body, isLocal);
    } catch (error) {
      return saveFailure(error);
    }
  }

  return (request, path, peer) =>
    path === "/admin-ui" || path.startsWith("/admin-ui/") ? undefined : handle(request, path, peer.isLocal);
}

function getConfig(options: SeedRoutesOptions, isLocal: boolean): Response {
  const { configFile } = options;
  const document = configFile.document();
  // Scripts on this machine edit and post back what they get; everyone else sees masked keys, which come back unchanged.
  const shown = isLocal ? document : maskConfig(document);
  return json({
    upstreams: shown["upstreams"] ?? [],
    debug_mode: configFile.current().debugMode,
    problems: configFile.problems().map(formatProblem),
    warnings: configFile.warnings().map(formatProblem),
  });
}

async function postConfig(options: SeedRoutesOptions, body: Record<string, unknown>): Promise<Response> {
  const { configFile } = options;
  const patch: JsonObject = {};
  if (body["upstreams"] !== undefined) {
    if (!Array.isArray(body["upstreams"])) return json({ error: "upstreams: expected an array" }, 400);
    const { upstreams, problems } = unmaskUpstreams(body["upstreams"], configFile.document());
    if (problems.length > 0) return json({ error: problems.map(formatProblem).join("; ") }, 400);
    patch["upstreams"] = upstreams;
  }
  if (body["debug_mode"] !== undefined) patch["debug_mode"] = body["debug_mode"];
  if (body["new_password"] !== undefined && body["new_password"] !== "") {
    const problem = passwordProblem(body["new_password"]);
    if (problem) return json({ error: problem }, 400);
    patch["admin_password_hash"] = await Bun.password.hash(body["new_password"] as string, {
      algorithm: "argon2id",
      memoryCost: 19_456,
      timeCost: 2,
    });
  }
  await configFile.save((document) => patchConfig(document, patch));
  return json({ ok: true });
}

function passwordProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return "new_password: expected a string";
  if (value.length < MIN_PASSWORD_LENGTH || value.length > 256)
    return `new_password: expected ${MIN_PASSWORD_LENGTH} to 256 characters`;
  return REFUSED_PASSWORDS.has(value.toLowerCase()) ? "new_password: expected one that is not common" : undefined;
}

function getClientKeys(configFile: ConfigFile): Response {
  const config: Config = configFile.current();
  const keys = config.clientKeys.map((key) => ({
    key: key.label,
    hash: key.hash,
    name: key.name,
    enabled: key.enabled,
    created_at: key.createdAt,
  }));
  return json({ keys, access_control_enabled: config.accessControlEnabled });
}

async function postClientKeys(configFile: ConfigFile, body: Record<string, unknown>): Promise<Response> {
  const patch: JsonObject = {};
  if (body["keys"] !== undefined) {
    if (!Array.isArray(body["keys"])) return json({ error: "keys: expected an array" }, 400);
    patch["client_keys"] = body["keys"].map(storedKey);
  }
  if (body["access_control_enabled"] !== undefined) patch["access_control_enabled"] = body["access_control_enabled"];
  await configFile.save((document) => patchConfig(document, patch));
  return json({ ok: true });
}

/** A key that came from `getClientKeys` carries its hash and a label; a new one carries the key itself. */
function storedKey(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null) return entry;
  const { key, hash, ...rest } = entry as Record<string, unknown>;
  return typeof hash === "string" ? { hash, label: key, ...rest } : entry;
}

async function clearLogs(options: SeedRoutesOptions): Promise<Response> {
  await options.clearLogs();
  return json({ ok: true });
}

async function testModel(options: SeedRoutesOptions, body: Record<string, unknown>): Promise<Response> {
  const { model, prompt } = body;
  if (typeof model !== "string" || model === "") return json({ error: "model: expected a non-empty string" }, 400);
  const upstreamId = body["upstream_id"];
  return await options.testModel({
    upstreamId: typeof upstreamId === "string" && upstreamId !== "" ? upstreamId : undefined,
    model,
    prompt: typeof prompt === "string" && prompt !== "" ? prompt : "Hello",
    stream: body["stream"] === true,
    sourceFormat: typeof body["source_format"] === "string" ? body["source_format"] : "anthropic",
  });
}

async function readJson(request: Request): Promise<Record<string, unknown> | undefined> {
  const length = Number(request.headers.get("content-length") ?? "0");
  if (length > MAX_BODY_BYTES) return undefined;
  try {
    const text = await request.text();
    const body: unknown = text === "" ? {} : JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body)
      ? (body as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // told as "expected a JSON object"
  }
}

/** A page of another site must not reach these routes, not even with a password that the browser would add. */
export function isCrossSite(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = request.headers.get("origin");
  return origin !== null && origin.replace(/^https?:\/\//, "") !== request.headers.get("host");
}

const SAVE_STATUS = { invalid: 400, conflict: 409, "file-invalid": 409, storage: 500 } as const;

function saveFailure(error: unknown): Response {
  if (error instanceof ConfigSaveError) return json({ error: error.message }, SAVE_STATUS[error.code]);
  return json({ error: "the request failed" }, 500);
}

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, {
    status,
    headers: {
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      ...headers,
    },
  });
}
