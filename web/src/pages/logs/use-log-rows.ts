// Loads the rows of the log page by page, and the newest ones as requests end.

import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { LogPage, LogRow } from "../../../../src/admin/contract/logs.ts";
import { api, withQuery } from "../../api/client.ts";
import { useRequestEnd } from "../../api/live.ts";
import { formatFilters, type LogFilters, toLogQuery } from "./log-filters.ts";
import { mergeNewest } from "./merge-newest.ts";

const PAGE_ROWS = 100;
/** Requests end in bursts: one look for all that ended within this time. */
const GATHER_MS = 400;

export interface LogRows {
  readonly rows: readonly LogRow[] | undefined;
  readonly error: unknown;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  /** Requests that ended since the list was loaded and are not in it. */
  readonly waiting: number;
  loadMore(): void;
  showNewest(): void;
  reload(): void;
}

/** Rows for the filters; while `follows`, new ones come by themselves. */
export function useLogRows(filters: LogFilters, follows: boolean): LogRows {
  const client = useQueryClient();
  const address = formatFilters(filters).toString();
  const queryKey = useMemo(() => ["logs", address], [address]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => loadPage(filters, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchOnWindowFocus: false,
  });
  const [waiting, setWaiting] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const showNewest = useCallback(async () => {
    try {
      const fresh = await loadPage(filters, null);
      client.setQueryData<InfiniteData<LogPage, string | null>>(queryKey, (data) => {
        if (!data) return data;
        const pages = [...mergeNewest(data.pages, fresh)];
        return { pages, pageParams: data.pageParams.slice(0, pages.length) };
      });
      setWaiting(0);
    } catch {
      return; // the gateway is away: the list stays as it is, and the next request that ends tries again
    }
  }, [client, filters, queryKey]);

  const onEnd = useCallback(() => {
    setWaiting((count) => count + 1);
    if (!follows) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void showNewest(), GATHER_MS);
  }, [follows, showNewest]);
  useRequestEnd(onEnd);

  // biome-ignore lint/correctness/useExhaustiveDependencies: other filters begin a new list
  useEffect(() => {
    setWaiting(0);
    return () => clearTimeout(timer.current);
  }, [address]);
  // What waited while nobody followed is fetched at once when following is switched on.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the switch counts
  useEffect(() => {
    if (follows && waiting > 0) void showNewest();
  }, [follows]);

  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows), [query.data]);
  return {
    rows,
    error: query.error,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    waiting,
    loadMore: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
    showNewest: () => void showNewest(),
    reload: () => void query.refetch(),
  };
}

function loadPage(filters: LogFilters, cursor: string | null, signal?: AbortSignal): Promise<LogPage> {
  const query = { ...toLogQuery(filters, Date.now()), cursor, limit: PAGE_ROWS };
  return api.get<LogPage>(withQuery("/logs", query), { signal });
}
