// What a run has brought so far: the answer, the raw events, the headers, and how long it all took.

import { ChevronRight, LoaderCircle, Wrench } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "../../app/router.tsx";
import { useFormat } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { buttonClass } from "../../ui/button.tsx";
import { Facts } from "../../ui/card.tsx";
import { CopyButton } from "../../ui/code.tsx";
import { ForeignText } from "../../ui/foreign-text.tsx";
import { Segments } from "../../ui/menu.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { Badge, Notice, type Tone } from "../../ui/status.tsx";
import { LongText } from "../logs/body-panel.tsx";
import { TokensText } from "../logs/row-parts.tsx";
import { MAX_RAW, type Run, tokensPerSecond } from "./run-state.ts";

const TONES: Readonly<Record<Run["phase"], Tone>> = {
  idle: "neutral",
  waiting: "info",
  answering: "info",
  done: "ok",
  failed: "bad",
  stopped: "warn",
};

/** The run; changes as events come. */
export function RunView({ run }: { readonly run: Run }) {
  const { t } = useTranslation("playground");
  const format = useFormat();
  const [view, setView] = useState<"text" | "raw" | "headers">("text");
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="flex items-center gap-2" role="status">
          <Badge tone={TONES[run.phase]} withIcon>
            {t(`result.phase.${run.phase}`)}
          </Badge>
          {run.status !== null && <Badge tone={run.status < 400 ? "neutral" : "bad"}>{run.status}</Badge>}
        </span>
        <Segments
          label={t("result.view")}
          value={view}
          onChange={setView}
          options={[
            { value: "text", label: t("result.text") },
            { value: "raw", label: t("result.raw", { size: format.bytes(run.raw.length) }) },
            { value: "headers", label: t("result.headers") },
          ]}
        />
      </div>
      {run.error !== null && <Failure error={run.error} outcome={run.row?.outcome} />}
      {view === "text" && <Answer run={run} />}
      {view === "raw" && <Raw run={run} />}
      {view === "headers" && <Headers headers={run.headers} />}
      <Figures run={run} />
    </div>
  );
}

/** What went wrong in the page's language once the request's record is there, and the client's words for it. */
function Failure({ error, outcome }: { readonly error: string; readonly outcome: string | undefined }) {
  const explain = useOutcome();
  const known = outcome === undefined || outcome === "ok" ? undefined : explain(outcome);
  return (
    <Notice tone="bad" title={known?.name}>
      {known?.text && <p>{known.text}</p>}
      <ForeignText text={error} />
    </Notice>
  );
}

function Answer({ run }: { readonly run: Run }) {
  const { t } = useTranslation("playground");
  const isEmpty = run.text === "" && run.thinking === "" && run.tools === "";
  if (isEmpty && run.phase === "waiting") {
    return (
      <p className="flex items-center gap-2 rounded-control bg-sunken px-3 py-6 text-muted">
        <LoaderCircle className="size-4 animate-spin" aria-hidden />
        {t("result.waiting")}
      </p>
    );
  }
  if (isEmpty)
    return run.error === null ? (
      <p className="rounded-control bg-sunken px-3 py-6 text-muted">{t("result.noText")}</p>
    ) : null;
  return (
    <div className="flex flex-col gap-2">
      {run.thinking !== "" && (
        <details className="group rounded-control border border-line" open={run.text === ""}>
          <summary className="flex items-center gap-1.5 px-3 py-1.5 text-muted select-none">
            <ChevronRight className="size-4 transition-transform group-open:rotate-90" aria-hidden />
            {t("result.thinking")}
          </summary>
          <p className="border-t border-line px-3 py-2 whitespace-pre-wrap text-muted">{run.thinking}</p>
        </details>
      )}
      {run.text !== "" && (
        <div className="rounded-control border border-line">
          <ScrollRegion
            label={t("result.title")}
            className="max-h-[60dvh] overflow-auto px-3.5 py-3 text-base whitespace-pre-wrap"
          >
            {run.text}
            {run.phase === "answering" && (
              <span aria-hidden className="ml-0.5 inline-block h-4 w-1.5 animate-pulse bg-accent align-middle" />
            )}
          </ScrollRegion>
          <div className="flex justify-end border-t border-line px-2 py-1">
            <CopyButton text={run.text} label={t("result.copy")} kind="quiet" />
          </div>
        </div>
      )}
      {run.tools !== "" && (
        <div className="rounded-control border border-line">
          <p className="flex items-center gap-1.5 border-b border-line px-3 py-1.5 text-muted">
            <Wrench className="size-4" aria-hidden />
            {t("result.tools")}
          </p>
          <pre className="overflow-x-auto px-3 py-2 font-mono text-xs whitespace-pre-wrap">{run.tools}</pre>
        </div>
      )}
    </div>
  );
}

function Raw({ run }: { readonly run: Run }) {
  const { t } = useTranslation("playground");
  const format = useFormat();
  if (run.raw === "") return <p className="rounded-control bg-sunken px-3 py-6 text-muted">{t("result.rawNone")}</p>;
  return (
    <div className="overflow-hidden rounded-control border border-line bg-sunken">
      <LongText title={t("result.raw", { size: format.bytes(run.raw.length) })} text={run.raw} />
      {run.rawIsCut && (
        <p className="border-t border-line px-3 py-1.5 text-xs text-muted">
          {t("result.rawCut", { size: format.bytes(MAX_RAW) })}
        </p>
      )}
    </div>
  );
}

function Headers({ headers }: { readonly headers: Readonly<Record<string, string>> }) {
  const { t } = useTranslation("playground");
  const entries = Object.entries(headers);
  if (entries.length === 0)
    return <p className="rounded-control bg-sunken px-3 py-6 text-muted">{t("result.rawNone")}</p>;
  return (
    <dl className="grid grid-cols-[minmax(0,auto)_minmax(0,1fr)] gap-x-3 gap-y-0.5 rounded-control bg-sunken px-3 py-2 font-mono text-xs">
      {entries.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Figures({ run }: { readonly run: Run }) {
  const { t } = useTranslation("playground");
  const format = useFormat();
  const speed = tokensPerSecond(run);
  const { row } = run;
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-3">
      <Facts
        items={[
          { label: t("result.firstByte"), value: format.duration(run.firstByteMs) },
          { label: t("result.firstContent"), value: format.duration(run.firstContentMs) },
          { label: t("result.total"), value: format.duration(run.totalMs) },
          {
            label: t("result.speed"),
            value: speed === null ? "–" : t("result.perSecond", { count: Math.round(speed) }),
          },
          { label: t("result.tokens"), value: <TokensText usage={row?.usage ?? null} /> },
          { label: t("result.cost"), value: row?.usage ? format.money(row.cost_usd) : "–" },
          {
            label: t(run.phase === "failed" ? "result.lastUpstream" : "result.upstream"),
            value: row?.upstream_id
              ? `${row.upstream_id} (${t("result.attempts", { count: row.attempt_count })})`
              : "–",
          },
        ]}
      />
      {row && (
        <div>
          <Link to={`/logs/${encodeURIComponent(row.id)}`} className={buttonClass("secondary", "small")}>
            {t("result.log")}
          </Link>
        </div>
      )}
    </div>
  );
}
