// What is measured. Each case names the client's request, and the upstream's request that nginx and the direct path
// carry instead: the same bytes where the gateway passes through, the converted ones where it converts.

import type { RequestSet } from "./requests.ts";

/** Which of a contestant's two gateways serves a case: before an Anthropic or before an OpenAI upstream. */
export type Lane = "pass-through" | "converted";

interface CaseBase {
  readonly id: string;
  readonly title: string;
  readonly lane: Lane;
  readonly request: keyof RequestSet;
  readonly plainRequest: keyof RequestSet;
  /** CPU time as a multiple of nginx that is aimed at; absent for cases measured for information. */
  readonly targetRatio?: number;
}

export interface JsonCase extends CaseBase {
  readonly type: "json";
  /** Of the closed loop. */
  readonly connections: number;
  /** Rate of the open loop. */
  readonly perSecond: number;
}

export interface StreamCase extends CaseBase {
  readonly type: "stream";
}

export type BenchCase = JsonCase | StreamCase;

export const CASES: readonly BenchCase[] = [
  {
    type: "json",
    id: "small",
    title: "2 kB request and answer, pass-through",
    lane: "pass-through",
    request: "smallMessages",
    plainRequest: "smallMessages",
    targetRatio: 3,
    connections: 32,
    perSecond: 1000,
  },
  {
    type: "json",
    id: "large",
    title: "200 kB request, 2 kB answer, pass-through",
    lane: "pass-through",
    request: "largeMessages",
    plainRequest: "largeMessages",
    targetRatio: 2,
    connections: 8,
    perSecond: 300,
  },
  {
    type: "json",
    id: "converted",
    title: "2 kB request and answer, Messages to Chat",
    lane: "converted",
    request: "smallMessages",
    plainRequest: "smallChat",
    connections: 32,
    perSecond: 1000,
  },
  {
    type: "stream",
    id: "stream",
    title: "streamed event, pass-through",
    lane: "pass-through",
    request: "streamMessages",
    plainRequest: "streamMessages",
  },
  {
    type: "stream",
    id: "stream-converted",
    title: "streamed event, Chat to Messages",
    lane: "converted",
    request: "streamMessages",
    plainRequest: "streamChat",
    targetRatio: 1.7,
  },
];

/** The cases by id; all for an empty list. Throws for an unknown one. */
export function chooseCases(ids: readonly string[]): readonly BenchCase[] {
  for (const id of ids) {
    if (!CASES.some((each) => each.id === id))
      throw new Error(
        `--cases: expected some of ${CASES.map((each) => each.id).join(", ")}, found ${JSON.stringify(id)}`,
      );
  }
  return ids.length === 0 ? CASES : CASES.filter((each) => ids.includes(each.id));
}
