// Shows one key in full, after the password was typed again.

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UpstreamKeyView } from "../../../../src/admin/contract/upstreams.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { describeFailure } from "../../api/describe-failure.ts";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { PasswordForm } from "../../ui/password-form.tsx";

export interface RevealDialogProps {
  readonly upstreamId: string;
  readonly entry: UpstreamKeyView;
  readonly onClose: () => void;
}

/** The dialog. The key is gone from the page when it closes. */
export function RevealDialog({ upstreamId, entry, onClose }: RevealDialogProps) {
  const { t } = useTranslation("upstreams");
  const { t: common } = useTranslation();
  const formId = useId();
  const [key, setKey] = useState<string>();
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const submit = async (password: string) => {
    setBusy(true);
    setError(undefined);
    try {
      const path = `/upstreams/${encodeURIComponent(upstreamId)}/keys/${encodeURIComponent(entry.id)}/reveal`;
      setKey((await api.post<{ key: string }>(path, { body: { password } })).key);
    } catch (failure) {
      const isWrong = hasCode(failure, "unauthenticated") || hasCode(failure, "forbidden");
      setError(isWrong ? t("reveal.wrong") : describeFailure(failure, common));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      onClose={onClose}
      size="small"
      title={t("reveal.title")}
      description={t("reveal.body")}
      footer={
        <>
          <Button onClick={onClose}>{common("close")}</Button>
          {key === undefined && (
            <Button type="submit" form={formId} kind="primary" busy={isBusy}>
              {t("reveal.submit")}
            </Button>
          )}
        </>
      }
    >
      {key === undefined ? (
        <PasswordForm id={formId} error={error} onSubmit={submit} />
      ) : (
        <CodeBlock text={key} title={entry.masked} wrap />
      )}
    </Dialog>
  );
}
