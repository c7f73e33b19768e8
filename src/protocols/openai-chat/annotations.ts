// Gathers the citations of an answer and counts where in the joined text they belong.

import type { IrCitation } from "../../core/block.ts";
import { codePoints, encodeCitation } from "./citations.ts";

/** Follows the text blocks of one answer. */
export interface Annotations {
  /** A text block begins. */
  begin(): void;
  text(text: string): void;
  /** False when chat cannot express the citation. */
  add(citation: IrCitation): boolean;
  /** The text block is over: ranges of its citations are known now. */
  end(): void;
  all(): readonly unknown[];
}

/**
 * Creates the tracker. Ranges count code points over the text of all blocks; a text block that begins while another
 * is open counts from where that one stands, which no known source does.
 */
export function createAnnotations(): Annotations {
  const written: unknown[] = [];
  let pending: IrCitation[] = [];
  let offset = 0;
  let length = 0;

  function close(): void {
    for (const citation of pending) {
      const wire = encodeCitation(citation, offset, length);
      if (wire !== undefined) written.push(wire);
    }
    pending = [];
    offset += length;
    length = 0;
  }

  return {
    begin: close,
    text(text) {
      length += codePoints(text);
    },
    add(citation) {
      pending.push(citation);
      return citation.type === "url" || citation.origin === "openai-chat";
    },
    end: close,
    all() {
      close();
      return written;
    },
  };
}
