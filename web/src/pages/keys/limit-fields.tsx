// What a client key may do, and how much.

import { useTranslation } from "react-i18next";
import type { Problem } from "../../../../src/admin/contract/common.ts";
import { Field, NumberInput, Select, TextArea } from "../../ui/field.tsx";
import { Checkbox } from "../../ui/switch.tsx";
import type { KeyDraft } from "./key-draft.ts";

export interface LimitFieldsProps {
  readonly draft: KeyDraft;
  readonly onChange: (change: Partial<KeyDraft>) => void;
  readonly problems: readonly Problem[];
  readonly upstreamIds: readonly string[];
}

/** The fields. */
export function LimitFields({ draft, onChange, problems, upstreamIds }: LimitFieldsProps) {
  const { t } = useTranslation("keys");
  const errorAt = (path: string) => problems.find((each) => each.path === `limits.${path}`)?.message;
  return (
    <fieldset className="flex flex-col gap-4">
      <legend className="mb-3">
        <span className="font-semibold">{t("form.limits")}</span>
        <span className="block text-xs text-muted">{t("form.limitsHint")}</span>
      </legend>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label={t("form.requests")} error={errorAt("requests_per_minute")}>
          {(control) => (
            <NumberInput {...control} value={draft.requests} onValue={(requests) => onChange({ requests })} />
          )}
        </Field>
        <Field label={t("form.tokens")} error={errorAt("tokens_per_minute")}>
          {(control) => <NumberInput {...control} value={draft.tokens} onValue={(tokens) => onChange({ tokens })} />}
        </Field>
        <Field label={t("form.concurrent")} error={errorAt("concurrent_requests")}>
          {(control) => (
            <NumberInput {...control} value={draft.concurrent} onValue={(concurrent) => onChange({ concurrent })} />
          )}
        </Field>
        <Field label={t("form.budgetPeriod")}>
          {(control) => (
            <Select
              {...control}
              value={draft.period}
              onValue={(period) => onChange({ period: period === "day" ? "day" : "month" })}
              options={[
                { value: "month", label: t("limit.month") },
                { value: "day", label: t("limit.day") },
              ]}
            />
          )}
        </Field>
        <Field label={t("form.budgetTokens")} error={errorAt("budget.tokens")}>
          {(control) => (
            <NumberInput
              {...control}
              value={draft.budgetTokens}
              onValue={(budgetTokens) => onChange({ budgetTokens })}
            />
          )}
        </Field>
        <Field label={t("form.budgetUsd")} hint={t("form.budgetUsdHint")} error={errorAt("budget.usd")}>
          {(control) => (
            <NumberInput
              {...control}
              unit="$"
              value={draft.budgetUsd}
              onValue={(budgetUsd) => onChange({ budgetUsd })}
            />
          )}
        </Field>
      </div>
      <Field label={t("form.models")} hint={t("form.modelsHint")} error={errorAt("models")}>
        {(control) => (
          <TextArea
            {...control}
            rows={2}
            className="font-mono"
            value={draft.models}
            onChange={(event) => onChange({ models: event.target.value })}
          />
        )}
      </Field>
      {upstreamIds.length > 0 && (
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1.5 font-medium">{t("form.upstreams")}</legend>
          <Checkbox
            checked={draft.upstreams === null}
            onChange={(isAll) => onChange({ upstreams: isAll ? null : [...upstreamIds] })}
            label={t("form.allUpstreams")}
          />
          {draft.upstreams && (
            <div className="grid gap-2 pl-6 sm:grid-cols-2">
              {upstreamIds.map((id) => (
                <Checkbox
                  key={id}
                  checked={draft.upstreams?.includes(id) ?? false}
                  onChange={(isIn) => onChange({ upstreams: toggled(draft.upstreams ?? [], id, isIn) })}
                  label={id}
                />
              ))}
            </div>
          )}
        </fieldset>
      )}
    </fieldset>
  );
}

function toggled(ids: readonly string[], id: string, isIn: boolean): string[] {
  const others = ids.filter((other) => other !== id);
  return isIn ? [...others, id] : others;
}
