// Every configuration that held, what changed with it, and the way back.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { History, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ConfigChange, HistoryRow } from "../../../../src/admin/contract/settings.ts";
import { api, withQuery } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { refreshConfig } from "../../api/save.ts";
import { useFormat, useNow } from "../../lib/use-format.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { ChangeList } from "../../ui/change-list.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState, QueryView } from "../../ui/states.tsx";
import { Badge } from "../../ui/status.tsx";
import { useToast } from "../../ui/toast.tsx";
import { changeSummary } from "./change-summary.ts";
import { en } from "./text.en.ts";

/** The tab. */
export function HistoryTab() {
  const { t } = useTranslation("settings");
  const query = useQuery(queries.history());
  const [shown, setShown] = useState<HistoryRow>();
  const [target, setTarget] = useState<HistoryRow>();
  return (
    <Section title={t("history.title")} description={t("history.body")}>
      <QueryView query={query}>
        {({ rows }) =>
          rows.length === 0 ? (
            <EmptyState icon={History} title={t("history.empty")} />
          ) : (
            <ol className="divide-y divide-line">
              {rows.map((row) => (
                <HistoryLine key={row.id} row={row} onShow={() => setShown(row)} onRollback={() => setTarget(row)} />
              ))}
            </ol>
          )
        }
      </QueryView>
      {shown && <DiffDialog row={shown} onClose={() => setShown(undefined)} />}
      {target && <RollbackDialog row={target} onClose={() => setTarget(undefined)} />}
    </Section>
  );
}

interface HistoryLineProps {
  readonly row: HistoryRow;
  readonly onShow: () => void;
  readonly onRollback: () => void;
}

function HistoryLine({ row, onShow, onRollback }: HistoryLineProps) {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const source = isSource(row.source) ? t(`history.source.${row.source}`) : row.source;
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 py-2.5">
      <div className="min-w-0 flex-1 basis-72">
        <p className="flex flex-wrap items-center gap-2">
          <time dateTime={row.at} title={format.time(row.at)} className="font-medium">
            {format.relative(row.at, now)}
          </time>
          {row.is_current && <Badge tone="ok">{t("history.current")}</Badge>}
          <span className="text-xs text-muted">{t("history.by", { source, author: row.author })}</span>
        </p>
        <ul className="text-xs text-muted">
          {row.summary.slice(0, 5).map((line) => (
            <li key={line} className="font-mono">
              {changeSummary(line, common)}
            </li>
          ))}
        </ul>
      </div>
      <div className="flex gap-2">
        <Button size="small" onClick={onShow}>
          {t("history.show")}
        </Button>
        {!row.is_current && (
          <Button size="small" icon={Undo2} onClick={onRollback}>
            {t("history.rollback")}
          </Button>
        )}
      </div>
    </li>
  );
}

function useDiff(id: string, against: "current" | "previous") {
  return useQuery({
    queryKey: ["history", id, against],
    queryFn: ({ signal }) =>
      api.get<{ changes: ConfigChange[] }>(withQuery(`/history/${encodeURIComponent(id)}/diff`, { against }), {
        signal,
      }),
  });
}

function DiffDialog({ row, onClose }: { readonly row: HistoryRow; readonly onClose: () => void }) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const query = useDiff(row.id, "previous");
  return (
    <Dialog open onClose={onClose} title={t("history.show")} description={format.time(row.at)} size="large">
      <QueryView query={query}>{({ changes }) => <ChangeList changes={changes} />}</QueryView>
    </Dialog>
  );
}

function RollbackDialog({ row, onClose }: { readonly row: HistoryRow; readonly onClose: () => void }) {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const toast = useToast();
  const query = useDiff(row.id, "current");
  const rollback = useMutation({
    mutationFn: () => api.post(`/history/${encodeURIComponent(row.id)}/rollback`),
    onSuccess: () => {
      toast.ok(t("history.rolledBack"));
      onClose();
    },
    onError: (error) => toast.failed(error),
    onSettled: () => refreshConfig(client),
  });
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={t("history.rollbackTitle", { time: format.time(row.at) })}
      description={t("history.rollbackBody")}
      footer={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button kind="danger" icon={Undo2} busy={rollback.isPending} onClick={() => rollback.mutate()}>
            {t("history.rollbackConfirm")}
          </Button>
        </>
      }
    >
      {/* The server tells what changed since then; going back does the opposite. */}
      <QueryView query={query}>
        {({ changes }) => (
          <ChangeList changes={changes.map(({ path, before, after }) => ({ path, before: after, after: before }))} />
        )}
      </QueryView>
    </Dialog>
  );
}

function isSource(source: string): source is keyof typeof en.history.source {
  return Object.hasOwn(en.history.source, source);
}
