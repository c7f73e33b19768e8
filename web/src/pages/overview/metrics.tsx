// The figures of the chosen time.

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Overview, UsageTotals } from "../../../../src/admin/contract/usage.ts";
import { cx } from "../../lib/cx.ts";
import { useFormat } from "../../lib/use-format.ts";
import { Card } from "../../ui/card.tsx";
import { cacheRatio, changeAgainst, errorRatio } from "./chart-series.ts";

/** Six cards. */
export function Metrics({ overview }: { readonly overview: Overview }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const { totals, previous } = overview;
  const share = errorRatio(totals);
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Metric label={t("metric.requests")} value={format.compact(totals.requests)}>
        <Change now={totals.requests} before={previous.requests} />
      </Metric>
      <Metric label={t("metric.errors")} value={format.compact(totals.errors)} isBad={totals.errors > 0}>
        {share !== null && totals.errors > 0
          ? t("metric.errorShare", { share: format.ratio(totals.errors, totals.requests) })
          : t("metric.noErrors")}
        {totals.client_errors > 0 && <p>{t("metric.clientErrors", { count: totals.client_errors })}</p>}
      </Metric>
      <Metric label={t("metric.failovers")} value={format.compact(totals.failovers)}>
        {t("metric.failoversText")}
      </Metric>
      <Metric label={t("metric.latency")} value={format.duration(totals.first_content_p50_ms)}>
        {totals.first_content_p95_ms !== null &&
          t("metric.latencyP95", { time: format.duration(totals.first_content_p95_ms) })}
      </Metric>
      <Metric label={t("metric.tokens")} value={format.compact(allTokens(totals))} className="col-span-2 lg:col-span-3">
        <TokenSplit totals={totals} />
      </Metric>
      <Metric label={t("metric.cost")} value={format.money(totals.cost_usd)} className="col-span-2 lg:col-span-1">
        {totals.unpriced_requests > 0 && (
          <p className="text-warn">{t("metric.unpriced", { count: totals.unpriced_requests })}</p>
        )}
        {overview.price_date !== "" && <p>{t("metric.priceDate", { date: format.date(overview.price_date) })}</p>}
      </Metric>
    </div>
  );
}

interface MetricProps {
  readonly label: string;
  readonly value: string;
  readonly isBad?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

function Metric({ label, value, isBad = false, className, children }: MetricProps) {
  return (
    <Card className={cx("flex flex-col gap-0.5 px-4 py-3", className)}>
      <h3 className="text-xs text-muted">{label}</h3>
      <p className={cx("text-2xl font-semibold tracking-tight tabular-nums", isBad && "text-bad")}>{value}</p>
      <div className="text-xs text-muted">{children}</div>
    </Card>
  );
}

function Change({ now, before }: { readonly now: number; readonly before: number }) {
  const { t, i18n } = useTranslation("overview");
  const change = changeAgainst(now, before);
  if (change === null) return null;
  const percent = new Intl.NumberFormat(i18n.language, {
    style: "percent",
    signDisplay: "exceptZero",
    maximumFractionDigits: 0,
  });
  return Math.abs(change) < 0.005 ? t("metric.noChange") : t("metric.change", { change: percent.format(change) });
}

/** What the tokens were, as a bar and in words. */
function TokenSplit({ totals }: { readonly totals: UsageTotals }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const parts = [
    { name: "input", count: totals.input_tokens, fill: "fill-accent", dot: "bg-accent" },
    { name: "cacheRead", count: totals.cache_read_tokens, fill: "fill-info/60", dot: "bg-info/60" },
    { name: "cacheWrite", count: totals.cache_write_tokens, fill: "fill-warn", dot: "bg-warn" },
    { name: "output", count: totals.output_tokens, fill: "fill-ok", dot: "bg-ok" },
  ] as const;
  const all = allTokens(totals);
  const ratio = cacheRatio(totals);
  let start = 0;
  return (
    <>
      {all > 0 && (
        <svg
          aria-hidden
          viewBox="0 0 100 4"
          preserveAspectRatio="none"
          className="my-1.5 h-1.5 w-full overflow-hidden rounded-full"
        >
          {parts.map(({ name, count, fill }) => {
            const width = (count / all) * 100;
            const x = start;
            start += width;
            return <rect key={name} x={x} width={width} height="4" className={fill} />;
          })}
        </svg>
      )}
      <ul className="flex flex-wrap gap-x-3">
        {parts.map(({ name, count, dot }) => (
          <li key={name} className="flex items-center gap-1 whitespace-nowrap">
            <span aria-hidden className={cx("size-2 rounded-xs", dot)} />
            {t(`metric.${name}`)} <span className="text-text tabular-nums">{format.compact(count)}</span>
          </li>
        ))}
      </ul>
      {ratio !== null && ratio > 0 && <p>{t("metric.cacheShare", { share: format.ratio(ratio, 1) })}</p>}
      {totals.estimated_requests > 0 && <p>{t("metric.estimated", { count: totals.estimated_requests })}</p>}
    </>
  );
}

function allTokens(totals: UsageTotals): number {
  return totals.input_tokens + totals.cache_read_tokens + totals.cache_write_tokens + totals.output_tokens;
}
