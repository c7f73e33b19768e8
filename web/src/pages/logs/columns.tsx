// The columns of the log's table, and which of them are on show.

import { columnVisibilityFeature, createColumnHelper, tableFeatures } from "@tanstack/react-table";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogRow } from "../../../../src/admin/contract/logs.ts";
import { keepPreference, readPreference } from "../../lib/storage.ts";
import { useFormat } from "../../lib/use-format.ts";
import { RescueBadge, ResultBadge, TokensText } from "./row-parts.tsx";

export const FEATURES = tableFeatures({ columnVisibilityFeature });

/** Names of the columns in their order. */
export const COLUMNS = [
  "at",
  "result",
  "model",
  "upstream",
  "duration",
  "first",
  "tokens",
  "cost",
  "client",
  "session",
  "path",
  "agent",
] as const;
export type ColumnName = (typeof COLUMNS)[number];

/** Columns whose cells are numbers stand at the right. */
export const NUMERIC: ReadonlySet<string> = new Set<ColumnName>(["duration", "first", "tokens", "cost"]);

const HIDDEN_AT_FIRST: readonly ColumnName[] = ["client", "session", "path", "agent"];
const PREFERENCE = "log-columns";

/** Definitions of all columns in the current language. */
export function useColumns() {
  const { t } = useTranslation("logs");
  const { t: common } = useTranslation();
  const format = useFormat();
  return useMemo(() => {
    const helper = createColumnHelper<typeof FEATURES, LogRow>();
    const text = (name: ColumnName, cell: (row: LogRow) => string) =>
      helper.display({
        id: name,
        header: t(`column.${name}`),
        cell: ({ row }) => {
          const shown = cell(row.original);
          return (
            <span title={shown} className="block truncate">
              {shown || "–"}
            </span>
          );
        },
      });
    return helper.columns([
      text("at", (row) => format.time(row.at)),
      helper.display({
        id: "result",
        header: t("column.result"),
        cell: ({ row }) => (
          <span className="flex min-w-0 gap-1">
            <ResultBadge row={row.original} />
            <RescueBadge row={row.original} isShort />
          </span>
        ),
      }),
      helper.display({
        id: "model",
        header: t("column.model"),
        cell: ({ row: { original } }) => <ModelText row={original} />,
      }),
      text("upstream", (row) => row.upstream_id ?? ""),
      text("duration", (row) => format.duration(row.duration_ms)),
      text("first", (row) => format.duration(row.first_content_ms)),
      helper.display({
        id: "tokens",
        header: t("column.tokens"),
        cell: ({ row }) => <TokensText usage={row.original.usage} />,
      }),
      text("cost", (row) => (row.usage ? format.money(row.cost_usd) : "")),
      text("client", (row) => row.client_key_name ?? row.client_key ?? ""),
      text("session", (row) => row.session_id ?? ""),
      text("path", (row) => `${row.method} ${row.path} (${common(`protocol.${row.protocol}`)})`),
      text("agent", (row) => row.user_agent ?? ""),
    ]);
  }, [t, common, format]);
}

function ModelText({ row }: { readonly row: LogRow }) {
  const isMapped = row.upstream_model !== null && row.upstream_model !== row.model;
  return (
    <span className="block min-w-0" title={isMapped ? `${row.model} → ${row.upstream_model}` : row.model}>
      <span className="block truncate">{row.model || "–"}</span>
      {isMapped && <span className="block truncate text-xs text-muted">→ {row.upstream_model}</span>}
    </span>
  );
}

/** Which columns are on show, kept in this browser. */
export function useShownColumns(): readonly [
  Readonly<Record<string, boolean>>,
  (name: ColumnName, isShown: boolean) => void,
] {
  const [hidden, setHidden] = useState<readonly string[]>(
    () => readPreference(PREFERENCE)?.split(",") ?? HIDDEN_AT_FIRST,
  );
  const shown = useMemo(() => Object.fromEntries(COLUMNS.map((name) => [name, !hidden.includes(name)])), [hidden]);
  const change = (name: ColumnName, isShown: boolean) => {
    const next = COLUMNS.filter((column) => (column === name ? !isShown : hidden.includes(column)));
    keepPreference(PREFERENCE, next.join(","));
    setHidden(next);
  };
  return [shown, change];
}
