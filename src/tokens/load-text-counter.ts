// Loads the tokenizer when it is first needed: never at start-up, in steps, once for all who wait.

import { createTextCounter, type TextCounter } from "./byte-pair-counter.ts";
import { parseVocabulary } from "./vocabulary.ts";

/** Work between two pauses. */
const TURN_MS = 5;

/** Loads the o200k tokenizer, with a pause every few milliseconds. Rejects when its vocabulary file cannot be read. */
export async function loadTextCounter(pause: () => Promise<void>): Promise<TextCounter> {
  const { default: path } = await import("gpt-tokenizer/data/o200k_base.tiktoken", { with: { type: "file" } });
  const { O200K_TOKEN_SPLIT_REGEX } = await import("gpt-tokenizer/encodingParams/constants");
  const steps = parseVocabulary(await Bun.file(path).bytes());
  let turnEnds = performance.now() + TURN_MS;
  for (;;) {
    const step = steps.next();
    if (step.done) return createTextCounter(step.value, O200K_TOKEN_SPLIT_REGEX);
    if (performance.now() < turnEnds) continue;
    await pause();
    turnEnds = performance.now() + TURN_MS;
  }
}
