// The page "logs".

import { useTranslation } from "react-i18next";
import { PageHeader } from "../../ui/card.tsx";

/** Registered in app/pages.ts. */
export function LogsPage() {
  const { t } = useTranslation("logs");
  const { t: common } = useTranslation();
  return <PageHeader title={common("nav.logs")} description={t("description")} />;
}
