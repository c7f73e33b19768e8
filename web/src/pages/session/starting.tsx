// The moment before the gateway has said who is logged in.

import { LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Notice } from "../../ui/status.tsx";
import { SessionFrame } from "./frame.tsx";

/** A quiet sign of life; a message when the gateway does not answer. */
export function Starting({ error }: { readonly error: unknown }) {
  const { t } = useTranslation("session");
  const { t: common } = useTranslation();
  return (
    <SessionFrame>
      {error ? (
        <Notice tone="bad">{t("login.unreachable")}</Notice>
      ) : (
        <div role="status" aria-label={common("loading")} className="flex justify-center py-6 text-muted">
          <LoaderCircle className="size-5 animate-spin" aria-hidden />
        </div>
      )}
    </SessionFrame>
  );
}
