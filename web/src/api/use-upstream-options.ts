// The upstreams as a list to choose from.

import { useQuery } from "@tanstack/react-query";
import { queries } from "./queries.ts";

/**
 * Options for a select: `anyLabel` for none in particular ("" as value), then every upstream in order. One that is
 * chosen but no longer there stays on the list, so that the choice is not changed behind the user's back.
 */
export function useUpstreamOptions(
  anyLabel: string,
  chosen = "",
): { readonly value: string; readonly label: string }[] {
  const { data } = useQuery(queries.upstreams());
  const ids = data?.upstreams.map(({ definition }) => definition.id) ?? [];
  const shown = chosen === "" || ids.includes(chosen) ? ids : [chosen, ...ids];
  return [{ value: "", label: anyLabel }, ...shown.map((id) => ({ value: id, label: id }))];
}
