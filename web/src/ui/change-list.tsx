// Differences of a configuration, for people.

import { useTranslation } from "react-i18next";
import { cx } from "../lib/cx.ts";
import { Badge } from "./status.tsx";

export interface ShownChange {
  readonly path: string;
  /** Absent where there was nothing. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface ChangeListProps {
  readonly changes: readonly ShownChange[];
  /** Paths to mark, and what the mark says. */
  readonly marked?: ReadonlySet<string>;
  readonly mark?: string;
}

/** Each change with its old and its new value. */
export function ChangeList({ changes, marked, mark }: ChangeListProps) {
  const { t } = useTranslation();
  if (changes.length === 0) return <p className="text-muted">{t("diff.empty")}</p>;
  return (
    <ul className="flex flex-col divide-y divide-line rounded-control border border-line">
      {changes.map(({ path, before, after }) => (
        <li key={path} className="flex flex-col gap-1 px-3 py-2">
          <div className="flex flex-wrap items-center gap-2">
            <code className="font-mono text-xs font-medium">{path}</code>
            <Badge tone={kindTone(before, after)}>{t(`diff.${kindOf(before, after)}`)}</Badge>
            {marked?.has(path) && (
              <Badge tone="warn" withIcon>
                {mark}
              </Badge>
            )}
          </div>
          {before !== undefined && <Value sign="−" value={before} className="bg-bad-soft" />}
          {after !== undefined && <Value sign="+" value={after} className="bg-ok-soft" />}
        </li>
      ))}
    </ul>
  );
}

function Value({
  sign,
  value,
  className,
}: {
  readonly sign: string;
  readonly value: unknown;
  readonly className: string;
}) {
  return (
    <pre className={cx("flex gap-2 rounded px-2 py-0.5 font-mono text-xs whitespace-pre-wrap", className)}>
      <span aria-hidden className="text-muted select-none">
        {sign}
      </span>
      {typeof value === "string" ? value : JSON.stringify(value, null, 1)}
    </pre>
  );
}

function kindOf(before: unknown, after: unknown): "added" | "removed" | "changed" {
  if (before === undefined) return "added";
  return after === undefined ? "removed" : "changed";
}

function kindTone(before: unknown, after: unknown): "ok" | "bad" | "info" {
  const kind = kindOf(before, after);
  return kind === "added" ? "ok" : kind === "removed" ? "bad" : "info";
}
