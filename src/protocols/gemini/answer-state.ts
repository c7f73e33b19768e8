// State shared by the handlers that read one answer.

import type { IrEvent } from "../../core/event.ts";
import type { AnswerBlocks } from "./answer-blocks.ts";
import type { AnswerSourceReader } from "./answer-sources.ts";
import type { GeminiDecodeContext } from "./decode-context.ts";
import type { UsageCounters } from "./usage.ts";

/** What is known of an answer so far. */
export interface AnswerState {
  readonly emit: (event: IrEvent) => void;
  readonly context: GeminiDecodeContext;
  readonly blocks: AnswerBlocks;
  readonly sources: AnswerSourceReader;
  readonly usage: UsageCounters;
  hasStarted: boolean;
  hasEnded: boolean;
  /** It was ended by an object that told of a failure. */
  hasStrayEnd: boolean;
  finishReason: string | undefined;
  finishMessage: string | undefined;
  /** `promptFeedback.blockReason`: the prompt was refused. */
  blockReason: string | undefined;
  blockMessage: string | undefined;
  hasOtherCandidates: boolean;
}
