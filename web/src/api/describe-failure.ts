// Errors in words for people.

import type { TFunction } from "i18next";
import { ApiFailure } from "./api-failure.ts";

/** One or two plain sentences: what happened and what to do. The server's own words come behind, where it has some. */
export function describeFailure(error: unknown, t: TFunction): string {
  if (!(error instanceof ApiFailure))
    return error instanceof Error && error.message ? error.message : t("error.unknown");
  if (error.code === "throttled")
    return t("error.throttled", { seconds: Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000)) });
  const sentence = t(`error.${error.code}`);
  if (error.code === "offline" || error.code === "unauthenticated" || error.message === "") return sentence;
  const details = error.problems.length > 0 ? error.problems.map(({ message }) => message).join("; ") : error.message;
  return `${sentence} ${t("error.details", { details })}`;
}
