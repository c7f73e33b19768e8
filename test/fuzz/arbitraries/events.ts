// Legal neutral streams (core/event.ts): blocks of all kinds, empty ones too, after each other or interleaved, with
// usage anywhere.

import fc from "fast-check";
import type { IrBlockStart, IrDelta, IrEvent } from "../../../src/core/event.ts";
import type { IrStop, IrStopReason } from "../../../src/core/stop.ts";
import type { IrUsage } from "../../../src/core/usage.ts";
import { citation, opaque, wholeBlock } from "./blocks.ts";
import { argumentsText, cutIntoPieces, plainId, someText, toolName } from "./text.ts";

/** One block of a stream to be. */
interface BlockPlan {
  readonly start: IrBlockStart;
  readonly deltas: readonly IrDelta[];
}

/** What streams an arbitrary gives. */
export interface StreamOptions {
  /**
   * Two texts, or two thoughts, may be open at the same time. No upstream does that; formats with one place for text
   * cannot keep such blocks apart.
   */
  readonly mixesProse: boolean;
}

const cuts: fc.Arbitrary<number[]> = fc.array(fc.nat(4000), { maxLength: 6 });

const optionalText: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: someText },
  { weight: 1, arbitrary: fc.constant("") },
);

const prose = (text: string, places: readonly number[]): IrDelta[] =>
  cutIntoPieces(text, places).map((piece) => ({ type: "text", text: piece }));

const textPlan: fc.Arbitrary<BlockPlan> = fc
  .tuple(optionalText, cuts, fc.array(citation, { maxLength: 2 }), fc.option(opaque, { freq: 8, nil: undefined }))
  .map(([text, places, citations, signature]) => ({
    start: { type: "text" },
    deltas: [
      ...prose(text, places),
      ...(text === "" ? [] : citations.map((value): IrDelta => ({ type: "citation", citation: value }))),
      ...(signature === undefined ? [] : [{ type: "opaque", opaque: signature } as const]),
    ],
  }));

const reasoningPlan: fc.Arbitrary<BlockPlan> = fc
  .tuple(optionalText, cuts, fc.boolean(), fc.option(opaque, { nil: undefined }))
  .map(([text, places, isSummary, signature]) => ({
    start: { type: "reasoning", isSummary },
    deltas: [
      ...prose(text, places),
      ...(signature === undefined ? [] : [{ type: "opaque", opaque: signature } as const]),
    ],
  }));

const refusalPlan: fc.Arbitrary<BlockPlan> = fc
  .tuple(optionalText, cuts)
  .map(([text, places]) => ({ start: { type: "refusal" }, deltas: prose(text, places) }));

const callPlan: fc.Arbitrary<BlockPlan> = fc
  .tuple(
    plainId,
    toolName,
    fc.oneof({ weight: 5, arbitrary: argumentsText }, { weight: 1, arbitrary: fc.constant("") }),
    cuts,
    fc.option(opaque, { freq: 3, nil: undefined }),
    fc.boolean(),
  )
  .map(([id, name, text, places, signature, isCustom]) => ({
    start: {
      type: "tool-call",
      id,
      name,
      kind: isCustom ? "custom" : "function",
      ...(signature === undefined ? {} : { opaque: signature }),
    },
    deltas: cutIntoPieces(text, places).map((piece) => ({ type: "arguments", text: piece })),
  }));

const wholePlan: fc.Arbitrary<BlockPlan> = wholeBlock.map((block) => ({ start: { type: "whole", block }, deltas: [] }));

const blockPlan: fc.Arbitrary<BlockPlan> = fc.oneof(
  { weight: 4, arbitrary: textPlan },
  { weight: 2, arbitrary: reasoningPlan },
  { weight: 1, arbitrary: refusalPlan },
  { weight: 3, arbitrary: callPlan },
  { weight: 1, arbitrary: wholePlan },
);

/** Counts that fit each other: reasoning is a part of the output. */
export const usage: fc.Arbitrary<IrUsage> = fc
  .record(
    {
      inputTokens: fc.nat(100_000),
      cacheReadTokens: fc.nat(100_000),
      cacheWriteTokens: fc.nat(100_000),
      outputTokens: fc.nat(100_000),
    },
    { requiredKeys: ["inputTokens", "outputTokens"] },
  )
  .chain((counts) =>
    fc
      .option(fc.nat(counts.outputTokens), { nil: undefined })
      .map((reasoningTokens) => ({ ...counts, reasoningTokens })),
  );

