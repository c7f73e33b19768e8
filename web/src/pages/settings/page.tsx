// The page "settings": tabs, of which the first three edit the same draft.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queries } from "../../api/queries.ts";
import { replaceQuery, usePlace } from "../../app/router.tsx";
import { PageHeader } from "../../ui/card.tsx";
import { Tabs } from "../../ui/menu.tsx";
import { QueryView } from "../../ui/states.tsx";
import { Notice } from "../../ui/status.tsx";
import { AboutTab } from "./about-tab.tsx";
import { HistoryTab } from "./history-tab.tsx";
import { SecurityTab } from "./security-tab.tsx";
import { SettingsForm } from "./settings-form.tsx";
import { TransferTab } from "./transfer-tab.tsx";

const FORM_TABS = ["general", "failover", "limits"] as const;

/** Registered in app/pages.ts. `/settings?tab=history`. */
export function SettingsPage() {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const { query } = usePlace();
  const settings = useQuery(queries.settings());
  const tab = query.get("tab") ?? "general";
  return (
    <div className="flex flex-col gap-4">
      <PageHeader title={common("nav.settings")} description={t("description")} />
      <QueryView query={settings}>
        {(view) => (
          <>
            {view.problems.length > 0 && (
              <Notice tone="bad" title={t("fileProblems")}>
                <Places entries={view.problems} />
              </Notice>
            )}
            {view.warnings.length > 0 && (
              <Notice tone="warn" title={t("fileWarnings")}>
                <Places entries={view.warnings} />
              </Notice>
            )}
            <SettingsForm view={view}>
              {(fields) => (
                <Tabs
                  value={tab}
                  label={t("tabs")}
                  onChange={(next) => replaceQuery(new URLSearchParams(next === "general" ? {} : { tab: next }))}
                  tabs={[
                    ...FORM_TABS.map((name) => ({ value: name, label: t(`tab.${name}`), content: fields(name) })),
                    { value: "security", label: t("tab.security"), content: <SecurityTab /> },
                    { value: "history", label: t("tab.history"), content: <HistoryTab /> },
                    { value: "transfer", label: t("tab.transfer"), content: <TransferTab /> },
                    { value: "about", label: t("tab.about"), content: <AboutTab about={view.about} /> },
                  ]}
                />
              )}
            </SettingsForm>
          </>
        )}
      </QueryView>
    </div>
  );
}

function Places({ entries }: { readonly entries: readonly { readonly path: string; readonly message: string }[] }) {
  return (
    <ul>
      {entries.map(({ path, message }) => (
        <li key={path + message}>
          {path && <code className="font-mono text-xs">{path}: </code>}
          {message}
        </li>
      ))}
    </ul>
  );
}
