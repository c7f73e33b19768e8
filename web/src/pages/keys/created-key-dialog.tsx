// Shows a new key, the only time that this is possible.

import { useTranslation } from "react-i18next";
import type { CreatedKey } from "../../../../src/admin/contract/keys.ts";
import { navigate } from "../../app/router.tsx";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { rememberFreshKey } from "../connect/fresh-key.ts";

/** The dialog. It closes only by its buttons, so that nobody loses a key by a stray click. */
export function CreatedKeyDialog({ created, onClose }: { readonly created: CreatedKey; readonly onClose: () => void }) {
  const { t } = useTranslation("keys");
  return (
    <Dialog
      open
      isBlocking
      onClose={onClose}
      size="small"
      title={t("created.title")}
      description={t("created.body")}
      footer={
        <>
          <Button
            onClick={() => {
              rememberFreshKey({ name: created.view.name, key: created.key });
              onClose();
              void navigate("/connect");
            }}
          >
            {t("created.connect")}
          </Button>
          <Button kind="primary" onClick={onClose}>
            {t("created.done")}
          </Button>
        </>
      }
    >
      <CodeBlock text={created.key} title={created.view.name} wrap />
    </Dialog>
  );
}
