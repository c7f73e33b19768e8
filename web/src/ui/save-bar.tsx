// The bar at the bottom of an editor that has something to save.

import type { LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";

export interface SaveBarProps {
  readonly isShown: boolean;
  readonly isBusy: boolean;
  readonly icon?: LucideIcon;
  readonly label: string;
  readonly onDiscard: () => void;
}

/** Sticks to the bottom while there is something to save. The main button submits the form around it. */
export function SaveBar({ isShown, isBusy, icon, label, onDiscard }: SaveBarProps) {
  const { t } = useTranslation();
  if (!isShown) return null;
  return (
    <div className="sticky bottom-[calc(4rem+env(safe-area-inset-bottom))] z-20 flex animate-rise-in flex-wrap items-center justify-between gap-2 rounded-card border border-line bg-raised px-4 py-2.5 shadow-float lg:bottom-4">
      <span className="text-muted">{t("unsaved.bar")}</span>
      <div className="ml-auto flex gap-2">
        <Button kind="quiet" onClick={onDiscard}>
          {t("unsaved.discard")}
        </Button>
        <Button type="submit" kind="primary" busy={isBusy} {...(icon && { icon })}>
          {label}
        </Button>
      </div>
    </div>
  );
}
