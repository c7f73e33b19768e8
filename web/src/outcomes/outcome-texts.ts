// The explanations of outcomes: which there have to be, and what stands for one that this page does not know.

import type { OutcomeName } from "../../../src/admin/contract/outcomes.ts";

export interface OutcomeText {
  /** A few words, for chips and tables. */
  readonly name: string;
  /** What happened and what to do about it. */
  readonly text: string;
}

/** One for each name that the gateway can log: a missing one does not compile. */
export type OutcomeTexts = Readonly<Record<OutcomeName, OutcomeText>>;

/** The text for a logged outcome; a name from another version of the gateway stands for itself. */
export function outcomeText(texts: OutcomeTexts, outcome: string): OutcomeText {
  return Object.hasOwn(texts, outcome) ? texts[outcome as OutcomeName] : { name: outcome, text: "" };
}
