// The page "connect".

import { useTranslation } from "react-i18next";
import { PageHeader } from "../../ui/card.tsx";

/** Registered in app/pages.ts. */
export function ConnectPage() {
  const { t } = useTranslation("connect");
  const { t: common } = useTranslation();
  return <PageHeader title={common("nav.connect")} description={t("description")} />;
}
