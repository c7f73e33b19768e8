// How long the client itself will wait, from what its SDK tells: our error has to come before it gives up.

import type { ClientHeaders } from "../upstream/build-call.ts";

/** SDKs of Anthropic and OpenAI, and Google's; all in seconds (clients.md section 7, seen 2026-11). */
const HEADERS = ["x-stainless-timeout", "x-server-timeout"];
/** Time for our answer to reach the client; hasty clients get half of what they grant. */
const MARGIN_MS = 2_000;

/** Milliseconds from now until the client should have been told something; undefined when it does not say. */
export function clientDeadlineMs(headers: ClientHeaders): number | undefined {
  for (const name of HEADERS) {
    const text = headers.get(name)?.trim();
    if (!text || !/^\d{1,7}(\.\d{1,6})?$/.test(text)) continue;
    const seconds = Number(text);
    if (seconds > 0) return seconds * 1000 - Math.min(MARGIN_MS, seconds * 500);
  }
  return undefined;
}
