// One request in full: a sheet at the side on wide screens, the whole screen on phones.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { LogDetail } from "../../../../src/admin/contract/logs.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { Link } from "../../app/router.tsx";
import { cx } from "../../lib/cx.ts";
import { useFormat } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { Facts } from "../../ui/card.tsx";
import { CopyButton, Mono } from "../../ui/code.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ForeignText } from "../../ui/foreign-text.tsx";
import { QueryView, SkeletonRows } from "../../ui/states.tsx";
import { Badge, Notice } from "../../ui/status.tsx";
import { AttemptPanel } from "./detail-attempt.tsx";
import { StoryList } from "./detail-story.tsx";
import { AttemptTimeline } from "./detail-timeline.tsx";
import { UsageTable } from "./detail-usage.tsx";
import { formatFilters, NO_FILTERS } from "./log-filters.ts";
import { Replay } from "./replay.tsx";
import { ResultBadge } from "./row-parts.tsx";
import { type Headline, headlineOf } from "./story.ts";

/** Loads and shows the request. */
export function DetailSheet({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useTranslation("logs");
  const query = useQuery({
    queryKey: ["log", id],
    queryFn: ({ signal }) => api.get<LogDetail>(`/logs/${encodeURIComponent(id)}`, { signal }),
    // What has happened does not change.
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Dialog
      open
      onClose={onClose}
      place="side"
      size="large"
      title={t("detail.title")}
      description={
        <span className="flex items-center gap-1">
          <span className="sr-only">{t("detail.id")}</span>
          <Mono>{id}</Mono>
          <CopyButton iconOnly text={id} />
        </span>
      }
    >
      {hasCode(query.error, "not-found") ? (
        <Notice tone="warn">{t("detail.gone")}</Notice>
      ) : (
        <QueryView query={query} skeleton={<SkeletonRows rows={6} />}>
          {(detail) => <Detail detail={detail} />}
        </QueryView>
      )}
    </Dialog>
  );
}

function Detail({ detail }: { readonly detail: LogDetail }) {
  const { t } = useTranslation("logs");
  const { attempts, losses } = detail;
  const hasNoRecording = attempts.length > 0 && attempts.every((attempt) => attempt.request_headers === null);
  return (
    <div className="flex flex-col gap-5 pb-4">
      <HeadlineBox headline={headlineOf(detail)} error={detail.row.error} />
      <Summary detail={detail} />
      <Part title={t("detail.story")}>
        <StoryList detail={detail} />
      </Part>
      {attempts.length > 0 && (
        <Part title={t("detail.timeline")}>
          <AttemptTimeline detail={detail} />
        </Part>
      )}
      {attempts.length > 0 && (
        <Part title={t("detail.usage")}>
          <UsageTable detail={detail} />
        </Part>
      )}
      {losses.length > 0 && (
        <Part title={t("detail.losses", { count: losses.length })} hint={t("detail.lossHint")}>
          <ul className="flex flex-col gap-1.5">
            {losses.map((loss, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same loss may be there twice
              <li key={index} className="flex flex-wrap items-baseline gap-x-2">
                <Badge tone={loss.kind === "dropped" ? "warn" : "neutral"}>{t(`detail.loss.${loss.kind}`)}</Badge>
                <Mono>{loss.path || loss.feature}</Mono>
                <span className="text-muted">{loss.detail}</span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {attempts.length > 0 && (
        <Part title={t("detail.attempts")}>
          {hasNoRecording && <p className="mb-2 text-muted">{t("detail.notRecorded")}</p>}
          <div className="flex flex-col gap-2">
            {attempts.map((attempt) => (
              <AttemptPanel key={attempt.number} attempt={attempt} isOpen={attempts.length === 1} />
            ))}
          </div>
        </Part>
      )}
      {attempts.length > 0 && (
        <Part title={t("replay.title")}>
          <Replay detail={detail} />
        </Part>
      )}
    </div>
  );
}

function Part({
  title,
  hint,
  children,
}: {
  readonly title: string;
  readonly hint?: string;
  readonly children: React.ReactNode;
}) {
  return (
    <section>
      <h3 className="text-sm font-semibold">{title}</h3>
      {hint && <p className="text-xs text-muted">{hint}</p>}
      <div className="mt-2">{children}</div>
    </section>
  );
}

const BOXES = {
  good: "bg-ok-soft",
  warning: "bg-warn-soft",
  bad: "bg-bad-soft",
  neutral: "bg-sunken",
} as const;

function HeadlineBox({ headline, error }: { readonly headline: Headline; readonly error: string | null }) {
  const { t } = useTranslation("logs");
  const explain = useOutcome();
  const { sentence, tone, values } = headline;
  const outcome = explain(values.outcome);
  return (
    <div className={cx("rounded-control px-3.5 py-3", BOXES[tone])}>
      <p className="text-base font-medium">{t(`headline.${sentence}`, { ...values, outcome: outcome.name })}</p>
      {values.outcome !== "" && <p className="mt-1 text-muted">{outcome.text}</p>}
      {error && <ForeignText text={error} className="mt-1" />}
    </div>
  );
}

function Summary({ detail: { row } }: { readonly detail: LogDetail }) {
  const { t } = useTranslation("logs");
  const { t: common } = useTranslation();
  const format = useFormat();
  const client = row.client_key_name ?? row.client_key;
  return (
    <Facts
      items={[
        { label: t("detail.status"), value: <ResultBadge row={row} /> },
        { label: t("detail.at"), value: format.time(row.at) },
        { label: t("detail.duration"), value: format.duration(row.duration_ms) },
        { label: t("detail.first"), value: format.duration(row.first_content_ms) },
        { label: t("detail.model"), value: row.model || "–" },
        { label: t("detail.sent"), value: row.upstream_model ?? "–" },
        { label: t("detail.upstream"), value: row.upstream_id ?? "–" },
        { label: t("detail.client"), value: client ?? t("detail.none") },
        {
          label: t("detail.format"),
          value: `${common(`protocol.${row.protocol}`)}, ${row.stream ? t("row.stream") : t("row.whole")}`,
        },
        { label: t("detail.path"), value: `${row.method} ${row.path}` },
        { label: t("detail.agent"), value: row.user_agent ?? "–" },
        { label: t("detail.session"), value: <SessionLink id={row.session_id} /> },
      ]}
    />
  );
}

function SessionLink({ id }: { readonly id: string | null }) {
  const { t } = useTranslation("logs");
  if (id === null) return "–";
  return (
    <Link
      to={`/logs?${formatFilters({ ...NO_FILTERS, session: id })}`}
      title={t("detail.sameSession")}
      className="text-accent underline-offset-2 hover:underline"
    >
      {id}
    </Link>
  );
}
