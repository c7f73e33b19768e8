// One block of a streamed answer on its way to a Gemini client: writes at once when it is its turn, keeps otherwise.

import type { IrCitation, Opaque } from "../../core/block.ts";
import type { IrBlockStart, IrDelta } from "../../core/event.ts";
import type { LossSink } from "../../core/loss.ts";
import { type AnswerNotes, callPart, signatureField, wholeParts } from "./answer-output.ts";
import type { AnyPart } from "./encode-parts.ts";

/** Where a block writes. */
export interface BlockOutput {
  readonly notes: AnswerNotes;
  /** Writes a chunk with one part, given as JSON text. */
  readonly writePart: (json: string) => void;
  readonly writeObject: (part: AnyPart) => void;
  readonly loss: LossSink;
}

/** One block. Calls come as activate / delta / end, where activate may come at any time and comes once. */
export interface BlockWriter {
  /** It is this block's turn: what was kept goes out, the rest follows directly. */
  activate(): void;
  delta(delta: IrDelta): void;
  end(): void;
  isEnded(): boolean;
}

/** Creates the writer for a block of any kind. */
export function createBlockWriter(start: IrBlockStart, output: BlockOutput): BlockWriter {
  switch (start.type) {
    case "text":
    case "refusal":
      return textWriter("", output, start.type === "text");
    case "reasoning":
      return textWriter(',"thought":true', output, false);
    case "tool-call":
      return callWriter(start, output);
    default: {
      const { block } = start;
      return onceWriter(() => {
        for (const part of wholeParts(block, output.notes, output.loss)) output.writeObject(part);
      });
    }
  }
}

/** Text and thinking: every delta is a part of its own; a signature follows as an empty part. */
function textWriter(flags: string, output: BlockOutput, isCited: boolean): BlockWriter {
  const kept: string[] = [];
  const written: string[] = [];
  const citations: IrCitation[] = [];
  let signature: Opaque | undefined;
  let isActive = false;
  let hasEnded = false;

  function put(text: string): void {
    if (text === "") return;
    if (isCited) written.push(text);
    output.writePart(`{"text":${JSON.stringify(text)}${flags}}`);
  }

  function complete(): void {
    if (signature) {
      const fields = JSON.stringify(signatureField(signature)).slice(1);
      output.writePart(`{"text":""${flags},${fields}`);
    }
    if (isCited) output.notes.texts.push({ text: written.join(""), citations });
  }

  return {
    activate() {
      isActive = true;
      put(kept.join(""));
      if (hasEnded) complete();
    },
    delta(delta) {
      if (delta.type === "opaque") signature = delta.opaque;
      else if (delta.type === "citation") citations.push(delta.citation);
      else if (isActive) put(delta.text);
      else kept.push(delta.text);
    },
    end() {
      hasEnded = true;
      if (isActive) complete();
    },
    isEnded: () => hasEnded && isActive,
  };
}

/** A tool call goes out whole, when it is complete. */
function callWriter(start: Extract<IrBlockStart, { type: "tool-call" }>, output: BlockOutput): BlockWriter {
  const pieces: string[] = [];
  let opaque = start.opaque;
  const writer = onceWriter(() => {
    const part = callPart({ ...start, opaque }, pieces.join(""), output.notes);
    if (part) output.writeObject(part);
  });
  return {
    ...writer,
    delta(delta) {
      if (delta.type === "opaque") opaque = delta.opaque;
      else if (delta.type !== "citation") pieces.push(delta.text);
    },
  };
}

function onceWriter(flush: () => void): BlockWriter {
  let isActive = false;
  let hasEnded = false;
  return {
    activate() {
      isActive = true;
      if (hasEnded) flush();
    },
    delta() {
      // whole blocks get none
    },
    end() {
      hasEnded = true;
      if (isActive) flush();
    },
    isEnded: () => hasEnded && isActive,
  };
}
