// The last requests that did not go well.

import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { LogRow } from "../../../../src/admin/contract/logs.ts";
import { Link } from "../../app/router.tsx";
import { useFormat, useNow } from "../../lib/use-format.ts";
import { buttonClass } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { formatFilters, NO_FILTERS } from "../logs/log-filters.ts";
import { RescueBadge, ResultBadge } from "../logs/row-parts.tsx";
import type { OverviewRange } from "./chart-series.ts";

export interface ProblemsProps {
  readonly rows: readonly LogRow[];
  readonly range: OverviewRange;
}

/** Each links to the request in the log. */
export function Problems({ rows, range }: ProblemsProps) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const now = useNow();
  return (
    <Section
      title={t("problems.title")}
      actions={
        <Link
          to={`/logs?${formatFilters({ ...NO_FILTERS, status: "error", range })}`}
          className={buttonClass("quiet", "small")}
        >
          {t("problems.all")}
        </Link>
      }
    >
      {rows.length === 0 ? (
        <div className="flex flex-col items-center gap-1 py-5 text-center">
          <CircleCheck className="size-5 text-ok" aria-hidden />
          <p className="text-muted">{t("problems.none")}</p>
        </div>
      ) : (
        <ul className="flex flex-col divide-y divide-line">
          {rows.map((row) => (
            <li key={row.id}>
              <Link
                to={`/logs/${encodeURIComponent(row.id)}`}
                className="-mx-2 block rounded-control px-2 py-2 hover:bg-sunken"
              >
                <span className="flex items-center justify-between gap-2">
                  <span className="min-w-0 truncate font-medium">{row.model || row.path}</span>
                  <span className="shrink-0 text-xs text-muted">{format.relative(row.at, now)}</span>
                </span>
                <span className="mt-0.5 flex flex-wrap items-center gap-1">
                  <ResultBadge row={row} />
                  <RescueBadge row={row} />
                  <span className="truncate text-xs text-muted">{row.upstream_id}</span>
                </span>
                {row.error && <span className="mt-0.5 line-clamp-2 text-xs text-muted">{row.error}</span>}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
