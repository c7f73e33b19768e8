// Reads how long an upstream wants to be left alone, from its headers or its words. Length-capped, never throws.

/** The header reader that all functions here take; names are lower case. */
export interface HeaderReader {
  get(name: string): string | undefined | null;
}

const MAX_TEXT_LENGTH = 1024;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds to wait, from `retry-after-ms`, `retry-after` (seconds, fractions, HTTP date), or the reset of an
 * exhausted rate-limit dimension (Anthropic's and OpenAI's headers); undefined when nothing usable was sent.
 * Dates in the past give 0. `wallMs` is now. Values are not clamped here.
 */
export function readRetryAfterMs(headers: HeaderReader, wallMs: number): number | undefined {
  const milliseconds = readNumber(headers.get("retry-after-ms"));
  if (milliseconds !== undefined) return milliseconds;
  const retryAfter = headers.get("retry-after");
  if (retryAfter) {
    const seconds = readNumber(retryAfter);
    if (seconds !== undefined) return seconds * 1000;
    const date = readDate(retryAfter, wallMs);
    if (date !== undefined) return date;
  }
  return readExhaustedReset(headers, wallMs);
}

/** A duration such as `12ms`, `1s`, `6m0s`, `1h2m3.5s`, `45.8s`; undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  if (text.length === 0 || text.length > 64) return undefined;
  const part = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy;
  let total = 0;
  let end = 0;
  for (let match = part.exec(text); match; match = part.exec(text)) {
    total += Number(match[1]) * (UNIT_MS[match[2] as string] as number);
    end = part.lastIndex;
  }
  return end === text.length ? total : undefined;
}

const DELAY_IN_TEXT =
  /(?:retry|try again) (?:in|after) (\d+(?:\.\d+)?)(?: (second|minute|hour)s?\b|(ms|s|m|h|d)((?:\d+(?:\.\d+)?(?:ms|s|m|h))*))/i;

/** The wait in a sentence such as "Please retry in 37.8s", "try again in 6m0s", "retry after 26 seconds". */
export function delayInTextMs(message: string): number | undefined {
  const match = DELAY_IN_TEXT.exec(message.slice(0, MAX_TEXT_LENGTH));
  if (!match) return undefined;
  const [, amount, word, unit, more = ""] = match;
  return parseDurationMs(`${amount}${word?.[0] ?? unit}${more}`.toLowerCase());
}

function readNumber(text: string | undefined | null): number | undefined {
  if (!text || text.length > 32) return undefined;
  const trimmed = text.trim();
  if (!/^\d+(\.\d+)?$/.test(trimmed)) return undefined;
  return Number(trimmed);
}

function readDate(text: string, wallMs: number): number | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  const at = Date.parse(text);
  // A bare negative number parses as a year in some engines; such values are garbage here.
  if (Number.isNaN(at) || !/[A-Za-z:]/.test(text)) return undefined;
  return Math.max(0, at - wallMs);
}

/** The latest reset among the dimensions that have nothing left. */
function readExhaustedReset(headers: HeaderReader, wallMs: number): number | undefined {
  let latest: number | undefined;
  for (const [remaining, reset] of DIMENSIONS) {
    if (readNumber(headers.get(remaining)) !== 0) continue;
    const text = headers.get(reset)?.trim();
    if (!text || text.length > 64) continue;
    const wait = readReset(text, wallMs);
    if (wait !== undefined && (latest === undefined || wait > latest)) latest = wait;
  }
  return latest;
}

const DIMENSIONS: readonly (readonly [string, string])[] = [
  ...["requests", "tokens", "input-tokens", "output-tokens"].map(
    (name) => [`anthropic-ratelimit-${name}-remaining`, `anthropic-ratelimit-${name}-reset`] as const,
  ),
  ...["requests", "tokens"].map((name) => [`x-ratelimit-remaining-${name}`, `x-ratelimit-reset-${name}`] as const),
  // Cerebras.
  ...["requests", "tokens"].flatMap((name) =>
    ["minute", "hour", "day"].map(
      (span) => [`x-ratelimit-remaining-${name}-${span}`, `x-ratelimit-reset-${name}-${span}`] as const,
    ),
  ),
  ["x-ratelimit-remaining", "x-ratelimit-reset"],
  ["ratelimit-remaining", "ratelimit-reset"],
];

/** A reset: a duration, seconds from now, seconds or milliseconds since the epoch, or a date. */
function readReset(text: string, wallMs: number): number | undefined {
  const duration = parseDurationMs(text);
  if (duration !== undefined) return duration;
  const number = readNumber(text);
  if (number === undefined) return readDate(text, wallMs);
  if (number > 1e12) return Math.max(0, number - wallMs);
  if (number > 1e9) return Math.max(0, number * 1000 - wallMs);
  return number * 1000;
}
