// What the encoders of messages share.

import type { IrBlock } from "../../core/block.ts";
import type { ContentTarget } from "./encode-content.ts";
import type { HistoryTarget } from "./reasoning.ts";
import type { ToolNames } from "./tool-names.ts";

/** What the encoding of messages depends on. */
export interface MessageTarget extends ContentTarget, HistoryTarget {
  readonly names: ToolNames;
}

/** A block and where it stood in the request. */
export interface Placed {
  readonly block: IrBlock;
  readonly path: string;
}
