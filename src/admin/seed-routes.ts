// The administrator's routes in the shapes of the program that this one replaces: its scripts keep working.

import type { Config } from "../config/config.ts";
import { isJsonObject, type JsonObject } from "../config/json-path.ts";
import { formatProblem } from "../config/problem-list.ts";
import { maskConfig, unmaskUpstreams } from "../config/redact.ts";
import { newDestinations } from "../config/secret-destinations.ts";
import { patchConfig } from "../config/serialize-config.ts";
import { isTooDeep } from "../core/json-depth.ts";
import type { RequestRecord } from "../core/request-record.ts";
import { type Random, randomId } from "../lib/random.ts";
import type { BreakerRow } from "../resilience/breakers.ts";
import type { Peer } from "../server/peer.ts";
import { readCapped } from "../server/read-request-body.ts";
import { type ConfigFile, type ConfigOrigin, ConfigSaveError } from "../store/config-file.ts";
import type { AdminAccess, AdminCaller, Refusal } from "./access/admin-access.ts";
import { AdminError } from "./api/admin-error.ts";

export interface SeedRoutesOptions {
  readonly configFile: ConfigFile;
  readonly access: AdminAccess;
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

type Handler = (body: Record<string, unknown>, caller: AdminCaller) => Promise<Response> | Response;

/** Handles `/admin/*`; undefined for paths that are not served here. Every answer carries `cache-control: no-store`. */
export function createSeedRoutes(
  options: SeedRoutesOptions,
): (request: Request, path: string, peer: Peer) => Promise<Response> | undefined {
  const { configFile, access } = options;
  const routes = new Map<string, Handler>([
    ["GET /admin/config", (_body, caller) => getConfig(options, caller)],
    ["POST /admin/config", (body, caller) => postConfig(options, body, caller)],
    ["GET /admin/client-keys", () => getClientKeys(configFile)],
    ["POST /admin/client-keys", (body, caller) => postClientKeys(options, body, caller)],
    ["POST /admin/generate-key", () => json({ key: `sk-${randomId(options.random, 43)}` })],
    ["GET /admin/logs", async () => json({ logs: (await options.recentLogs(LOG_LIMIT)).map(options.toLogEntry) })],
    ["DELETE /admin/logs", (_body, caller) => clearLogs(options, caller)],
    ["GET /admin/breakers", () => json({ breakers: options.breakerRows() })],
    ["POST /admin/test-model", (body) => testModel(options, body)],
  ]);
  const methodsOf = (path: string) =>
    [...routes.keys(), "POST /admin/verify"].flatMap((route) =>
      route.endsWith(` ${path}`) ? [route.slice(0, route.indexOf(" "))] : [],
    );

  async function handle(request: Request, path: string, peer: Peer): Promise<Response> {
    if (request.method === "OPTIONS") return json({ error: "Method not allowed" }, 405);
    if (path === "/admin/verify" && request.method === "POST") return await verify(access, request, peer);
    const verdict = await access.authenticate(request, peer);
    if (!verdict.ok) return refused(verdict.refusal);
    const handler = routes.get(`${request.method} ${path}`);
    if (!handler) {
      const allowed = methodsOf(path);
      if (allowed.length === 0) return json({ error: "Not found" }, 404);
      return json({ error: "Method not allowed" }, 405, { allow: allowed.join(", ") });
    }
    const body = request.method === "POST" ? await readJson(request) : {};
    if (!body) return json({ error: "body: expected a JSON object" }, 400);
    try {
      return await handler(body, verdict.value);
    } catch (error) {
      return saveFailure(error);
    }
  }

  return (request, path, peer) =>
    path === "/admin-ui" || path.startsWith("/admin-ui/") ? undefined : handle(request, path, peer);
}

/** The seed's log-in: always 200 with a verdict, unless the caller may not even ask. */
async function verify(access: AdminAccess, request: Request, peer: Peer): Promise<Response> {
  const password = request.headers.get("x-admin-password");
  const refusal =
    access.screen(request, peer) ?? (password === null ? undefined : await access.confirm(password, peer));
  if (!refusal) return json({ ok: password !== null });
  if (refusal.status === 401) return json({ ok: false });
  return json({ ok: false, error: refusal.message }, refusal.status, retryAfter(refusal));
}

function refused(refusal: Refusal): Response {
  // The seed's words: scripts match on them.
  const error = refusal.status === 401 ? "Unauthorized" : refusal.message;
  return json({ error }, refusal.status, retryAfter(refusal));
}

function retryAfter({ retryAfterMs }: Refusal): Record<string, string> {
  return retryAfterMs === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
}

function getConfig(options: SeedRoutesOptions, caller: AdminCaller): Response {
  const { configFile } = options;
  const document = configFile.document();
  // Scripts on this machine edit and post back what they get; everyone else, pages in browsers included, sees masked
  // keys, which come back unchanged.
  const shown = caller.peer.isLocal && !caller.session ? document : maskConfig(document);
  return json({
    upstreams: shown["upstreams"] ?? [],
    debug_mode: configFile.current().debugMode,
    problems: configFile.problems().map(formatProblem),
    warnings: configFile.warnings().map(formatProblem),
  });
}

async function postConfig(
  options: SeedRoutesOptions,
  body: Record<string, unknown>,
  caller: AdminCaller,
): Promise<Response> {
  const { configFile, access } = options;
  const patch: JsonObject = {};
  if (body["upstreams"] !== undefined) {
    if (!Array.isArray(body["upstreams"])) return json({ error: "upstreams: expected an array" }, 400);
    const { upstreams, problems } = unmaskUpstreams(body["upstreams"], configFile.document(), {
      keepsAbsent: true,
    });
    if (problems.length > 0) return json({ error: problems.map(formatProblem).join("; ") }, 400);
    patch["upstreams"] = upstreams;
  }
  if (body["debug_mode"] !== undefined) patch["debug_mode"] = body["debug_mode"];
  const newPassword = body["new_password"] === "" ? undefined : body["new_password"];
  if (newPassword !== undefined) {
    // Who holds a stolen session must not be able to lock the owner out: this caller has shown the password.
    if (caller.session) return json({ error: "new_password: expected the password in x-admin-password" }, 403);
    const fault = access.passwordFault(newPassword);
    if (fault) return json({ error: `new_password: ${fault}` }, 400);
  }
  const mutate = (document: JsonObject) => {
    const after = patchConfig(document, patch);
    if (caller.session && newDestinations(document, after, configFile.environment()).length > 0)
      throw new AdminError(
        "password-needed",
        "upstreams: a key of this machine for another host takes x-admin-password",
      );
    return after;
  };
  await configFile.save(mutate, { origin: originOf(caller) });
  const changed = Object.keys(patch);
  if (changed.length > 0) access.audit(caller, "config-changed", `configuration saved: ${changed.join(", ")}`);
  const refusal = newPassword === undefined ? undefined : await access.setPassword(caller, newPassword);
  return refusal ? refused(refusal) : json({ ok: true });
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

async function postClientKeys(
  { configFile, access }: SeedRoutesOptions,
  body: Record<string, unknown>,
  caller: AdminCaller,
): Promise<Response> {
  const patch: JsonObject = {};
  if (body["keys"] !== undefined) {
    if (!Array.isArray(body["keys"])) return json({ error: "keys: expected an array" }, 400);
    patch["client_keys"] = body["keys"].map(storedKey);
  }
  if (body["access_control_enabled"] !== undefined) patch["access_control_enabled"] = body["access_control_enabled"];
  await configFile.save((document) => patchConfig(document, patch), { origin: originOf(caller) });
  access.audit(caller, "keys-changed", `client keys saved: ${Object.keys(patch).join(", ")}`);
  return json({ ok: true });
}

/** A key that came from `getClientKeys` carries its hash and a label; a new one carries the key itself. */
function storedKey(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null) return entry;
  const { key, hash, ...rest } = entry as Record<string, unknown>;
  return typeof hash === "string" ? { hash, label: key, ...rest } : entry;
}

async function clearLogs(options: SeedRoutesOptions, caller: AdminCaller): Promise<Response> {
  await options.clearLogs();
  options.access.audit(caller, "logs-cleared", "request log cleared");
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
  try {
    if (Number(request.headers.get("content-length") ?? "0") > MAX_BODY_BYTES) return undefined;
    const text = new TextDecoder().decode(await readCapped(request, MAX_BODY_BYTES));
    const body: unknown = text === "" ? {} : JSON.parse(text);
    return isJsonObject(body) && !isTooDeep(body) ? body : undefined;
  } catch {
    return undefined; // told as "expected a JSON object"
  }
}

function originOf({ peer, session }: AdminCaller): ConfigOrigin {
  return { source: session ? "console" : "script", author: peer.address };
}

const SAVE_STATUS = { invalid: 400, conflict: 409, "file-invalid": 409, storage: 500 } as const;

function saveFailure(error: unknown): Response {
  if (error instanceof AdminError && error.code === "password-needed") return json({ error: error.message }, 403);
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
