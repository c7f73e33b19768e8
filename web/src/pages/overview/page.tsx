// The page "overview".

import { useTranslation } from "react-i18next";
import { PageHeader } from "../../ui/card.tsx";

/** Registered in app/pages.ts. */
export function OverviewPage() {
  const { t } = useTranslation("overview");
  const { t: common } = useTranslation();
  return <PageHeader title={common("nav.overview")} description={t("description")} />;
}
