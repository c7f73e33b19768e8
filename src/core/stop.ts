// Why an answer ended, in one vocabulary.

/** Why an answer ended. `tool-use` only when at least one client tool call was delivered. */
export type IrStopReason =
  | "end-turn"
  | "stop-sequence"
  | "tool-use"
  | "max-tokens"
  | "context-window"
  | "refusal"
  | "pause-turn"
  | "compaction";

/** The end of an answer. */
export interface IrStop {
  readonly reason: IrStopReason;
  /** The upstream's own word, for the log and for targets of the same protocol. */
  readonly raw?: string | undefined;
  /** The stop sequence that matched, when the upstream says which. */
  readonly stopSequence?: string | undefined;
  /** For refusals: the upstream's category and explanation. */
  readonly category?: string | undefined;
  readonly explanation?: string | undefined;
}
