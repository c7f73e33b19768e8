// Which models an upstream says that it has.

import { queryOptions } from "@tanstack/react-query";
import type { UpstreamInput } from "../../../../src/admin/contract/upstreams.ts";
import { api } from "../../api/client.ts";

export interface OfferedModel {
  readonly id: string;
  readonly display_name: string | null;
}

/** An upstream that is not saved, or not as it is here. */
export interface DraftUpstream {
  readonly upstream: UpstreamInput;
  /** Id of the saved one that its masked keys are of. */
  readonly keys_of?: string;
}

/**
 * Asks the upstream itself; a draft is asked in place of what is saved under the id. Kept for a minute. `isQuiet`: asks
 * nobody for a password, and goes without the list then.
 */
export function offeredModels(id: string, draft?: DraftUpstream, isQuiet = false) {
  const body = draft && { ...draft, upstream: connectionOf(draft.upstream) };
  return queryOptions({
    queryKey: ["offered-models", id, body ?? null],
    queryFn: ({ signal }) =>
      body
        ? api.post<{ models: OfferedModel[] }>("/upstreams/models", { body, signal, isQuiet })
        : api.get<{ models: OfferedModel[] }>(`/upstreams/${encodeURIComponent(id)}/models`, { signal }),
    staleTime: 60_000,
  });
}

/** What the list depends on: a name that is typed meanwhile, or a row of the model map, makes no other list of it. */
export function connectionOf({ base_url, api_format, keys, auth, headers }: UpstreamInput): UpstreamInput {
  return {
    id: "draft",
    base_url,
    api_format,
    ...(keys && { keys }),
    ...(auth !== undefined && { auth }),
    ...(headers && { headers }),
  };
}
