// The page "models".

import { useTranslation } from "react-i18next";
import { PageHeader } from "../../ui/card.tsx";

/** Registered in app/pages.ts. */
export function ModelsPage() {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation();
  return <PageHeader title={common("nav.models")} description={t("description")} />;
}
