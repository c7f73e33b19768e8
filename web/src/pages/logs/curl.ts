// A logged attempt as a curl command that a person can run again. Credentials are never in it: a shell variable stands
// where one was.

import type { AttemptView } from "../../../../src/admin/contract/logs.ts";

const CREDENTIALS = new Set([
  "authorization",
  "x-api-key",
  "x-goog-api-key",
  "api-key",
  "proxy-authorization",
  "cookie",
]);
/** curl finds these out itself, and a wrong one breaks the request. */
const OWN_HEADERS = new Set(["host", "content-length", "connection", "accept-encoding", "transfer-encoding"]);
/** What stands in a value that was masked. */
const MASK = /…|\*{3}/;

export interface CurlCommand {
  readonly text: string;
  /** The body was not recorded, or only its beginning: the command needs a hand before it runs. */
  readonly bodyIsIncomplete: boolean;
}

/** The request of an attempt as a command for a POSIX shell. */
export function curlCommand(attempt: AttemptView): CurlCommand {
  const lines = [`curl -gN ${quote(withoutQuerySecrets(attempt.url))}`];
  const headers = Object.entries(attempt.request_headers ?? {}).filter(
    ([name]) => !OWN_HEADERS.has(name.toLowerCase()),
  );
  for (const [name, value] of headers) lines.push(`-H ${header(name, value)}`);
  if (headers.length === 0) {
    lines.push(`-H ${quote("content-type: application/json")}`, `-H ${header(keyHeader(attempt), "***")}`);
  }
  const body = attempt.request_body;
  const isCut = body !== null && /… \(\d+ bytes\)$/.test(body);
  if (body) lines.push(`--data-raw ${quote(body)}`);
  return { text: lines.join(" \\\n  "), bodyIsIncomplete: body === null || isCut };
}

function header(name: string, value: string): string {
  const isCredential = CREDENTIALS.has(name.toLowerCase());
  if (!isCredential && !MASK.test(value)) return quote(`${name}: ${value}`);
  const bearer = name.toLowerCase() === "authorization" ? "Bearer " : "";
  // Double quotes, so that the shell fills in the variable; the name is a header name and needs no escape.
  return `"${name.replace(/[^\w-]/g, "")}: ${bearer}$${isCredential ? "UPSTREAM_KEY" : "SECRET"}"`;
}

function keyHeader(attempt: AttemptView): string {
  if (attempt.protocol === "anthropic") return "x-api-key";
  return attempt.protocol === "gemini" ? "x-goog-api-key" : "authorization";
}

/** Keys in a query are left out by the log already; this holds for addresses that came another way. */
function withoutQuerySecrets(url: string): string {
  return url.replace(/([?&](?:key|api_key|api-key|token|access_token)=)[^&#]*/gi, "$1***");
}

/** In single quotes, which keep everything but themselves. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
