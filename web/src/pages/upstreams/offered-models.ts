// Which models an upstream says that it has.

import { queryOptions } from "@tanstack/react-query";
import type { UpstreamInput } from "../../../../src/admin/contract/upstreams.ts";
import { api } from "../../api/client.ts";

export interface OfferedModel {
  readonly id: string;
  readonly display_name: string | null;
}

/**
 * Asks the upstream itself; a draft is asked in place of what is saved under the id. Kept for a minute. `isQuiet`: asks
 * nobody for a password, and goes without the list then.
 */
export function offeredModels(id: string, draft?: UpstreamInput, isQuiet = false) {
  return queryOptions({
    queryKey: ["offered-models", id, draft ?? null],
    queryFn: ({ signal }) =>
      draft
        ? api.post<{ models: OfferedModel[] }>("/upstreams/models", { body: { upstream: draft }, signal, isQuiet })
        : api.get<{ models: OfferedModel[] }>(`/upstreams/${encodeURIComponent(id)}/models`, { signal }),
    staleTime: 60_000,
  });
}
