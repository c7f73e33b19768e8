// The page "logs": filters, the list, and the request that is looked at.

import { useQueryClient } from "@tanstack/react-query";
import { Columns3, Download, Inbox, SearchX, Trash2 } from "lucide-react";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogRow } from "../../../../src/admin/contract/logs.ts";
import { API_ROOT, api, withQuery } from "../../api/client.ts";
import { detailOf, Link, navigate, replaceQuery, usePlace } from "../../app/router.tsx";
import { useIsPhone } from "../../lib/use-media.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { PageHeader } from "../../ui/card.tsx";
import { useConfirm } from "../../ui/confirm.tsx";
import { Popover } from "../../ui/menu.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../ui/states.tsx";
import { Checkbox, Switch } from "../../ui/switch.tsx";
import { useToast } from "../../ui/toast.tsx";
import { COLUMNS, type ColumnName, useShownColumns } from "./columns.tsx";
import { DetailSheet } from "./detail-sheet.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { LogCards } from "./log-cards.tsx";
import { countFilters, formatFilters, type LogFilters, NO_FILTERS, parseFilters, toLogQuery } from "./log-filters.ts";
import { LogTable } from "./log-table.tsx";
import { type LogRows, useLogRows } from "./use-log-rows.ts";

/** Registered in app/pages.ts. */
export function LogsPage() {
  const { t } = useTranslation("logs");
  const { t: common } = useTranslation();
  const { path, query } = usePlace();
  const filters = parseFilters(query);
  const [isLive, setLive] = useState(true);
  const [isAtTop, setAtTop] = useState(true);
  const [shown, showColumn] = useShownColumns();
  const list = useLogRows(filters, isLive && isAtTop);
  const selectedId = detailOf(path);
  const address = formatFilters(filters).toString();
  const place = useCallback((rest: string) => `/logs${rest}${address === "" ? "" : `?${address}`}`, [address]);
  const linkTo = useCallback((row: LogRow) => place(`/${encodeURIComponent(row.id)}`), [place]);
  return (
    <div className="flex flex-col gap-3">
      <PageHeader
        title={common("nav.logs")}
        description={t("description")}
        actions={
          <>
            <Switch checked={isLive} onChange={setLive} label={t("tail.label")} />
            <Actions filters={filters} shown={shown} onColumn={showColumn} />
          </>
        }
      />
      <FilterBar filters={filters} onChange={(changed) => replaceQuery(formatFilters(changed))} />
      {list.waiting > 0 && !(isLive && isAtTop) && (
        <Button kind="secondary" size="small" onClick={list.showNewest} className="self-center rounded-full">
          {t("tail.new", { count: list.waiting })}
        </Button>
      )}
      <List
        list={list}
        filters={filters}
        shown={shown}
        linkTo={linkTo}
        selectedId={selectedId}
        onTop={setAtTop}
        onClearFilters={() => replaceQuery(formatFilters(NO_FILTERS))}
      />
      {selectedId !== undefined && <DetailSheet id={selectedId} onClose={() => void navigate(place(""))} />}
    </div>
  );
}

interface ListProps {
  readonly list: LogRows;
  readonly filters: LogFilters;
  readonly shown: Readonly<Record<string, boolean>>;
  readonly linkTo: (row: LogRow) => string;
  readonly selectedId: string | undefined;
  readonly onTop: (isAtTop: boolean) => void;
  readonly onClearFilters: () => void;
}

function List({ list, filters, shown, linkTo, selectedId, onTop, onClearFilters }: ListProps) {
  const { t } = useTranslation("logs");
  const isPhone = useIsPhone();
  const { rows } = list;
  if (rows === undefined) {
    return list.error ? (
      <ErrorState error={list.error} onRetry={list.reload} />
    ) : (
      <SkeletonRows rows={8} className="h-11" />
    );
  }
  if (rows.length === 0 && countFilters(filters) > 0) {
    return (
      <EmptyState
        icon={SearchX}
        title={t("empty.filteredTitle")}
        actions={<Button onClick={onClearFilters}>{t("filter.clear")}</Button>}
      >
        {t("empty.filteredBody")}
      </EmptyState>
    );
  }
  if (rows.length === 0) {
    return (
      <EmptyState
        icon={Inbox}
        title={t("empty.title")}
        actions={
          <Link to="/connect" className={buttonClass("primary")}>
            {t("empty.connect")}
          </Link>
        }
      >
        {t("empty.body")}
      </EmptyState>
    );
  }
  return isPhone ? (
    <LogCards list={list} rows={rows} linkTo={linkTo} onTop={onTop} />
  ) : (
    <LogTable list={list} rows={rows} shown={shown} linkTo={linkTo} selectedId={selectedId} onTop={onTop} />
  );
}

interface ActionsProps {
  readonly filters: LogFilters;
  readonly shown: Readonly<Record<string, boolean>>;
  readonly onColumn: (name: ColumnName, isShown: boolean) => void;
}

function Actions({ filters, shown, onColumn }: ActionsProps) {
  const { t } = useTranslation("logs");
  const isPhone = useIsPhone();
  const confirm = useConfirm();
  const toast = useToast();
  const client = useQueryClient();
  const clear = async () => {
    const isSure = await confirm({
      title: t("actions.clearTitle"),
      body: t("actions.clearBody"),
      confirmLabel: t("actions.clearConfirm"),
      isDangerous: true,
    });
    if (!isSure) return;
    try {
      await api.delete("/logs");
      toast.ok(t("actions.cleared"));
    } catch (error) {
      toast.failed(error);
    }
    await client.resetQueries({ queryKey: ["logs"] });
    await client.invalidateQueries({ queryKey: ["overview"] });
  };
  return (
    <>
      {!isPhone && (
        <Popover
          label={t("column.chooser")}
          trigger={<Button icon={Columns3}>{t("column.chooser")}</Button>}
          className="w-52"
        >
          <div className="flex flex-col gap-2">
            {COLUMNS.slice(1).map((name) => (
              <Checkbox
                key={name}
                checked={shown[name] === true}
                onChange={(isShown) => onColumn(name, isShown)}
                label={t(`column.${name}`)}
              />
            ))}
          </div>
        </Popover>
      )}
      <a
        href={API_ROOT + withQuery("/logs.csv", toLogQuery(filters, Date.now()))}
        download
        title={t("actions.csv")}
        className={buttonClass("secondary")}
      >
        <Download className="size-4" aria-hidden />
        CSV
      </a>
      <Button kind="danger-quiet" icon={Trash2} onClick={() => void clear()}>
        {t("actions.clear")}
      </Button>
    </>
  );
}