const REASONS: readonly IrStopReason[] = [
  "end-turn",
  "stop-sequence",
  "max-tokens",
  "context-window",
  "refusal",
  "pause-turn",
  "compaction",
];

/** An end that fits what was delivered. */
function stopOf(hasCall: boolean): fc.Arbitrary<IrStop> {
  const usual: fc.Arbitrary<IrStopReason> = fc.constant(hasCall ? "tool-use" : "end-turn");
  return fc
    .record({
      reason: fc.oneof({ weight: 2, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(...REASONS) }),
      text: someText,
      isExplained: fc.boolean(),
    })
    .map(({ reason, text, isExplained }): IrStop => {
      if (reason === "stop-sequence") return isExplained ? { reason, stopSequence: text } : { reason };
      if (reason === "refusal") return isExplained ? { reason, explanation: text } : { reason };
      // The end of a turn with calls is their use.
      return { reason: reason === "end-turn" && hasCall ? "tool-use" : reason };
    });
}

/** A whole legal stream. */
export function eventStream(options: StreamOptions): fc.Arbitrary<IrEvent[]> {
  return fc
    .record({
      plans: fc.array(blockPlan, { maxLength: 6 }),
      order: fc.array(fc.nat(1000), { maxLength: 60 }),
      isInterleaved: fc.boolean(),
      indexes: fc.uniqueArray(fc.nat(1000), { minLength: 6, maxLength: 6 }),
      hasStartUsage: fc.boolean(),
      endUsage: fc.option(usage, { freq: 5, nil: undefined }),
      usageAt: fc.nat(100),
      id: plainId,
    })
    .chain((parts) => {
      const hasCall = parts.plans.some((plan) => plan.start.type === "tool-call");
      return stopOf(hasCall).map((stop) => assemble({ ...parts, stop }, options));
    });
}

interface StreamParts {
  readonly plans: readonly BlockPlan[];
  readonly order: readonly number[];
  readonly isInterleaved: boolean;
  readonly indexes: readonly number[];
  readonly hasStartUsage: boolean;
  readonly endUsage: IrUsage | undefined;
  readonly usageAt: number;
  readonly id: string;
  readonly stop: IrStop;
}

function assemble(parts: StreamParts, options: StreamOptions): IrEvent[] {
  const startUsage =
    parts.hasStartUsage && parts.endUsage ? { ...parts.endUsage, outputTokens: 0, reasoningTokens: 0 } : undefined;
  const events: IrEvent[] = [{ type: "message-start", id: parts.id, model: "upstream-model", usage: startUsage }];
  const blocks = parts.plans.map((plan, at) => ({ plan, events: eventsOf(plan, parts.indexes[at] as number) }));
  // Blocks under way; each turn one of them says its next event, or the next block begins.
  const open: typeof blocks = [];
  let turn = 0;
  while (open.length > 0 || blocks.length > 0) {
    const choice = parts.order[turn++ % Math.max(1, parts.order.length)] ?? 0;
    const next = blocks[0];
    const mayBegin = next !== undefined && (open.length === 0 || (parts.isInterleaved && mayJoin(next, open, options)));
    if (mayBegin && (open.length === 0 || choice % 2 === 0)) open.push(blocks.shift() as typeof next);
    const speaker = open[choice % open.length] as (typeof open)[number];
    events.push(speaker.events.shift() as IrEvent);
    if (speaker.events.length === 0) open.splice(open.indexOf(speaker), 1);
  }
  if (parts.endUsage) events.splice(1 + (parts.usageAt % events.length), 0, { type: "usage", usage: parts.endUsage });
  events.push({ type: "message-end", stop: parts.stop });
  return events;
}

function eventsOf(plan: BlockPlan, index: number): IrEvent[] {
  return [
    { type: "block-start", index, block: plan.start },
    ...plan.deltas.map((delta): IrEvent => ({ type: "block-delta", index, delta })),
    { type: "block-end", index },
  ];
}

function mayJoin(next: { plan: BlockPlan }, open: readonly { plan: BlockPlan }[], options: StreamOptions): boolean {
  if (options.mixesProse) return true;
  const kind = proseKind(next.plan);
  return kind === undefined || !open.some(({ plan }) => proseKind(plan) === kind);
}

/** Which of the two places for prose a block writes to. */
function proseKind({ start }: BlockPlan): "said" | "thought" | undefined {
  if (start.type === "text" || start.type === "refusal") return "said";
  return start.type === "reasoning" ? "thought" : undefined;
}
