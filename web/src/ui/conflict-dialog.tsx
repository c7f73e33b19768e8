// Two people saved the same thing: shows what the other one changed, and lets the user choose.

import { useTranslation } from "react-i18next";
import { compareThreeWays } from "../lib/three-way.ts";
import { Button } from "./button.tsx";
import { ChangeList } from "./change-list.tsx";
import { Dialog } from "./dialog.tsx";

export interface ConflictDialogProps<T extends object> {
  /** As it was loaded. */
  readonly base: T;
  /** As the user wants it. */
  readonly mine: T;
  /** As it is now; null when it was deleted. */
  readonly theirs: T | null;
  readonly onReload: () => void;
  readonly onMerge: (merged: T) => void;
  readonly onClose: () => void;
}

/** The dialog. Nothing is saved before the user has chosen. */
export function ConflictDialog<T extends object>(props: ConflictDialogProps<T>) {
  const { base, mine, theirs, onReload, onMerge, onClose } = props;
  const { t } = useTranslation();
  const compared = theirs && compareThreeWays(base, mine, theirs);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("conflict.title")}
      description={t("conflict.body")}
      footer={
        <>
          <Button onClick={onReload}>{t("conflict.reload")}</Button>
          {compared && (
            <Button kind="primary" onClick={() => onMerge(compared.merged)}>
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
