// An address that leads nowhere.

import { Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { buttonClass } from "../ui/button.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Link } from "./router.tsx";

/** Says so, and leads to the overview. */
export function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={Compass}
      title={t("notFound.title")}
      actions={
        <Link to="/" className={buttonClass("primary")}>
          {t("notFound.home")}
        </Link>
      }
    >
      {t("notFound.body")}
    </EmptyState>
  );
}
