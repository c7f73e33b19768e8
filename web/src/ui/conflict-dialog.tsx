// Two people saved the same thing: shows what the other one changed, and lets the user choose.

import { useTranslation } from "react-i18next";
import type { Saver, Versioned } from "../api/save.ts";
import { compareThreeWays } from "../lib/three-way.ts";
import { Button } from "./button.tsx";
import { ChangeList } from "./change-list.tsx";
import { Dialog } from "./dialog.tsx";

export interface ConflictDialogProps<T extends object> {
  readonly saver: Pick<Saver<T>, "conflict" | "dismissConflict">;
  /** Takes theirs in place of what the user typed; null when it was deleted. */
  readonly onReload: (theirs: Versioned<T> | null) => void;
  /** Saves theirs with the user's changes on top. */
  readonly onMerge: (theirs: Versioned<T>, merged: T) => void;
}

/** The dialog, while the saver has met a conflict. Nothing is saved before the user has chosen. */
export function ConflictDialog<T extends object>({ saver, onReload, onMerge }: ConflictDialogProps<T>) {
  const { t } = useTranslation();
  const { conflict, dismissConflict } = saver;
  if (!conflict) return null;
  const { base, mine, theirs } = conflict;
  const compared = theirs && compareThreeWays(base, mine, theirs.value);
  return (
    <Dialog
      open
      onClose={dismissConflict}
      title={t("conflict.title")}
      description={t("conflict.body")}
      footer={
        <>
          <Button
            onClick={() => {
              dismissConflict();
              onReload(theirs);
            }}
          >
            {t("conflict.reload")}
          </Button>
          {compared && (
            <Button kind="primary" onClick={() => onMerge(theirs, compared.merged)}>
              {t("conflict.merge")}
            </Button>
          )}
        </>
      }
    >
      {compared ? (
        <div className="flex flex-col gap-4">
          <section className="flex flex-col gap-1.5">
            <h3 className="font-medium">{t("conflict.theirs")}</h3>
            <ChangeList changes={compared.theirs} />
          </section>
          <section className="flex flex-col gap-1.5">
            <h3 className="font-medium">{t("conflict.yours")}</h3>
            <ChangeList changes={compared.mine} marked={compared.both} mark={t("conflict.both")} />
          </section>
        </div>
      ) : (
        <p>{t("conflict.gone")}</p>
      )}
    </Dialog>
  );
}
