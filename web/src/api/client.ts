// Talks to the admin API: same origin, session cookie, JSON both ways, failures as `ApiFailure`.

import { watchPresence } from "../lib/presence.ts";
import { ApiFailure, hasCode, readFailure } from "./api-failure.ts";

export const API_ROOT = "/admin/api";

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Version of the configuration that the change is based on. */
  readonly version?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Not worth a question: fails instead when it takes the password again. */
  readonly isQuiet?: boolean | undefined;
}

export interface PasswordRequest {
  /** The server's words for what it takes the password for. */
  readonly reason: string;
  /** The one that was given last was wrong. */
  readonly isWrong: boolean;
}

/** Resolves with the password, or undefined when the person would rather not. */
export type AskForPassword = (request: PasswordRequest) => Promise<string | undefined>;

let askForPassword: AskForPassword | undefined;
/** Ends when the question before is answered: calls that need the password at the same time ask one after the other. */
let lastQuestion: Promise<unknown> = Promise.resolve();

/** Who asks the person when a call needs the password again. Gets one question at a time. */
export function setPasswordQuestion(ask: AskForPassword | undefined): void {
  askForPassword = ask;
}

const expiryListeners = new Set<() => void>();
const presence = watchPresence(globalThis, Date.now);

/** Calls the listener when the gateway says that nobody is logged in any more; returns how to stop that. */
export function onSessionExpired(listener: () => void): () => void {
  expiryListeners.add(listener);
  return () => expiryListeners.delete(listener);
}

/** The five verbs. Each resolves with the answer's body and throws `ApiFailure`. */
export const api = {
  get: <T>(path: string, options?: CallOptions) => call<T>("GET", path, options),
  post: <T>(path: string, options?: CallOptions) => call<T>("POST", path, options),
  put: <T>(path: string, options?: CallOptions) => call<T>("PUT", path, options),
  patch: <T>(path: string, options?: CallOptions) => call<T>("PATCH", path, options),
  delete: <T>(path: string, options?: CallOptions) => call<T>("DELETE", path, options),
};

/** A path with its query; undefined and empty values are left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | number | null | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

/**
 * The raw answer to a call, for streams. Throws `ApiFailure` for everything but 2xx. Where the gateway takes the password
 * again, the person is asked for it until it is right or not given.
 */
export async function callRaw(method: string, path: string, options: CallOptions = {}): Promise<Response> {
  let password: string | undefined;
  let reason = "";
  for (;;) {
    try {
      return await callOnce(method, path, options, password);
    } catch (failure) {
      if (!hasCode(failure, "password-needed") || !askForPassword || options.isQuiet) throw failure;
      const isWrong = password !== undefined;
      if (!isWrong) reason = failure.message;
      password = await askInTurn(askForPassword, { reason, isWrong });
      if (password === undefined) throw failure;
    }
  }
}

function askInTurn(ask: AskForPassword, request: PasswordRequest): Promise<string | undefined> {
  const answer = lastQuestion.then(() => ask(request));
  lastQuestion = answer.catch(() => undefined);
  return answer;
}

async function callOnce(
  method: string,
  path: string,
  options: CallOptions,
  password: string | undefined,
): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json, text/event-stream" };
  // Pages of other sites cannot set this header without asking first.
  if (method !== "GET") headers["x-apirouter-csrf"] = "1";
  // Pages ask anew by themselves; an abandoned one has to be logged out all the same.
  if (presence.isAway()) headers["x-apirouter-background"] = "1";
  if (options.body !== undefined) headers["content-type"] = "application/json";
  if (options.version !== undefined) headers["if-match"] = options.version;
  // Headers hold no characters beyond Latin-1.
  if (password !== undefined) headers["x-apirouter-confirm"] = encodeURIComponent(password);
  let response: Response;
  try {
    response = await fetch(API_ROOT + path, {
      method,
      headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      credentials: "same-origin",
      signal: options.signal ?? null,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiFailure("offline", "", 0);
  }
  if (response.ok) return response;
  const failure = readFailure(response.status, await readJson(response), response.headers.get("retry-after"));
  if (failure.code === "unauthenticated" && !path.startsWith("/session"))
    for (const listener of expiryListeners) listener();
  throw failure;
}

async function call<T>(method: string, path: string, options?: CallOptions): Promise<T> {
  const response = await callRaw(method, path, options);
  if (response.status === 204) return undefined as T;
  const body = await readJson(response);
  if (body === undefined) throw new ApiFailure("unreadable", "", response.status);
  // The server checks its answers against the same schemas in its tests.
  return body as T;
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined; // not JSON: told by status alone
  }
}
