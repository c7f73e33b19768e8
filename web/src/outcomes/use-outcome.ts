// The explanations of outcomes in the current language.

import { useTranslation } from "react-i18next";
import { OUTCOMES_EN } from "./en.ts";
import { type OutcomeText, outcomeText } from "./outcome-texts.ts";
import { OUTCOMES_ZH } from "./zh.ts";

/** A function from a logged outcome to its name and explanation. */
export function useOutcome(): (outcome: string) => OutcomeText {
  const { i18n } = useTranslation();
  const texts = i18n.language === "zh" ? OUTCOMES_ZH : OUTCOMES_EN;
  return (outcome) => outcomeText(texts, outcome);
}
