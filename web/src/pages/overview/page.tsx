// The page "overview": health and running requests now, figures and charts of a time, recent problems, first steps.

import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Overview } from "../../../../src/admin/contract/usage.ts";
import { useRequestEnd } from "../../api/live.ts";
import { queries } from "../../api/queries.ts";
import { replaceQuery, usePlace } from "../../app/router.tsx";
import { useFormat } from "../../lib/use-format.ts";
import { visibleAddress } from "../../lib/visible-address.ts";
import { Facts, PageHeader, Section } from "../../ui/card.tsx";
import { CopyButton, Mono } from "../../ui/code.tsx";
import { Segments } from "../../ui/menu.tsx";
import { QueryView, Skeleton } from "../../ui/states.tsx";
import { Badge } from "../../ui/status.tsx";
import { Breakdown } from "./breakdown.tsx";
import { OVERVIEW_RANGES, type OverviewRange } from "./chart-series.ts";
import { Charts } from "./charts.tsx";
import { FirstSteps, isNew } from "./first-steps.tsx";
import { Metrics } from "./metrics.tsx";
import { Problems } from "./problems.tsx";
import { RunningRequests } from "./running-requests.tsx";
import { UpstreamHealth } from "./upstream-health.tsx";

const REFRESH_MS = 15_000;
/** Requests end in bursts: the figures are loaded anew once for all that ended within this time. */
const GATHER_MS = 1500;

/** Registered in app/pages.ts. `?range=7d` chooses the time. */
export function OverviewPage() {
  const { t } = useTranslation("overview");
  const { t: common } = useTranslation();
  const { query: place } = usePlace();
  const range = OVERVIEW_RANGES.find((name) => name === place.get("range")) ?? "24h";
  const query = useQuery({
    ...queries.overview(range),
    refetchInterval: REFRESH_MS,
    placeholderData: (previous) => previous,
  });
  useRefetchAfterRequests(query.refetch);
  const choose = (next: OverviewRange) => replaceQuery(new URLSearchParams(next === "24h" ? {} : { range: next }));
  return (
    <div className="flex flex-col gap-4">
      <PageHeader
        title={common("nav.overview")}
        description={t("description")}
        actions={
          <Segments
            label={t("range.label")}
            value={range}
            onChange={choose}
            options={OVERVIEW_RANGES.map((name) => ({ value: name, label: t(`range.${name}`) }))}
          />
        }
      />
      <QueryView query={query} skeleton={<Loading />}>
        {(overview) => <Content overview={overview} range={range} />}
      </QueryView>
    </div>
  );
}

function useRefetchAfterRequests(refetch: () => unknown): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const onEnd = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      refetch();
    }, GATHER_MS);
  }, [refetch]);
  useRequestEnd(onEnd);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}

function Content({ overview, range }: { readonly overview: Overview; readonly range: OverviewRange }) {
  const hasRequests = overview.log_rows > 0 || overview.totals.requests > 0;
  return (
    <>
      {isNew(overview) && <FirstSteps overview={overview} />}
      {hasRequests && <Metrics overview={overview} />}
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <RunningRequests />
        <UpstreamHealth />
      </div>
      {hasRequests && <Charts overview={overview} range={range} />}
      {hasRequests && <Breakdown overview={overview} />}
      {hasRequests && <Problems rows={overview.recent_problems} range={range} />}
      <GatewayState overview={overview} />
    </>
  );
}

function GatewayState({ overview }: { readonly overview: Overview }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const onOff = (isOn: boolean, tone: "ok" | "warn") => (
    <Badge tone={isOn ? tone : "neutral"}>{isOn ? t("state.on") : t("state.off")}</Badge>
  );
  const address = visibleAddress(overview.address, location.hostname);
  return (
    <Section
      title={t("state.title")}
      actions={
        <span className="flex min-w-0 items-center gap-1 text-muted">
          {t("state.address")} <Mono className="text-text">{address}</Mono>
          <CopyButton iconOnly text={address} />
        </span>
      }
    >
      <Facts
        items={[
          { label: t("state.upstreams"), value: format.number(overview.upstreams.total) },
          { label: t("state.enabled"), value: format.number(overview.upstreams.enabled) },
          { label: t("state.keys"), value: format.number(overview.client_keys.total) },
          { label: t("state.logs"), value: format.number(overview.log_rows) },
          { label: t("state.debug"), value: onOff(overview.debug_mode, "warn") },
          { label: t("state.access"), value: onOff(overview.access_control_enabled, "ok") },
        ]}
      />
    </Section>
  );
}

function Loading() {
  return (
    <div className="flex flex-col gap-4">
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {[1, 2, 3, 4, 5, 6].map((index) => (
          <Skeleton key={index} className="h-26" />
        ))}
      </div>
      <Skeleton className="h-48" />
      <Skeleton className="h-64" />
    </div>
  );
}
