// Prompt-cache breakpoints: `cache_control` on the wire, CacheHint in the IR, and the limits a request must keep.

import type { CacheHint } from "../../core/block.ts";
import type { LossSink } from "../../core/loss.ts";
import { isObject, type WireCacheControl, without } from "./wire.ts";

/** Breakpoints a request may hold. @source platform.claude.com prompt caching, anthropic-openai.md §A.1 */
const MAX_BREAKPOINTS = 4;

const CACHE_KEY: ReadonlySet<string> = new Set(["cache_control"]);

/** Reads `cache_control`; null, missing and malformed mean no hint. */
export function decodeCache(value: unknown): CacheHint | undefined {
  if (!isObject(value)) return undefined;
  const ttl = value["ttl"];
  return ttl === "5m" || ttl === "1h" ? { ttl } : {};
}

/** Writes `cache_control`; lifetimes of other protocols become the nearest of ours (30m the default, 12h one hour). */
export function encodeCache(hint: CacheHint | undefined): WireCacheControl | undefined {
  if (!hint) return undefined;
  if (hint.ttl === "5m") return { type: "ephemeral", ttl: "5m" };
  return hint.ttl === "1h" || hint.ttl === "12h" ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" };
}

/** A place that may hold a breakpoint: an array of ours and an index in it. */
interface Slot {
  readonly list: unknown[];
  readonly index: number;
}

/**
 * Enforces the limits over lists in prompt order (tools, system, content of each turn): only the last four
 * breakpoints stay, and none with a longer lifetime comes after a shorter one. Replaces elements of the lists, never
 * changes an element. `nested` content of tool results is included.
 */
export function limitBreakpoints(lists: readonly unknown[][], loss: LossSink): void {
  const slots: Slot[] = [];
  for (const list of lists) collectSlots(list, slots);
  const surplus = slots.length - MAX_BREAKPOINTS;
  for (const slot of slots.slice(0, Math.max(0, surplus))) {
    replaceBreakpoint(slot, undefined);
    loss({ kind: "dropped", path: "cache_control", feature: "cache-control", detail: "more than four breakpoints" });
  }
  let hasShort = false;
  for (const slot of slots.slice(Math.max(0, surplus))) {
    const isLong = breakpointTtl(slot) === "1h";
    if (isLong && hasShort) replaceBreakpoint(slot, { type: "ephemeral" });
    if (!isLong) hasShort = true;
  }
}

function collectSlots(list: unknown[], slots: Slot[]): void {
  for (const [index, item] of list.entries()) {
    if (!isObject(item)) continue;
    if (item["type"] === "tool_result" && Array.isArray(item["content"])) collectSlots(item["content"], slots);
    if (isObject(item["cache_control"])) slots.push({ list, index });
  }
}

function breakpointTtl(slot: Slot): unknown {
  const item = slot.list[slot.index];
  const control = isObject(item) ? item["cache_control"] : undefined;
  return isObject(control) ? control["ttl"] : undefined;
}

function replaceBreakpoint(slot: Slot, control: WireCacheControl | undefined): void {
  const item = slot.list[slot.index];
  if (!isObject(item)) return;
  const rest = without(item, CACHE_KEY);
  if (control) rest["cache_control"] = control;
  slot.list[slot.index] = rest;
}
