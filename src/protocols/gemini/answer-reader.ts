// Reads GenerateContentResponse objects, one whole answer or the chunks of a stream, and emits neutral events.
// One machine for both, so that JSON and streams cannot drift apart. Synchronous, no I/O, never throws on odd input.

import type { IrEvent } from "../../core/event.ts";
import type { WireError } from "../../core/wire-error.ts";
import { createAnswerBlocks } from "./answer-blocks.ts";
import { readPart } from "./answer-part.ts";
import { createAnswerSources } from "./answer-sources.ts";
import type { AnswerState } from "./answer-state.ts";
import type { GeminiDecodeContext } from "./decode-context.ts";
import { wireErrorFromEnvelope } from "./errors.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { decodeStop, finishKind, readFinishReason } from "./stop-reason.ts";
import { tellsMore } from "./tells-more.ts";
import { createUsageCounters, noteUsage, usageOf } from "./usage.ts";
import { asString, isObject, type WireObject } from "./wire.ts";

/** Reads the objects of one answer. */
export interface AnswerReader {
  /**
   * One response object, bare or inside `{response: …}`; an error envelope ends the answer. False for one that stands
   * behind the finish reason and has nothing to tell.
   */
  chunk(value: unknown): boolean;
  /** No more objects come. `isWhole`: the body was complete JSON, so a missing finish reason is no sign of a cut. */
  end(isWhole: boolean): void;
  /** The data cannot be read at all. */
  fail(message: string): void;
  /** A finish reason is there, and the end is not. */
  isComplete(): boolean;
  /** An object that told of a failure behind the finish reason has ended the answer. */
  hasStrayEnd(): boolean;
}

/** Creates a reader. Message-end comes with `end`, because content and usage may follow a finish reason. */
export function createAnswerReader(emit: (event: IrEvent) => void, context: GeminiDecodeContext): AnswerReader {
  const blocks = createAnswerBlocks(emit, context);
  const state: AnswerState = {
    emit,
    context,
    blocks,
    sources: createAnswerSources(),
    usage: createUsageCounters(),
    hasStarted: false,
    hasEnded: false,
    hasStrayEnd: false,
    finishReason: undefined,
    finishMessage: undefined,
    blockReason: undefined,
    blockMessage: undefined,
    hasOtherCandidates: false,
  };
  return {
    chunk: (value) => readChunk(value, state),
    end: (isWhole) => endAnswer(state, isWhole),
    fail(message) {
      if (state.hasEnded) return;
      state.hasEnded = true;
      emit({ type: "error", error: { message, malformed: true } });
    },
    isComplete: () => !state.hasEnded && state.finishReason !== undefined,
    hasStrayEnd: () => state.hasStrayEnd,
  };
}

/** The response object inside `{response: …}`, or the object itself. */
export function answerOf(value: WireObject): WireObject {
  return isObject(value["response"]) && value["candidates"] === undefined ? value["response"] : value;
}

function readChunk(value: unknown, state: AnswerState): boolean {
  if (state.hasEnded || !isObject(value)) return true;
  const answer = answerOf(value);
  if (answer["error"] !== undefined && answer["error"] !== null && answer["candidates"] === undefined) {
    if (state.finishReason !== undefined && state.blocks.hasAnswer()) {
      state.hasStrayEnd = true;
      endAnswer(state, false);
      return true;
    }
    state.hasEnded = true;
    state.emit({ type: "error", error: wireErrorFromEnvelope(answer, undefined) });
    return true;
  }
  if (state.finishReason === undefined) {
    readAnswer(answer, state);
    return true;
  }
  const before = JSON.stringify(state.usage);
  const isNews = tellsMore(answer, state.finishReason);
  readAnswer(answer, state);
  return isNews || JSON.stringify(state.usage) !== before;
}

function readAnswer(answer: WireObject, state: AnswerState): void {
  const { promptFeedback } = answer;
  const candidate = firstCandidate(answer["candidates"], state);
  if (!candidate && !isObject(promptFeedback) && !isObject(answer["usageMetadata"])) return;
  readUsage(answer, state);
  if (isObject(promptFeedback)) {
    state.blockReason = asString(promptFeedback["blockReason"]) ?? state.blockReason;
    state.blockMessage = asString(promptFeedback["blockReasonMessage"]) ?? state.blockMessage;
  }
  if (candidate) readCandidate(candidate, state);
}

