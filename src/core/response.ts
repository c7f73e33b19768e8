// The neutral answer, whole; the streamed form is in event.ts.

import type { IrBlock } from "./block.ts";
import type { IrStop } from "./stop.ts";
import type { IrUsage } from "./usage.ts";

/** A complete answer. */
export interface IrResponse {
  /** The upstream's id, if it sent one. */
  readonly id?: string | undefined;
  /** The upstream's model name, if it sent one. */
  readonly model?: string | undefined;
  readonly content: readonly IrBlock[];
  readonly stop: IrStop;
  readonly usage?: IrUsage | undefined;
  /** Token log probabilities as chat writes them (`choices[0].logprobs.content`), where asked for and given. */
  readonly logprobs?: unknown;
}
