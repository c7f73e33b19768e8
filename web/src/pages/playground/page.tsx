// The page "playground".

import { useTranslation } from "react-i18next";
import { PageHeader } from "../../ui/card.tsx";

/** Registered in app/pages.ts. */
export function PlaygroundPage() {
  const { t } = useTranslation("playground");
  const { t: common } = useTranslation();
  return <PageHeader title={common("nav.playground")} description={t("description")} />;
}
