// The four charts of the chosen time.

import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Overview } from "../../../../src/admin/contract/usage.ts";
import { Chart } from "../../charts/chart.tsx";
import { useFormat } from "../../lib/use-format.ts";
import { type OverviewRange, spanOf, toSeries } from "./chart-series.ts";

const FIELDS = [
  "requests",
  "errors",
  "failovers",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "cost_usd",
  "first_content_p50_ms",
  "first_content_p95_ms",
] as const;

/** Requests, tokens, latency and cost. */
export function Charts({ overview, range }: { readonly overview: Overview; readonly range: OverviewRange }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const { totals } = overview;
  // The end of the time is when the data came; a new overview makes a new one.
  const { times, stepSeconds, line } = useMemo(() => {
    const series = toSeries(overview.series, FIELDS, spanOf(range, Date.now()));
    return { ...series, line: (field: (typeof FIELDS)[number]) => series.values[FIELDS.indexOf(field)] ?? [] };
  }, [overview.series, range]);
  const others = useMemo(
    () => line("requests").map((all, index) => rest(all, line("errors")[index], line("failovers")[index])),
    [line],
  );
  const money = (value: number | null) => (value === null ? "–" : format.money(value));
  return (
    <section aria-label={t("chart.title")} className="grid grid-cols-1 gap-4 lg:grid-cols-2">
      <Chart
        title={t("chart.requests")}
        times={times}
        stepSeconds={stepSeconds}
        isCount
        format={format.compact}
        summary={t("chart.requestsSummary", {
          requests: format.number(totals.requests),
          errors: format.number(totals.errors),
          failovers: format.number(totals.failovers),
        })}
        isStacked
        lines={[
          { label: t("chart.errors"), values: line("errors"), colour: "bad", kind: "bars" },
          { label: t("chart.failovers"), values: line("failovers"), colour: "warn", kind: "bars" },
          { label: t("chart.others"), values: others, colour: "accent", kind: "bars" },
        ]}
      />
      <Chart
        title={t("chart.latency")}
        times={times}
        stepSeconds={stepSeconds}
        format={format.duration}
        summary={t("chart.latencySummary", {
          p50: format.duration(totals.first_content_p50_ms),
          p95: format.duration(totals.first_content_p95_ms),
        })}
        lines={[
          { label: t("chart.p50"), values: line("first_content_p50_ms"), colour: "accent", kind: "line" },
          { label: t("chart.p95"), values: line("first_content_p95_ms"), colour: "warn", kind: "line" },
        ]}
      />
      <Chart
        title={t("chart.tokens")}
        times={times}
        stepSeconds={stepSeconds}
        isStacked
        isCount
        format={format.compact}
        summary={t("chart.tokensSummary", {
          input: format.compact(totals.input_tokens + totals.cache_read_tokens + totals.cache_write_tokens),
          output: format.compact(totals.output_tokens),
        })}
        lines={[
          { label: t("metric.output"), values: line("output_tokens"), colour: "ok", kind: "bars" },
          { label: t("metric.input"), values: line("input_tokens"), colour: "accent", kind: "bars" },
          { label: t("metric.cacheWrite"), values: line("cache_write_tokens"), colour: "warn", kind: "bars" },
          { label: t("metric.cacheRead"), values: line("cache_read_tokens"), colour: "info", kind: "bars" },
        ]}
      />
      <Chart
        title={t("chart.cost")}
        times={times}
        stepSeconds={stepSeconds}
        format={money}
        summary={t("chart.costSummary", { cost: format.money(totals.cost_usd) })}
        lines={[{ label: t("chart.costLine"), values: line("cost_usd"), colour: "accent", kind: "bars" }]}
      />
    </section>
  );
}

/** The requests that are in neither of the other two bars; a request that failed was not rescued. */
function rest(all: number | null, errors: number | null | undefined, failovers: number | null | undefined): number {
  return Math.max(0, (all ?? 0) - (errors ?? 0) - (failovers ?? 0));
}
