// The lines in which the gateway sums a change up ("upstreams.a: added"), with the verb in the page's language.

import type { TFunction } from "i18next";

const VERBS = ["added", "removed", "changed"] as const;

/** What is no such line stays as it is. */
export function changeSummary(line: string, t: TFunction): string {
  const verb = VERBS.find((each) => line.endsWith(`: ${each}`));
  return verb ? `${line.slice(0, -verb.length)}${t(`diff.${verb}`)}` : line;
}
