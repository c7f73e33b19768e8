// The draft of all settings, above the tabs, so that it outlives a change of tab; saving it.

import { useQueryClient } from "@tanstack/react-query";
import { Save } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../../../../src/admin/contract/common.ts";
import type { SettingsView } from "../../../../src/admin/contract/settings.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useSaver, type Versioned } from "../../api/save.ts";
import { useUnsavedChanges } from "../../app/router.tsx";
import { ConflictDialog } from "../../ui/conflict-dialog.tsx";
import { SaveBar } from "../../ui/save-bar.tsx";
import { Notice } from "../../ui/status.tsx";
import { useToast } from "../../ui/toast.tsx";
import { problemPath, type SettingsTab, type SettingValues, toPatch, toValues } from "./fields.ts";
import { SettingSections } from "./setting-sections.tsx";

export interface SettingsFormProps {
  readonly view: SettingsView;
  /** Gets what draws the fields of a tab. */
  readonly children: (fields: (tab: SettingsTab) => ReactNode) => ReactNode;
}

/** The form around the tabs. */
export function SettingsForm({ view, children }: SettingsFormProps) {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [base, setBase] = useState<Versioned<SettingValues>>(() => ({ value: toValues(view), version: view.version }));
  const [values, setValues] = useState(base.value);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const isDirty = Object.keys(toPatch(base.value, values)).length > 0;
  useUnsavedChanges(isDirty);
  // While nothing is changed here, what others save is taken up.
  if (!isDirty && view.version !== base.version) {
    const fresh = { value: toValues(view), version: view.version };
    setBase(fresh);
    setValues(fresh.value);
  }

  const reload = async (): Promise<Versioned<SettingValues>> => {
    const fresh = await client.fetchQuery({ ...queries.settings(), staleTime: 0 });
    return { value: toValues(fresh), version: fresh.version };
  };
  const saver = useSaver<SettingValues>({
    send: (next, version) => api.patch("/settings", { body: { settings: toPatch(base.value, next) }, version }),
    reload,
  });
  const save = async (from: Versioned<SettingValues>, next: SettingValues) => {
    setProblems([]);
    try {
      if (!(await saver.save(from, next))) return;
      toast.ok(t("saved"));
      const fresh = await reload();
      setBase(fresh);
      setValues(fresh.value);
    } catch (error) {
      if (hasCode(error, "invalid") && error.problems.length > 0)
        setProblems(error.problems.map(({ path, message }) => ({ path: problemPath(path), message })));
      else toast.failed(error);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(base, values);
  };

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      {children((tab) => (
        <SettingSections
          view={view}
          tab={tab}
          values={values}
          problems={problems}
          onChange={(path, value) => setValues((old) => ({ ...old, [path]: value }))}
        />
      ))}
      {problems.length > 0 && (
        <Notice tone="bad" title={t("problems")}>
          {problems.map(({ path, message }) => (
            <p key={path + message}>
              {path}: {message}
            </p>
          ))}
        </Notice>
      )}
      <SaveBar
        isShown={isDirty}
        isBusy={saver.isSaving}
        icon={Save}
        label={common("save")}
        onDiscard={() => {
          setValues(base.value);
          setProblems([]);
        }}
      />
      <ConflictDialog
        saver={saver}
        onReload={(theirs) => {
          if (!theirs) return;
          setBase(theirs);
          setValues(theirs.value);
        }}
        onMerge={(theirs, merged) => {
          setBase(theirs);
          setValues(merged);
          void save(theirs, merged);
        }}
      />
    </form>
  );
}
