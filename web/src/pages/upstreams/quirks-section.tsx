// How one upstream differs from the format that it copies.

import { useTranslation } from "react-i18next";
import type { ApiFormat } from "../../../../src/admin/contract/upstreams.ts";
import { Section } from "../../ui/card.tsx";
import { Field, Select, TextInput } from "../../ui/field.tsx";
import { problemsAt } from "./draft.ts";
import { withValue } from "./limits-section.tsx";
import type { SectionProps } from "./section-props.ts";

const ALL: readonly ApiFormat[] = ["anthropic", "openai", "openai_response", "gemini"];

/** Switches with the formats that they mean something for. */
const SWITCHES = [
  ["reasoning_passback", ["openai"]],
  ["think_tags", ["openai"]],
  ["tool_images", ["openai"]],
  ["extra_sampling", ["openai"]],
  ["stream_options", ["openai"]],
  ["explicit_cache", ["openai", "openai_response"]],
  ["developer_role", ["openai", "openai_response"]],
  ["mixed_tools", ["gemini"]],
  ["open_api_schema", ["gemini"]],
  ["fetches_urls", ALL],
  ["prefill", ALL],
] as const satisfies readonly (readonly [string, readonly ApiFormat[]])[];

/** The section: what concerns the chosen format, and what is set anyway. */
export function QuirksSection({ draft, change, problems }: SectionProps) {
  const { t } = useTranslation("upstreams");
  const { quirks, format } = draft;
  const set = (name: string, value: unknown) => change({ quirks: withValue(quirks, name, value) });
  const concerns = (name: string, formats: readonly ApiFormat[]) =>
    formats.includes(format) || quirks[name] !== undefined;
  return (
    <Section title={t("quirks.title")} description={t("quirks.description")}>
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        {concerns("max_tokens_field", ["openai"]) && (
          <Field label={t("quirks.max_tokens_field")} error={problemsAt(problems, "quirks.max_tokens_field")}>
            {(control) => (
              <Select
                {...control}
                value={String(quirks["max_tokens_field"] ?? "")}
                onValue={(value) => set("max_tokens_field", value === "" ? null : value)}
                options={[
                  { value: "", label: t("quirks.auto") },
                  { value: "max_tokens", label: "max_tokens" },
                  { value: "max_completion_tokens", label: "max_completion_tokens" },
                ]}
              />
            )}
          </Field>
        )}
        {concerns("anthropic_version", ["anthropic"]) && (
          <Field label={t("quirks.anthropicVersion")} error={problemsAt(problems, "quirks.anthropic_version")}>
            {(control) => (
              <TextInput
                {...control}
                placeholder="2023-06-01"
                className="font-mono"
                value={String(quirks["anthropic_version"] ?? "")}
                onChange={(event) => set("anthropic_version", event.target.value === "" ? null : event.target.value)}
              />
            )}
          </Field>
        )}
        {SWITCHES.filter(([name, formats]) => concerns(name, formats)).map(([name]) => (
          <Field key={name} label={t(`quirks.${name}`)} error={problemsAt(problems, `quirks.${name}`)}>
            {(control) => (
              <Select
                {...control}
                value={quirks[name] === undefined ? "" : String(quirks[name])}
                onValue={(value) => set(name, value === "" ? null : value === "true")}
                options={[
                  { value: "", label: t("quirks.auto") },
                  { value: "true", label: t("quirks.on") },
                  { value: "false", label: t("quirks.off") },
                ]}
              />
            )}
          </Field>
        ))}
      </div>
    </Section>
  );
}
