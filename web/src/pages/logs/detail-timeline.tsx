// The attempts of a request as bars on one time axis.

import { useTranslation } from "react-i18next";
import type { LogDetail } from "../../../../src/admin/contract/logs.ts";
import { cx } from "../../lib/cx.ts";
import { useFormat } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { layTimeline, type TimelineBar } from "./timeline.ts";

/** One bar per attempt, with marks where its first byte and first content came. */
export function AttemptTimeline({ detail }: { readonly detail: LogDetail }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const { bars, ticks } = layTimeline(detail);
  return (
    <div>
      <ol aria-label={t("timeline.label")} className="flex flex-col gap-1.5">
        {bars.map((bar) => (
          <Bar key={bar.attempt.number} bar={bar} />
        ))}
      </ol>
      <div aria-hidden className="mt-1 grid grid-cols-[minmax(0,7rem)_1fr] gap-x-2 text-[0.6875rem] text-faint">
        <span />
        <div className="relative h-4 border-t border-line">
          {ticks.map(({ ms, percent }) => (
            <span
              key={ms}
              className="absolute top-0 border-l border-line pl-1 whitespace-nowrap"
              style={{ left: `${percent}%` }}
            >
              {format.duration(ms)}
            </span>
          ))}
        </div>
      </div>
      <p aria-hidden className="mt-1.5 flex flex-wrap gap-x-4 text-xs text-muted">
        <span className="flex items-center gap-1.5">
          <span className="h-3 w-0.5 bg-text/60" />
          {t("timeline.firstByte")}
        </span>
        <span className="flex items-center gap-1.5">
          <span className="size-2 rotate-45 bg-text" />
          {t("timeline.firstContent")}
        </span>
      </p>
    </div>
  );
}

function Bar({ bar }: { readonly bar: TimelineBar }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const explain = useOutcome();
  const { attempt } = bar;
  const isOk = attempt.outcome === "ok";
  const label = t("timeline.bar", {
    number: attempt.number,
    upstream: attempt.upstream_id,
    outcome: explain(attempt.outcome).name,
    from: format.duration(attempt.started_ms),
    to: format.duration(attempt.started_ms + attempt.total_ms),
  });
  return (
    <li className="grid grid-cols-[minmax(0,7rem)_1fr] items-center gap-x-2" title={label}>
      <span className="sr-only">{label}</span>
      <span aria-hidden className="truncate text-xs">
        <span className="text-faint tabular-nums">{attempt.number}</span> {attempt.upstream_id}
      </span>
      <span aria-hidden className="relative h-5 rounded bg-sunken">
        <span
          className={cx(
            "absolute inset-y-0 rounded",
            isOk ? "bg-ok/55" : attempt.outcome === "client_closed" ? "bg-warn/55" : "bg-bad/55",
          )}
          style={{ left: `${bar.leftPercent}%`, width: `${bar.widthPercent}%` }}
        />
        {bar.firstBytePercent !== null && (
          <span className="absolute inset-y-1 w-0.5 bg-text/60" style={{ left: `${bar.firstBytePercent}%` }} />
        )}
        {bar.firstContentPercent !== null && (
          <span
            className="absolute top-1.5 -ml-1 size-2 rotate-45 bg-text"
            style={{ left: `${bar.firstContentPercent}%` }}
          />
        )}
      </span>
    </li>
  );
}
