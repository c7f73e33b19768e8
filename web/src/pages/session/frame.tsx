// The empty page with one box, for everything before the console.

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Logo } from "../../app/logo.tsx";
import { switchLanguage } from "../../i18n/start.ts";
import { Card } from "../../ui/card.tsx";

export interface SessionFrameProps {
  readonly title?: string;
  readonly description?: ReactNode;
  readonly children: ReactNode;
}

/** The box, with logo above and the choice of language below. */
export function SessionFrame({ title, description, children }: SessionFrameProps) {
  const { t, i18n } = useTranslation();
  const other = i18n.language === "zh" ? "en" : "zh";
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-5 px-4 py-10">
      {title && <title>{`${title} · APIRouter`}</title>}
      <Logo />
      <Card className="w-full max-w-sm px-6 py-6">
        {title && <h1 className="text-base font-semibold">{title}</h1>}
        {description && <div className="mt-1 text-muted">{description}</div>}
        <div className={title ? "mt-4" : ""}>{children}</div>
      </Card>
      <button
        type="button"
        lang={other === "zh" ? "zh-CN" : "en"}
        onClick={() => switchLanguage(other)}
        className="rounded-control px-2 py-1 text-muted underline-offset-4 hover:text-text hover:underline"
      >
        {t(`language.${other}`)}
      </button>
    </main>
  );
}
