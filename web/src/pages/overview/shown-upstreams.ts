// Which upstreams the overview has room for.

import type { UpstreamView } from "../../../../src/admin/contract/upstreams.ts";
import { inOrder } from "../upstreams/draft.ts";

/** More would push everything below them off the page. */
export const MAX_SHOWN = 8;

/** In the order in which they are tried; where there are too many, those in trouble come before the others. */
export function shownUpstreams(upstreams: readonly UpstreamView[]): readonly UpstreamView[] {
  const ordered = inOrder(upstreams);
  if (ordered.length <= MAX_SHOWN) return ordered;
  return [...ordered.filter(isInTrouble), ...ordered.filter((each) => !isInTrouble(each))].slice(0, MAX_SHOWN);
}

function isInTrouble({ health }: UpstreamView): boolean {
  return health === "down" || health === "degraded";
}
