// What requests add up to: the overview, and sums by time, upstream, model and client key.

import type { Config } from "../../config/config.ts";
import type { UsageFilter, UsageGroup } from "../../store/usage-sums.ts";
import { bundledPrices } from "../../telemetry/prices/price-table.ts";
import { clientKeyId, clientKeyNames, clientKeysCalled } from "../client-keys.ts";
import { type Overview, overview, overviewQuery, usageQuery, usageReport } from "../contract/usage.ts";
import { toLogRow } from "../log-view.ts";
import { sumUp, toUsageBucket, toUsageTotals } from "../usage-view.ts";
import { AdminError } from "./admin-error.ts";
import { readLog } from "./log-routes.ts";
import type { AdminParts } from "./parts.ts";
import { json, type Route, route } from "./route.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The overview's ranges, and how finely each is shown. */
const RANGES = {
  "1h": { lengthMs: HOUR_MS, bucket: "5m" },
  "24h": { lengthMs: DAY_MS, bucket: "hour" },
  "7d": { lengthMs: 7 * DAY_MS, bucket: "day" },
  "30d": { lengthMs: 30 * DAY_MS, bucket: "day" },
} as const;
/** Groups of the overview, most requests first. */
const MAX_GROUPS = 20;
const PROBLEMS = 10;
/** Buckets of a report. */
const MAX_BUCKETS = 20_000;
const DEFAULT_RANGE_MS = 30 * DAY_MS;

export function usageRoutes(parts: AdminParts): Route[] {
  const { configFile } = parts;
  const read = (filter: UsageFilter): Promise<UsageGroup[]> => readLog(parts.usage(filter));

  return [
    route({
      method: "GET",
      path: "/overview",
      summary: "how the gateway is doing: sums, series, health, latest problems",
      query: overviewQuery,
      answer: json(overview),
      errors: ["storage"],
      handle: async ({ query }) => {
        const { lengthMs, bucket } = RANGES[query.range];
        const toMs = parts.gateway.clock.wallMs() + 1;
        const fromMs = toMs - lengthMs;
        const time = { fromMs, toMs };
        const [series, before, upstreams, models, keys, problems, logRows] = await Promise.all([
          read({ ...time, bucket, groupBy: "none" }),
          read({ fromMs: fromMs - lengthMs, toMs: fromMs, bucket: "total", groupBy: "none" }),
          read({ ...time, bucket: "total", groupBy: "upstream" }),
          read({ ...time, bucket: "total", groupBy: "model" }),
          read({ ...time, bucket: "total", groupBy: "client_key" }),
          readLog(parts.requestLog.page({ ...time, status: "error" }, { limit: PROBLEMS })),
          readLog(parts.requestLog.count()),
        ]);
        const config = configFile.current();
        const names = clientKeyNames(config.clientKeys);
        return {
          // Of the groups, so that all figures on the page cover the same moments.
          totals: toUsageTotals(sumUp(upstreams)),
          previous: toUsageTotals(sumUp(before)),
          series: series.map((group) => toUsageBucket(group)),
          by_upstream: largest(upstreams).map((group) => toUsageBucket(group)),
          by_model: largest(models).map((group) => toUsageBucket(group)),
          by_client_key: largest(keys).map((group) => toUsageBucket(group, keyNamer(config))),
          ...stateOf(parts),
          log_rows: logRows,
          address: parts.about.address(),
          recent_problems: problems.entries.map((entry) =>
            toLogRow(entry, names.get(entry.clientKeyId ?? entry.clientKeyLabel ?? "") ?? null),
          ),
          price_date: bundledPrices().date,
        };
      },
    }),
    route({
      method: "GET",
      path: "/usage",
      summary: "requests, tokens and cost by hour or day, in groups; the last 30 days unless asked otherwise",
      query: usageQuery,
      answer: json(usageReport),
      errors: ["storage"],
      handle: async ({ query }) => {
        const config = configFile.current();
        const toMs = query.to === undefined ? parts.gateway.clock.wallMs() + 1 : Date.parse(query.to);
        const groups = await read({
          fromMs: query.from === undefined ? toMs - DEFAULT_RANGE_MS : Date.parse(query.from),
          toMs,
          bucket: query.bucket,
          groupBy: query.group_by,
          upstreamId: query.upstream,
          model: query.model,
          clientKeys:
            query.client_key === undefined ? undefined : clientKeysCalled(config.clientKeys, query.client_key),
        });
        if (groups.length > MAX_BUCKETS)
          throw new AdminError(
            "invalid",
            `expected at most ${MAX_BUCKETS} buckets: ask for a shorter time or longer buckets`,
          );
        const nameOf = query.group_by === "client_key" ? keyNamer(config) : undefined;
        return {
          totals: toUsageTotals(sumUp(groups)),
          buckets: groups.map((group) => toUsageBucket(group, nameOf)),
        };
      },
    }),
  ];
}

/** Name, else label, else id. Keys of the same name have their labels beside it, or nobody could tell them apart. */
export function keyNamer({ clientKeys }: Pick<Config, "clientKeys">): (id: string) => string {
  const counts = Map.groupBy(clientKeys, ({ name }) => name);
  const names = new Map(
    clientKeys.map((key) => {
      const isShared = (counts.get(key.name)?.length ?? 0) > 1;
      const name = isShared ? `${key.name} (${key.label})` : key.name;
      return [clientKeyId(key), key.name === "" ? key.label : name];
    }),
  );
  return (id) => names.get(id) ?? id;
}

function largest(groups: readonly UsageGroup[]): UsageGroup[] {
  return groups
    .toSorted((a, b) => b.sums.requests - a.sums.requests || b.sums.attempts - a.sums.attempts)
    .slice(0, MAX_GROUPS);
}

/** What is configured, and how it stands now. An upstream is down when its own breaker is open. */
function stateOf(
  parts: AdminParts,
): Pick<Overview, "upstreams" | "client_keys" | "debug_mode" | "access_control_enabled"> {
  const config = parts.configFile.current();
  const rows = parts.gateway.breakers.rows(parts.gateway.clock.monotonicMs());
  const broken = new Set(
    rows.filter((row) => row.scope === "upstream" && row.state === "open").map((row) => row.upstreamId),
  );
  const enabled = config.upstreams.filter((upstream) => upstream.enabled);
  const down = enabled.filter((upstream) => broken.has(upstream.id)).length;
  return {
    upstreams: {
      total: config.upstreams.length,
      enabled: enabled.length,
      healthy: enabled.length - down,
      down,
    },
    client_keys: {
      total: config.clientKeys.length,
      enabled: config.clientKeys.filter((key) => key.enabled).length,
    },
    debug_mode: config.debugMode,
    access_control_enabled: config.accessControlEnabled,
  };
}
