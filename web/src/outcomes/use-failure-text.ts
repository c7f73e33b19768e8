// Failures in words, where an upstream was asked: what is known of its answer is told in the current language.

import { useTranslation } from "react-i18next";
import { ApiFailure } from "../api/api-failure.ts";
import { describeFailure } from "../api/describe-failure.ts";
import { useOutcome } from "./use-outcome.ts";

/** A function from what a call threw to one or two sentences. */
export function useFailureText(): (error: unknown) => string {
  const { t } = useTranslation();
  const outcome = useOutcome();
  return (error) => {
    const text = error instanceof ApiFailure && error.outcome !== undefined ? outcome(error.outcome).text : "";
    return text === "" ? describeFailure(error, t) : text;
  };
}