function readUsage(answer: WireObject, state: AnswerState): void {
  const isNews = noteUsage(state.usage, answer["usageMetadata"]);
  if (state.hasStarted) {
    if (isNews) state.emit({ type: "usage", usage: usageOf(state.usage) });
    return;
  }
  state.hasStarted = true;
  const usage = isNews ? usageOf(state.usage) : undefined;
  state.emit({
    type: "message-start",
    id: asString(answer["responseId"]),
    model: asString(answer["modelVersion"]),
    usage,
  });
}

/** The candidate with index 0; Gemini leaves the index out when it is 0. Further candidates are a loss, noted once. */
function firstCandidate(candidates: unknown, state: AnswerState): WireObject | undefined {
  if (!Array.isArray(candidates)) return undefined;
  let first: WireObject | undefined;
  for (const candidate of candidates) {
    if (!isObject(candidate)) continue;
    const isFirst = candidate["index"] === undefined || candidate["index"] === 0 || candidate["index"] === null;
    if (isFirst && !first) first = candidate;
    else if (!isFirst && !state.hasOtherCandidates) {
      state.hasOtherCandidates = true;
      state.context.loss({ kind: "dropped", path: "candidates[1]", feature: "candidates" });
    }
  }
  return first;
}

function readCandidate(candidate: WireObject, state: AnswerState): void {
  const reason = readFinishReason(candidate["finishReason"]);
  // A call that the model itself got wrong must not reach the client, and its parts come with the verdict.
  const isBroken = reason !== undefined && finishKind(reason) === "broken-call";
  const { content } = candidate;
  const parts = isObject(content) ? content["parts"] : undefined;
  if (Array.isArray(parts)) {
    const answered = answeredCalls(parts);
    for (const part of parts) if (isObject(part)) readPart(part, state, isBroken, answered);
  }
  state.sources.note(candidate);
  const logprobs = decodeLogprobs(candidate["logprobsResult"]);
  if (logprobs) state.emit({ type: "logprobs", content: logprobs });
  if (reason === undefined) return;
  state.finishReason = reason;
  state.finishMessage = asString(candidate["finishMessage"]) ?? state.finishMessage;
  if (!isBroken) state.blocks.endPartialCall();
}

/** Names of calls that the provider answered itself within the same chunk; empty for almost every chunk. */
function answeredCalls(parts: readonly unknown[]): ReadonlySet<string> | undefined {
  let names: Set<string> | undefined;
  for (const part of parts) {
    const response = isObject(part) ? part["functionResponse"] : undefined;
    const name = isObject(response) ? asString(response["name"]) : undefined;
    if (name === undefined) continue;
    names ??= new Set();
    names.add(name);
  }
  return names;
}

function endAnswer(state: AnswerState, isWhole: boolean): void {
  if (state.hasEnded) return;
  state.hasEnded = true;
  const { blocks, emit, finishReason } = state;
  const isRefusedPrompt = finishReason === undefined && state.blockReason !== undefined;
  const isComplete =
    finishReason !== undefined || isRefusedPrompt || (isWhole && (blocks.hasContent() || blocks.hasHeldCalls()));
  if (!isComplete) {
    emit({ type: "error", error: incomplete(isWhole) });
    return;
  }
  const kind = finishReason === undefined ? "normal" : finishKind(finishReason);
  const isFailure = kind === "broken-call" || kind === "failed";
  if (kind === "broken-call" || kind === "refusal") blocks.dropHeldCalls();
  else blocks.releaseHeldCalls();
  if (isFailure && (!blocks.hasAnswer() || blocks.hasPartialCall())) {
    emit({ type: "error", error: failure(finishReason ?? "", state.finishMessage) });
    return;
  }
  // A call that goes on behind the finish reason ends with it.
  blocks.endPartialCall();
  state.sources.emit(state);
  blocks.closeOpen();
  const stop = isRefusedPrompt
    ? ({
        reason: "refusal",
        raw: state.blockReason,
        category: state.blockReason,
        explanation: state.blockMessage,
      } as const)
    : decodeStop(finishReason ?? "STOP", blocks.hasToolCall(), state.finishMessage);
  emit({ type: "message-end", stop });
}

function incomplete(isWhole: boolean): { message: string; malformed?: boolean; truncated?: boolean } {
  return isWhole
    ? { message: "the upstream's body holds no answer", malformed: true }
    : { message: "the stream ended without a finish reason", truncated: true };
}

/** The model gave up before it said anything: worth another attempt, never an empty success. */
function failure(reason: string, message: string | undefined): WireError {
  return { status: 502, type: reason, message: message ?? `the model ended with ${reason}`, gaveUp: true };
}
