// A client key while it is edited.

import type { KeyInput, KeyLimits, KeyView } from "../../../../src/admin/contract/keys.ts";

/** The form's content. Null is "no limit". */
export interface KeyDraft {
  readonly name: string;
  /** `2026-12-31`, or "" for no end. */
  readonly expires: string;
  readonly requests: number | null;
  readonly tokens: number | null;
  readonly concurrent: number | null;
  readonly period: "day" | "month";
  readonly budgetTokens: number | null;
  readonly budgetUsd: number | null;
  /** One per line. */
  readonly models: string;
  /** Null for all. */
  readonly upstreams: readonly string[] | null;
}

/** What both creating and changing send; compared field by field when two people change the same key. */
export type KeyValue = Required<Pick<KeyInput, "name" | "expires_at" | "limits">>;

/** The form for a key; for a new one without an argument. */
export function toKeyDraft(view?: KeyView): KeyDraft {
  const limits: KeyLimits = view?.limits ?? {};
  return {
    name: view?.name ?? "",
    expires: view?.expires_at ? localDay(new Date(view.expires_at)) : "",
    requests: limits.requests_per_minute ?? null,
    tokens: limits.tokens_per_minute ?? null,
    concurrent: limits.concurrent_requests ?? null,
    period: limits.budget?.period ?? "month",
    budgetTokens: limits.budget?.tokens ?? null,
    budgetUsd: limits.budget?.usd ?? null,
    models: (limits.models ?? []).join("\n"),
    upstreams: limits.upstreams ?? null,
  };
}

/** What is saved. An end date that was not touched keeps its time of day. */
export function toKeyValue(draft: KeyDraft, view?: KeyView): KeyValue {
  const models = draft.models
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const hasBudget = draft.budgetTokens !== null || draft.budgetUsd !== null;
  const isSameDay = view?.expires_at && localDay(new Date(view.expires_at)) === draft.expires;
  return {
    name: draft.name.trim(),
    expires_at: isSameDay ? (view.expires_at ?? null) : endOfDay(draft.expires),
    limits: {
      models: models.length > 0 ? models : null,
      upstreams: draft.upstreams ? [...draft.upstreams] : null,
      requests_per_minute: draft.requests,
      tokens_per_minute: draft.tokens,
      concurrent_requests: draft.concurrent,
      budget: hasBudget ? { period: draft.period, tokens: draft.budgetTokens, usd: draft.budgetUsd } : null,
    },
  };
}

function localDay(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

// "Valid until the 5th" includes the 5th, where the user is.
function endOfDay(day: string): string | null {
  if (day === "") return null;
  const end = new Date(`${day}T23:59:59`);
  return Number.isNaN(end.getTime()) ? null : end.toISOString();
}
