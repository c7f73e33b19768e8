// What the console loads, each with the name under which it is cached.

import { queryOptions } from "@tanstack/react-query";
import type { KeyList } from "../../../src/admin/contract/keys.ts";
import type { ConnectInfo, OfferedModels } from "../../../src/admin/contract/playground.ts";
import type { SessionInfo } from "../../../src/admin/contract/session.ts";
import type { HistoryRow, SettingsView } from "../../../src/admin/contract/settings.ts";
import type { Preset, UpstreamList } from "../../../src/admin/contract/upstreams.ts";
import type { Overview } from "../../../src/admin/contract/usage.ts";
import { api, withQuery } from "./client.ts";

export const queries = {
  session: () =>
    queryOptions({
      queryKey: ["session"],
      queryFn: ({ signal }) => api.get<SessionInfo>("/session", { signal }),
      staleTime: 60_000,
    }),
  overview: (range: string) =>
    queryOptions({
      queryKey: ["overview", range],
      queryFn: ({ signal }) => api.get<Overview>(withQuery("/overview", { range }), { signal }),
    }),
  upstreams: () =>
    queryOptions({
      queryKey: ["upstreams"],
      queryFn: ({ signal }) => api.get<UpstreamList>("/upstreams", { signal }),
    }),
  presets: () =>
    queryOptions({
      queryKey: ["presets"],
      queryFn: ({ signal }) => api.get<{ presets: Preset[] }>("/presets", { signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  keys: () => queryOptions({ queryKey: ["keys"], queryFn: ({ signal }) => api.get<KeyList>("/keys", { signal }) }),
  models: () =>
    queryOptions({
      queryKey: ["models"],
      queryFn: ({ signal }) => api.get<OfferedModels>("/models", { signal }),
    }),
  connect: () =>
    queryOptions({
      queryKey: ["connect"],
      queryFn: ({ signal }) => api.get<ConnectInfo>("/connect", { signal }),
    }),
  settings: () =>
    queryOptions({
      queryKey: ["settings"],
      queryFn: ({ signal }) => api.get<SettingsView>("/settings", { signal }),
    }),
  history: () =>
    queryOptions({
      queryKey: ["history"],
      queryFn: ({ signal }) => api.get<{ rows: HistoryRow[] }>(withQuery("/history", { limit: 100 }), { signal }),
    }),
};
