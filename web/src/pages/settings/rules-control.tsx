// The user's own fail-over rules.

import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../ui/button.tsx";
import { NumberInput, Select, TextInput } from "../../ui/field.tsx";

interface Rule {
  readonly status?: number | undefined;
  readonly contains?: string | undefined;
  readonly action: "stop" | "continue";
  readonly cooldown_ms?: number | undefined;
}

export interface RulesControlProps {
  readonly label: string;
  readonly hint: string | undefined;
  readonly value: unknown;
  readonly error: string | undefined;
  /** Null when there is no rule. */
  readonly onChange: (value: unknown) => void;
}

/** One row per rule. */
export function RulesControl({ label, hint, value, error, onChange }: RulesControlProps) {
  const { t } = useTranslation("settings");
  // Checked by the gateway before it is shown here.
  const rules = Array.isArray(value) ? (value as readonly Rule[]) : [];
  const set = (next: readonly Rule[]) => onChange(next.length === 0 ? null : next.map(withoutBlanks));
  const change = (index: number, part: Partial<Rule>) =>
    set(rules.map((rule, at) => (at === index ? { ...rule, ...part } : rule)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="font-medium">{label}</legend>
      <p className="text-xs text-muted">{hint}</p>
      {rules.map((rule, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rules have no name and keep their places
        <div key={index} className="grid grid-cols-2 items-center gap-2 sm:grid-cols-[6rem_1fr_9rem_8rem_1.75rem]">
          <NumberInput
            aria-label={t("rule.status")}
            placeholder={t("rule.status")}
            value={rule.status ?? null}
            onValue={(status) => change(index, { status: status ?? undefined })}
          />
          <TextInput
            aria-label={t("rule.contains")}
            placeholder={t("rule.contains")}
            value={rule.contains ?? ""}
            onChange={(event) => change(index, { contains: event.target.value })}
          />
          <Select
            aria-label={t("rule.action")}
            value={rule.action}
            onValue={(action) => change(index, { action: action === "stop" ? "stop" : "continue" })}
            options={[
              { value: "continue", label: t("rule.continue") },
              { value: "stop", label: t("rule.stop") },
            ]}
          />
          <NumberInput
            aria-label={t("rule.cooldown")}
            placeholder={t("rule.cooldown")}
            unit={t("unit.s")}
            value={rule.cooldown_ms === undefined ? null : rule.cooldown_ms / 1000}
            onValue={(seconds) =>
              change(index, { cooldown_ms: seconds === null ? undefined : Math.round(seconds * 1000) })
            }
          />
          <IconButton
            size="small"
            icon={Trash2}
            kind="danger-quiet"
            label={t("rule.remove", { number: index + 1 })}
            onClick={() => set(rules.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      {error && (
        <p role="alert" className="text-xs text-bad">
          {error}
        </p>
      )}
      <Button size="small" icon={Plus} className="self-start" onClick={() => set([...rules, { action: "continue" }])}>
        {t("rule.add")}
      </Button>
    </fieldset>
  );
}

/** Whole numbers separated by anything that is no digit. */
export function parseNumberList(text: string): number[] {
  return [...text.matchAll(/\d+/g)].map(([digits]) => Number(digits));
}

function withoutBlanks(rule: Rule): Rule {
  return Object.fromEntries(
    Object.entries(rule).filter(([, value]) => value !== undefined && value !== ""),
  ) as unknown as Rule;
}
