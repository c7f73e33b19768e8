// The log as cards for phones; the page itself scrolls.

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogRow } from "../../../../src/admin/contract/logs.ts";
import { Link } from "../../app/router.tsx";
import { useFormat } from "../../lib/use-format.ts";
import { RescueBadge, ResultBadge, TokensText } from "./row-parts.tsx";
import type { LogRows } from "./use-log-rows.ts";

const CARD_PX = 104;
const AHEAD = 10;

export interface LogCardsProps {
  readonly list: LogRows;
  readonly rows: readonly LogRow[];
  readonly linkTo: (row: LogRow) => string;
  readonly onTop: (isAtTop: boolean) => void;
}

/** One card per request, each a link to its detail. */
export function LogCards({ list, rows, linkTo, onTop }: LogCardsProps) {
  const { t } = useTranslation("logs");
  const hostRef = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(hostRef.current?.offsetTop ?? 0), []);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => CARD_PX,
    overscan: 6,
    scrollMargin: top,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  useEffect(() => {
    const follow = () => onTop(scrollY < top + CARD_PX);
    addEventListener("scroll", follow, { passive: true });
    return () => removeEventListener("scroll", follow);
  }, [onTop, top]);
  const items = virtualizer.getVirtualItems();
  const isNearEnd = (items[items.length - 1]?.index ?? 0) >= rows.length - AHEAD;
  const { hasMore, loadMore } = list;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks anew whenever more rows are there
  useEffect(() => {
    if (isNearEnd && hasMore) loadMore();
  }, [isNearEnd, hasMore, rows.length]);
  return (
    <div ref={hostRef}>
      <ul className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <li
                key={row.id}
                data-index={item.index}
                ref={virtualizer.measureElement}
                aria-posinset={item.index + 1}
                aria-setsize={hasMore ? -1 : rows.length}
                className="absolute inset-x-0 top-0 pb-2"
                style={{ transform: `translateY(${item.start - top}px)` }}
              >
                <LogCard row={row} to={linkTo(row)} />
              </li>
            )
          );
        })}
      </ul>
      <p className="py-2 text-center text-xs text-muted" role="status">
        {list.hasMore ? t("loaded", { count: rows.length }) : t("end")}
      </p>
    </div>
  );
}

function LogCard({ row, to }: { readonly row: LogRow; readonly to: string }) {
  const format = useFormat();
  return (
    <Link to={to} className="block rounded-card border border-line bg-surface px-3 py-2.5 shadow-card active:bg-sunken">
      <div className="flex items-center justify-between gap-2">
        <span className="min-w-0 truncate font-medium">{row.model || row.path}</span>
        <span className="shrink-0 text-xs text-muted tabular-nums">{format.time(row.at)}</span>
      </div>
      <div className="mt-1 flex flex-wrap items-center gap-1">
        <ResultBadge row={row} />
        <RescueBadge row={row} />
      </div>
      <div className="mt-1.5 flex items-center justify-between gap-2 text-xs text-muted tabular-nums">
        <span className="min-w-0 truncate">
          {row.upstream_id ?? "–"} · {format.duration(row.duration_ms)}
        </span>
        <span className="shrink-0">
          <TokensText usage={row.usage} />
          {row.usage && ` · ${format.money(row.cost_usd)}`}
        </span>
      </div>
    </Link>
  );
}
