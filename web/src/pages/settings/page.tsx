// The page "settings".

import { useTranslation } from "react-i18next";
import { PageHeader } from "../../ui/card.tsx";

/** Registered in app/pages.ts. */
export function SettingsPage() {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  return <PageHeader title={common("nav.settings")} description={t("description")} />;
}
