// Pieces of a log row that the table, the cards, the detail and the overview share.

import { RefreshCw, Shuffle } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { LogRow, UsageView } from "../../../../src/admin/contract/logs.ts";
import { useFormat } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { Badge, type Tone } from "../../ui/status.tsx";

/** How an outcome looks. */
export function toneOf(outcome: string): Tone {
  if (outcome === "ok") return "ok";
  return outcome === "client_closed" || outcome === "client-closed" ? "warn" : "bad";
}

/** Status and outcome of a request, and whether it needed help. */
export function ResultBadge({ row }: { readonly row: LogRow }) {
  const explain = useOutcome();
  const { name, text } = explain(row.outcome);
  return (
    <Badge tone={toneOf(row.outcome)} withIcon title={text} className="min-w-0">
      {row.outcome === "ok" ? String(row.status) : `${row.status} ${name}`}
    </Badge>
  );
}

export interface RescueBadgeProps {
  readonly row: LogRow;
  /** A sign and a number, for table cells. */
  readonly isShort?: boolean;
}

/** Says that more than one attempt was needed; nothing otherwise. */
export function RescueBadge({ row, isShort = false }: RescueBadgeProps) {
  const { t } = useTranslation("logs");
  if (row.attempt_count < 2) return null;
  const isRestarted = row.restart_count > 0;
  const attempts = t("row.attempts", { count: row.attempt_count });
  const Icon = isRestarted ? RefreshCw : Shuffle;
  return (
    <Badge
      tone={isRestarted ? "warn" : "info"}
      title={isRestarted ? t("row.restartedHint") : attempts}
      className="shrink-0"
    >
      <Icon className="mr-1 inline size-3" aria-hidden />
      {isShort ? (
        <>
          <span aria-hidden>{row.attempt_count}</span>
          <span className="sr-only">{isRestarted ? t("row.restarted") : attempts}</span>
        </>
      ) : isRestarted ? (
        t("row.restarted")
      ) : (
        attempts
      )}
    </Badge>
  );
}

/** All input, cached or not, and output. */
export function TokensText({ usage }: { readonly usage: UsageView | null }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  if (!usage) return <>–</>;
  return (
    <span title={usage.is_estimated ? t("row.estimated") : t("row.tokensTitle")} className="whitespace-nowrap">
      {usage.is_estimated && "≈ "}
      {format.compact(totalInput(usage))} → {format.compact(usage.output_tokens)}
    </span>
  );
}

/** Everything that went in; null when nothing of it was told. */
export function totalInput(usage: UsageView): number | null {
  const parts = [usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens];
  return parts.every((part) => part === null) ? null : parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
}
