// Password, sessions and the audit log.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { AuditRow, SessionRow } from "../../../../src/admin/contract/session.ts";
import { api, withQuery } from "../../api/client.ts";
import { useFormat, useNow } from "../../lib/use-format.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { QueryView } from "../../ui/states.tsx";
import { Badge } from "../../ui/status.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useSession } from "../session/session.tsx";
import { changeSummary } from "./change-summary.ts";
import { en } from "./text.en.ts";

/** The tab. */
export function SecurityTab() {
  const { t } = useTranslation("settings");
  const { askForPassword } = useSession();
  return (
    <div className="flex flex-col gap-4">
      <Section
        title={t("password.title")}
        description={t("password.body")}
        actions={
          <Button icon={KeyRound} onClick={askForPassword}>
            {t("password.change")}
          </Button>
        }
      />
      <Sessions />
      <Audit />
    </div>
  );
}

function Sessions() {
  const { t } = useTranslation("settings");
  const client = useQueryClient();
  const toast = useToast();
  const query = useQuery({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => api.get<{ sessions: SessionRow[] }>("/sessions", { signal }),
  });
  const end = useMutation({
    mutationFn: (id: string | null) => api.delete(id === null ? "/sessions" : `/sessions/${encodeURIComponent(id)}`),
    onSuccess: () => toast.ok(t("sessions.ended")),
    onError: (error) => toast.failed(error),
    onSettled: () => client.invalidateQueries({ queryKey: ["sessions"] }),
  });
  const hasOthers = query.data?.sessions.some(({ is_current: isCurrent }) => !isCurrent) ?? false;
  return (
    <Section
      title={t("sessions.title")}
      description={t("sessions.body")}
      actions={
        hasOthers && (
          <Button kind="danger-quiet" icon={LogOut} busy={end.isPending} onClick={() => end.mutate(null)}>
            {t("sessions.endAll")}
          </Button>
        )
      }
    >
      <QueryView query={query}>
        {({ sessions }) => (
          <>
            <ul className="divide-y divide-line">
              {sessions.map((session) => (
                <SessionLine key={session.id} session={session} onEnd={() => end.mutate(session.id)} />
              ))}
            </ul>
            {!hasOthers && <p className="pt-2 text-muted">{t("sessions.none")}</p>}
          </>
        )}
      </QueryView>
    </Section>
  );
}

function SessionLine({ session, onEnd }: { readonly session: SessionRow; readonly onEnd: () => void }) {
  const { t } = useTranslation("settings");
  const format = useFormat();
  const now = useNow();
  return (
    <li className="flex items-center justify-between gap-3 py-2">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="font-mono">{session.peer}</span>
          {session.is_current && <Badge tone="ok">{t("sessions.current")}</Badge>}
        </p>
        <p className="truncate text-xs text-muted" title={session.user_agent}>
          {session.user_agent}
        </p>
        <p className="text-xs text-faint">
          {t("sessions.lastUsed", { time: format.relative(session.last_used_at, now) })} ·{" "}
          {t("sessions.expires", { time: format.relative(session.expires_at, now) })}
        </p>
      </div>
      {!session.is_current && (
        <Button size="small" onClick={onEnd}>
          {t("sessions.end")}
        </Button>
      )}
    </li>
  );
}

interface AuditPage {
  readonly rows: readonly AuditRow[];
  readonly next_cursor: string | null;
}

/** Actions whose details would only say the same again, in English. */
const TOLD_BY_ACTION = new Set([
  "login",
  "login-failed",
  "logout",
  "password-changed",
  "setup-claimed",
  "logs-cleared",
]);

type Action = keyof (typeof en)["audit"]["action"];

function isAction(action: string): action is Action {
  return Object.hasOwn(en.audit.action, action);
}

function Audit() {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const format = useFormat();
  const query = useInfiniteQuery({
    queryKey: ["audit"],
    queryFn: ({ pageParam, signal }) =>
      api.get<AuditPage>(withQuery("/audit", { cursor: pageParam, limit: 30 }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  return (
    <Section title={t("audit.title")} description={t("audit.body")}>
      <QueryView query={query}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.rows);
          if (rows.length === 0) return <p className="text-muted">{t("audit.empty")}</p>;
          return (
            <ul className="divide-y divide-line">
              {rows.map((row) => (
                <li key={row.id} className="flex flex-wrap items-baseline gap-x-3 py-1.5">
                  <time dateTime={row.at} className="w-36 shrink-0 text-xs text-muted tabular-nums">
                    {format.time(row.at)}
                  </time>
                  <span>{isAction(row.action) ? t(`audit.action.${row.action}`) : row.action}</span>
                  <span className="line-clamp-3 min-w-0 flex-1 basis-40 text-xs break-words text-muted">
                    {TOLD_BY_ACTION.has(row.action)
                      ? ""
                      : row.detail
                          .split(", ")
                          .map((line) => changeSummary(line, common))
                          .join(", ")}
                  </span>
                  <span className="font-mono text-xs text-faint">{row.peer}</span>
                </li>
              ))}
            </ul>
          );
        }}
      </QueryView>
      {query.hasNextPage && (
        <Button
          size="small"
          className="mt-3"
          busy={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("audit.more")}
        </Button>
      )}
    </Section>
  );
}
