// The page "keys".

import { useTranslation } from "react-i18next";
import { PageHeader } from "../../ui/card.tsx";

/** Registered in app/pages.ts. */
export function KeysPage() {
  const { t } = useTranslation("keys");
  const { t: common } = useTranslation();
  return <PageHeader title={common("nav.keys")} description={t("description")} />;
}
