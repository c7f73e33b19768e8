// The page "usage": tokens and cost over time by group, and the prices behind them.

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { UsageBucket, UsageReport, UsageTotals } from "../../../../src/admin/contract/usage.ts";
import { api, withQuery } from "../../api/client.ts";
import { replaceQuery, usePlace } from "../../app/router.tsx";
import { Chart, type ChartColour } from "../../charts/chart.tsx";
import { useFormat } from "../../lib/use-format.ts";
import { PageHeader, Section } from "../../ui/card.tsx";
import { Segments } from "../../ui/menu.tsx";
import { QueryView } from "../../ui/states.tsx";
import { toSeries } from "../overview/chart-series.ts";
import { type Grouping, UsageGroups } from "../overview/usage-groups.tsx";
import { Prices } from "./prices.tsx";
import { largestGroups, rangeStart, USAGE_RANGES } from "./usage-shape.ts";

const GROUPINGS: readonly Grouping[] = ["upstream", "model", "client_key"];
const COLOURS: readonly ChartColour[] = ["accent", "ok", "warn", "info", "faint"];
const REFRESH_MS = 60_000;

/** Registered in app/pages.ts. What is chosen is kept in the address. */
export function UsagePage() {
  const { t } = useTranslation("usage");
  const { t: common } = useTranslation();
  const { query: place } = usePlace();
  const range = USAGE_RANGES.find((name) => name === place.get("range")) ?? "7d";
  const by = GROUPINGS.find((name) => name === place.get("by")) ?? "model";
  const bucket = place.get("per") === "hour" || range === "24h" ? "hour" : "day";
  const set = (change: Readonly<Record<string, string>>) =>
    replaceQuery(new URLSearchParams({ range, by, per: bucket, ...change }));
  const from = new Date(rangeStart(range, Date.now())).toISOString();
  const series = useUsage(from, bucket, by);
  const groups = useUsage(from, "total", by);
  return (
    <div className="flex flex-col gap-4">
      <PageHeader title={common("nav.usage")} description={t("description")} />
      <div className="flex flex-wrap gap-2">
        <Segments
          label={t("filter.range")}
          value={range}
          onChange={(value) => set({ range: value })}
          options={USAGE_RANGES.map((value) => ({ value, label: t(`filter.${value}`) }))}
        />
        <Segments
          label={t("filter.by")}
          value={by}
          onChange={(value) => set({ by: value })}
          options={GROUPINGS.map((value) => ({ value, label: t(`filter.${value}`) }))}
        />
        {range !== "24h" && (
          <Segments
            label={t("filter.bucket")}
            value={bucket}
            onChange={(value) => set({ per: value })}
            options={(["day", "hour"] as const).map((value) => ({ value, label: t(`filter.${value}`) }))}
          />
        )}
      </div>
      <QueryView query={series}>{(report) => <GroupCharts report={report} from={from} by={by} />}</QueryView>
      <Section title={t(`filter.${by}`)}>
        <QueryView query={groups}>{({ buckets }) => <UsageGroups groups={buckets} by={by} />}</QueryView>
      </Section>
      <Prices from={from} />
    </div>
  );
}

function useUsage(from: string, bucket: "hour" | "day" | "total", by: Grouping) {
  return useQuery({
    queryKey: ["usage", from, bucket, by],
    queryFn: ({ signal }) => api.get<UsageReport>(withQuery("/usage", { from, bucket, group_by: by }), { signal }),
    refetchInterval: REFRESH_MS,
    placeholderData: (previous) => previous,
  });
}

interface GroupChartsProps {
  readonly report: UsageReport;
  readonly by: Grouping;
  readonly from: string;
}

function GroupCharts({ report, from, by }: GroupChartsProps) {
  const { t } = useTranslation("usage");
  const { t: overview } = useTranslation("overview");
  const format = useFormat();
  const { totals, buckets } = report;
  const input = totals.input_tokens + totals.cache_read_tokens + totals.cache_write_tokens;
  const money = (value: number | null) => (value === null ? "–" : format.money(value));
  return (
    <section aria-label={t("over")} className="grid grid-cols-1 gap-4 lg:grid-cols-2">
      <Chart
        title={overview("chart.cost")}
        isStacked
        format={money}
        summary={overview("chart.costSummary", { cost: format.money(totals.cost_usd) })}
        {...useLines(buckets, "cost_usd", from, by)}
      />
      <Chart
        title={overview("chart.requests")}
        isStacked
        isCount
        format={format.compact}
        summary={overview("chart.requestsSummary", {
          requests: format.number(totals.requests),
          errors: format.number(totals.errors),
          failovers: format.number(totals.failovers),
        })}
        {...useLines(buckets, "requests", from, by)}
      />
      <Chart
        title={overview("by.tokens")}
        isStacked
        isCount
        format={format.compact}
        summary={format.compact(input)}
        {...useLines(
          useMemo(() => buckets.map(withAllInput), [buckets]),
          "input_tokens",
          from,
          by,
        )}
      />
      <Chart
        title={overview("by.output")}
        isStacked
        isCount
        format={format.compact}
        summary={format.compact(totals.output_tokens)}
        {...useLines(buckets, "output_tokens", from, by)}
      />
    </section>
  );
}

/** Cached or not: the input as one count. */
function withAllInput(bucket: UsageBucket): UsageBucket {
  return { ...bucket, input_tokens: bucket.input_tokens + bucket.cache_read_tokens + bucket.cache_write_tokens };
}

function useLines(buckets: readonly UsageBucket[], field: keyof UsageTotals, from: string, by: Grouping) {
  const { t } = useTranslation("overview");
  return useMemo(() => {
    const span = { fromMs: Date.parse(from), toMs: Date.now() };
    // All groups on the times of all buckets, so that they can stand on each other.
    const grid = toSeries(buckets, [field], span);
    const lines = largestGroups(buckets, field).map(({ group, buckets: own }, index) => ({
      label: group === null ? t("chart.others") : group || t(`by.unnamed.${by}`),
      values: grid.place(own)[0] ?? [],
      colour: COLOURS[index] ?? "faint",
      kind: "bars" as const,
    }));
    return { times: grid.times, stepSeconds: grid.stepSeconds, lines };
  }, [buckets, field, from, by, t]);
}
