// The page "upstreams".

import { useTranslation } from "react-i18next";
import { PageHeader } from "../../ui/card.tsx";

/** Registered in app/pages.ts. */
export function UpstreamsPage() {
  const { t } = useTranslation("upstreams");
  const { t: common } = useTranslation();
  return <PageHeader title={common("nav.upstreams")} description={t("description")} />;
}
