// Name, address, format, and how the key is sent.

import { useTranslation } from "react-i18next";
import type { ApiFormat } from "../../../../src/admin/contract/upstreams.ts";
import { Section } from "../../ui/card.tsx";
import { Field, Select, TextInput } from "../../ui/field.tsx";
import { Switch } from "../../ui/switch.tsx";
import { cleanAddress } from "./clean-paste.ts";
import { ENDPOINTS, type LocalProblem, problemsAt } from "./draft.ts";
import type { SectionProps } from "./section-props.ts";

const FORMATS: readonly ApiFormat[] = ["anthropic", "openai", "openai_response", "gemini"];
const AUTH_STYLES = ["auto", "bearer", "x-api-key", "x-goog-api-key", "api-key", "none"] as const;

/** The section. */
export function BasicsSection({ draft, change, problems, local }: SectionProps) {
  const { t } = useTranslation("upstreams");
  const { t: common } = useTranslation();
  const words: Readonly<Partial<Record<LocalProblem, string>>> = {
    "id-empty": t("basics.idEmpty"),
    "id-taken": t("basics.idTaken"),
    "url-bad": t("basics.urlBad"),
    "url-placeholder": t("basics.urlPlaceholder"),
  };
  const errorAt = (path: string) => {
    const found = local.get(path);
    return (found && words[found]) ?? problemsAt(problems, path);
  };
  return (
    <Section title={t("basics.title")}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("basics.id")} hint={t("basics.idHint")} error={errorAt("id")}>
          {(control) => (
            <TextInput {...control} value={draft.id} onChange={(event) => change({ id: event.target.value })} />
          )}
        </Field>
        <Field label={t("basics.format")} hint={t("basics.formatHint")} error={errorAt("api_format")}>
          {(control) => (
            <Select
              {...control}
              value={draft.format}
              onValue={(format) => change({ format: format as ApiFormat })}
              options={FORMATS.map((format) => ({ value: format, label: common(`format.${format}`) }))}
            />
          )}
        </Field>
        <Field
          label={t("basics.url")}
          hint={t("basics.urlHint", { endpoint: ENDPOINTS[draft.format] })}
          error={errorAt("base_url")}
          className="sm:col-span-2"
        >
          {(control) => (
            <TextInput
              {...control}
              type="url"
              inputMode="url"
              placeholder="https://"
              className="font-mono"
              value={draft.baseUrl}
              onChange={(event) => change({ baseUrl: event.target.value })}
              onBlur={() => {
                const baseUrl = cleanAddress(draft.baseUrl);
                if (baseUrl !== draft.baseUrl) change({ baseUrl });
              }}
            />
          )}
        </Field>
        <Field label={t("basics.auth")} hint={t("basics.authHint")} error={errorAt("auth")}>
          {(control) => (
            <Select
              {...control}
              value={draft.auth}
              onValue={(auth) => change({ auth })}
              options={AUTH_STYLES.map((style) => ({ value: style, label: t(`basics.authOption.${style}`) }))}
            />
          )}
        </Field>
        <div className="sm:pt-6">
          <Switch
            checked={draft.enabled}
            onChange={(enabled) => change({ enabled })}
            label={t("basics.enabled")}
            hint={t("basics.enabledHint")}
          />
        </div>
      </div>
    </Section>
  );
}
