// The log as a table for wide screens: only the rows in sight are in the page, more are loaded near the end.

import { type ColumnDef, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { LogRow } from "../../../../src/admin/contract/logs.ts";
import { addressOf, navigate } from "../../app/router.tsx";
import { cx } from "../../lib/cx.ts";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { FEATURES, NUMERIC, useColumns } from "./columns.tsx";
import type { LogRows } from "./use-log-rows.ts";

const ROW_PX = 46;
/** Rows before the end at which more are loaded. */
const AHEAD = 20;

const WIDTHS: Readonly<Record<string, string>> = {
  at: "w-38",
  result: "w-44",
  // The model takes what is left.
  model: "min-w-44",
  upstream: "w-32",
  duration: "w-21",
  first: "w-23",
  tokens: "w-30",
  cost: "w-24",
  client: "w-32",
  session: "w-40",
  path: "w-64",
  agent: "w-56",
};

export interface LogTableProps {
  readonly list: LogRows;
  readonly rows: readonly LogRow[];
  readonly shown: Readonly<Record<string, boolean>>;
  /** Address of a row's detail. */
  readonly linkTo: (row: LogRow) => string;
  readonly selectedId: string | undefined;
  /** Told whether the newest row is in sight. */
  readonly onTop: (isAtTop: boolean) => void;
}

/** The table. A row is opened with the pointer anywhere, or by the link in its first cell. */
export function LogTable({ list, rows, shown, linkTo, selectedId, onTop }: LogTableProps) {
  const { t } = useTranslation("logs");
  const scrollRef = useRef<HTMLElement>(null);
  const columns = useColumns() as ColumnDef<typeof FEATURES, LogRow>[];
  const table = useTable({
    features: FEATURES,
    columns,
    data: rows as LogRow[],
    getRowId: (row) => row.id,
    state: { columnVisibility: shown as Record<string, boolean> },
  });
  const models = table.getRowModel().rows;
  const virtualizer = useVirtualizer({
    count: models.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    getItemKey: (index) => models[index]?.id ?? index,
  });
  const items = virtualizer.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  const isNearEnd = last >= models.length - AHEAD;
  const { hasMore, loadMore } = list;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks anew whenever more rows are there
  useEffect(() => {
    if (isNearEnd && hasMore) loadMore();
  }, [isNearEnd, hasMore, models.length]);

  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items[items.length - 1]?.end ?? 0);
  const columnCount = table.getVisibleLeafColumns().length;
  return (
    <ScrollRegion
      ref={scrollRef}
      label={t("table")}
      onScroll={(event) => onTop(event.currentTarget.scrollTop < ROW_PX)}
      className="max-h-[max(20rem,calc(100dvh-15rem))] overflow-auto rounded-card border border-line bg-surface shadow-card lg:max-h-[max(20rem,calc(100dvh-11rem))]"
    >
      <table className="w-full min-w-max table-fixed" aria-rowcount={list.hasMore ? -1 : models.length + 1}>
        <thead className="sticky top-0 z-10 bg-sunken text-left text-xs text-muted">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <th
                  key={header.id}
                  scope="col"
                  className={cx("h-9 px-3 font-medium", WIDTHS[header.id], NUMERIC.has(header.id) && "text-right")}
                >
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          <Spacer height={before} columns={columnCount} />
          {items.map((item) => {
            const row = models[item.index];
            if (!row) return null;
            const to = linkTo(row.original);
            return (
              <tr
                key={row.id}
                aria-rowindex={item.index + 2}
                onClick={(event) => {
                  if (!(event.target instanceof Element && event.target.closest("a"))) void navigate(to);
                }}
                className={cx(
                  "h-11.5 cursor-pointer border-t border-line hover:bg-sunken",
                  row.id === selectedId && "bg-accent-soft",
                )}
              >
                {row.getVisibleCells().map((cell, index) => (
                  <td
                    key={cell.id}
                    className={cx("max-w-0 truncate px-3", NUMERIC.has(cell.column.id) && "text-right")}
                  >
                    {index === 0 ? (
                      <RowLink to={to}>
                        <table.FlexRender cell={cell} />
                        <span className="sr-only">, {t("row.open", { id: row.id })}</span>
                      </RowLink>
                    ) : (
                      <table.FlexRender cell={cell} />
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer height={after} columns={columnCount} />
        </tbody>
      </table>
      <p className="px-3 py-2 text-xs text-muted" role="status">
        {list.isLoadingMore ? "…" : list.hasMore ? t("loaded", { count: models.length }) : t("end")}
      </p>
    </ScrollRegion>
  );
}

interface RowLinkProps {
  readonly to: string;
  readonly children: ReactNode;
}

function RowLink({ to, children }: RowLinkProps) {
  return (
    <a
      href={addressOf(to)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        void navigate(to);
      }}
    >
      {children}
    </a>
  );
}

/** Stands for the rows that are not in the page. */
function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height }} className="p-0" />
    </tr>
  );
}
