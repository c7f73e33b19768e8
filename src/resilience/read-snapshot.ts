// Takes a breakers' snapshot from data that anyone may have touched: entries that are not well formed are left out.

import type { ErrorCode } from "../core/errors.ts";
import type { BreakersSnapshot, SavedBreaker } from "./breakers.ts";
import { type BreakerScope, DECISIONS } from "./decision-table.ts";

const MAX_ENTRIES = 100_000;

/** The well-formed part of a snapshot; undefined when it is none at all. Never throws. */
export function readSnapshot(value: unknown): BreakersSnapshot | undefined {
  if (!isObject(value)) return undefined;
  const { takenAt, breakers } = value;
  if (!isCount(takenAt) || !Array.isArray(breakers)) return undefined;
  return { takenAt, breakers: breakers.slice(0, MAX_ENTRIES).flatMap((entry) => readEntry(entry) ?? []) };
}

function readEntry(entry: unknown): SavedBreaker | undefined {
  if (!isObject(entry)) return undefined;
  const { scope, upstreamId, inner, remainingMs, openings, timesOpened, lastError, failuresByClass } = entry;
  if (!isScope(scope) || typeof upstreamId !== "string" || typeof inner !== "string") return undefined;
  if (!isCount(remainingMs) || !isCount(openings) || !isCount(timesOpened)) return undefined;
  const counts: Partial<Record<ErrorCode, number>> = {};
  for (const [code, count] of isObject(failuresByClass) ? Object.entries(failuresByClass) : [])
    if (isCode(code) && isCount(count)) counts[code] = count;
  return {
    scope,
    upstreamId,
    inner,
    remainingMs,
    openings,
    timesOpened,
    lastError: isCode(lastError) ? lastError : undefined,
    failuresByClass: counts,
  };
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } & Record<Field, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Field = keyof SavedBreaker | keyof BreakersSnapshot;

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isScope(value: unknown): value is BreakerScope {
  return value === "upstream" || value === "model" || value === "key";
}

function isCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(DECISIONS, value);
}
