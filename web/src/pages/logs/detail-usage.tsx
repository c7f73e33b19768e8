// Tokens and cost of each attempt, and of all together.

import { useTranslation } from "react-i18next";
import type { LogDetail, UsageView } from "../../../../src/admin/contract/logs.ts";
import { useFormat } from "../../lib/use-format.ts";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { Badge } from "../../ui/status.tsx";

/** A table with one line per attempt that was counted. */
export function UsageTable({ detail: { row, attempts } }: { readonly detail: LogDetail }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const counted = attempts.filter((attempt) => attempt.usage !== null);
  if (counted.length === 0) return <p className="text-muted">{t("usage.none")}</p>;
  return (
    <ScrollRegion label={t("detail.usage")} className="overflow-x-auto rounded-control border border-line">
      <table className="w-full text-right">
        <thead className="bg-sunken text-xs text-muted">
          <tr>
            <th scope="col" className="px-3 py-1.5 text-left font-medium">
              {t("usage.attempt")}
            </th>
            {(["input", "cacheRead", "cacheWrite", "output", "reasoning", "cost"] as const).map((name) => (
              <th key={name} scope="col" className="px-3 py-1.5 font-medium whitespace-nowrap">
                {t(`usage.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counted.map((attempt) => (
            <tr key={attempt.number} className="border-t border-line">
              <th scope="row" className="px-3 py-1.5 text-left font-normal whitespace-nowrap">
                {attempt.number} · {attempt.upstream_id}{" "}
                {attempt.usage?.is_estimated && <Badge title={t("row.estimated")}>{t("usage.estimated")}</Badge>}
              </th>
              <Counts usage={attempt.usage} />
              <td className="px-3 py-1.5 whitespace-nowrap">{format.money(attempt.cost_usd)}</td>
            </tr>
          ))}
          {counted.length > 1 && (
            <tr className="border-t border-line font-medium">
              <th scope="row" className="px-3 py-1.5 text-left font-medium">
                {t("usage.total")}
              </th>
              <td colSpan={5} />
              <td className="px-3 py-1.5 whitespace-nowrap">{format.money(row.cost_usd)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function Counts({ usage }: { readonly usage: UsageView | null }) {
  const format = useFormat();
  const counts = [
    usage?.input_tokens,
    usage?.cache_read_tokens,
    usage?.cache_write_tokens,
    usage?.output_tokens,
    usage?.reasoning_tokens,
  ];
  return counts.map((count, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: columns
    <td key={index} className="px-3 py-1.5">
      {format.number(count)}
    </td>
  ));
}
