// The settings of one tab, drawn from how the gateway describes them.

import { useTranslation } from "react-i18next";
import type { Problem } from "../../../../src/admin/contract/common.ts";
import type { SettingField, SettingsView } from "../../../../src/admin/contract/settings.ts";
import { Section } from "../../ui/card.tsx";
import { type SettingsTab, type SettingValues, sectionsOf } from "./fields.ts";
import { SettingControl } from "./setting-control.tsx";

export interface SettingSectionsProps {
  readonly view: SettingsView;
  readonly tab: SettingsTab;
  readonly values: SettingValues;
  readonly problems: readonly Problem[];
  /** Null puts a setting back to its default. */
  readonly onChange: (path: string, value: unknown) => void;
}

/** The sections. */
export function SettingSections({ view, tab, values, problems, onChange }: SettingSectionsProps) {
  const { t } = useTranslation("settings");
  const errorOf = ({ path }: SettingField) =>
    problems.find((each) => each.path === path || each.path.startsWith(`${path}[`) || each.path.startsWith(`${path}.`))
      ?.message;
  return (
    <div className="flex flex-col gap-4">
      {sectionsOf(view.fields, tab).map(({ name, fields }) => (
        <Section key={name} title={t(`section.${name}`)}>
          <div className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
            {fields.map((field) => (
              <SettingControl
                key={field.path}
                field={field}
                value={values[field.path] ?? null}
                error={errorOf(field)}
                onChange={(value) => onChange(field.path, value)}
              />
            ))}
          </div>
        </Section>
      ))}
    </div>
  );
}
