// A table of usage with one line per group, the busiest first.

import { useTranslation } from "react-i18next";
import type { UsageBucket } from "../../../../src/admin/contract/usage.ts";
import { useFormat } from "../../lib/use-format.ts";
import { ScrollRegion } from "../../ui/scroll-region.tsx";

export interface UsageGroupsProps {
  readonly groups: readonly UsageBucket[];
  readonly by: Grouping;
}

/** What usage can be grouped by. */
export type Grouping = "upstream" | "model" | "client_key";

/** A group without a name stands for requests that had none of what is grouped by. */
export function UsageGroups({ groups, by }: UsageGroupsProps) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  if (groups.length === 0) return <p className="py-6 text-center text-muted">{t("by.none")}</p>;
  const rows = groups.toSorted((a, b) => b.requests - a.requests);
  return (
    <ScrollRegion label={t(`by.${by}`)} className="mt-3 max-h-96 overflow-auto">
      <table className="w-full text-right whitespace-nowrap">
        <thead className="sticky top-0 bg-surface text-xs text-muted">
          <tr>
            <th scope="col" className="py-1 pr-3 text-left font-medium">
              {t("by.name")}
            </th>
            {(["requests", "errors", "tokens", "output", "latency", "cost"] as const).map((name) => (
              <th key={name} scope="col" className="px-2 py-1 font-medium whitespace-nowrap">
                {t(`by.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.group} className="border-t border-line">
              <th scope="row" className="max-w-48 min-w-24 py-1.5 pr-3 text-left font-normal">
                <span className="block truncate" title={row.group}>
                  {row.group || t(`by.unnamed.${by}`)}
                </span>
              </th>
              <td className="px-2 py-1.5">{format.compact(row.requests)}</td>
              <td className={row.errors > 0 ? "px-2 py-1.5 text-bad" : "px-2 py-1.5"}>{format.compact(row.errors)}</td>
              <td className="px-2 py-1.5">
                {format.compact(row.input_tokens + row.cache_read_tokens + row.cache_write_tokens)}
              </td>
              <td className="px-2 py-1.5">{format.compact(row.output_tokens)}</td>
              <td className="px-2 py-1.5 whitespace-nowrap">{format.duration(row.first_content_p50_ms)}</td>
              <td className="py-1.5 pl-2 whitespace-nowrap">
                <Cost row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

/** The priced part, and how much is not in it. */
function Cost({ row }: { readonly row: UsageBucket }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const isPartly = row.unpriced_requests > 0 && row.cost_usd !== null;
  return (
    <>
      {format.money(row.cost_usd)}
      {isPartly && (
        <span className="block text-xs text-warn">{t("by.unpriced", { count: row.unpriced_requests })}</span>
      )}
    </>
  );
}
