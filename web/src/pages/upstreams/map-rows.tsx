// Rows of model names: what a client asks for, and what the upstream gets.

import { ArrowRight, Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "../../lib/cx.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Combobox, type Suggestion } from "../../ui/combobox.tsx";
import { TextInput } from "../../ui/field.tsx";
import { newRow, type Row, rowProblem } from "./draft.ts";

/** Names that clients of the gateway use for models by size. */
const TIERS = ["big", "mid", "small", "mini"];

export interface MapRowsProps {
  readonly rows: readonly Row[];
  readonly onChange: (rows: readonly Row[]) => void;
  /** Models that the upstream offers. */
  readonly suggestions: readonly Suggestion[];
  readonly error?: string | undefined;
}

/** Both names side by side; on a phone, where they would be cut off, one below the other. */
const ROW =
  "grid grid-cols-[1.25rem_1fr_1.75rem] items-center gap-2 max-sm:gap-y-1 sm:grid-cols-[1fr_1.25rem_1fr_1.75rem]";

/** The rows, with buttons to add some. */
export function MapRows({ rows, onChange, suggestions, error }: MapRowsProps) {
  const { t } = useTranslation("upstreams");
  const set = (row: Row, change: Partial<Row>) =>
    onChange(rows.map((other) => (other === row ? { ...row, ...change } : other)));
  const words = { "row-half": t("map.half"), "row-twice": t("map.twice") };
  const missing = TIERS.filter((tier) => !rows.some(({ name }) => name === tier));
  return (
    <div className="flex flex-col gap-2">
      {rows.length > 0 && (
        <div aria-hidden className={cx(ROW, "text-xs text-muted max-sm:flex")}>
          <span>{t("map.from")}</span>
          <ArrowRight className="size-3.5 text-faint sm:invisible" />
          <span>{t("map.to")}</span>
        </div>
      )}
      {rows.map((row) => {
        const problem = rowProblem(row, rows);
        return (
          <div key={row.rowId}>
            <div className={ROW}>
              <TextInput
                aria-label={t("map.from")}
                aria-invalid={problem !== undefined}
                placeholder="claude-*"
                className="font-mono max-sm:col-span-2"
                value={row.name}
                onChange={(event) => set(row, { name: event.target.value })}
              />
              <ArrowRight className="size-4 justify-self-center text-faint" aria-hidden />
              <Combobox
                label={t("map.to")}
                className="max-sm:col-span-2"
                aria-invalid={problem === "row-half"}
                value={row.value}
                onChange={(value) => set(row, { value })}
                suggestions={suggestions}
              />
              <div className="max-sm:col-start-3 max-sm:row-start-1">
                <IconButton
                  size="small"
                  icon={Trash2}
                  kind="danger-quiet"
                  label={t("map.remove", { name: row.name })}
                  onClick={() => onChange(rows.filter((other) => other !== row))}
                />
              </div>
            </div>
            {problem && <p className="text-xs text-bad">{words[problem]}</p>}
          </div>
        );
      })}
      {error && (
        <p role="alert" className="text-xs text-bad">
          {error}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button size="small" icon={Plus} onClick={() => onChange([...rows, newRow()])}>
          {t("map.add")}
        </Button>
        {missing.length === TIERS.length && (
          <Button
            size="small"
            kind="quiet"
            icon={Plus}
            onClick={() => onChange([...rows, ...missing.map((tier) => newRow(tier, suggestions[0]?.value ?? ""))])}
          >
            {t("map.tiers")}
          </Button>
        )}
      </div>
    </div>
  );
}
