// Asks for the password once more when the gateway wants it for what is being saved or tried.

import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type PasswordRequest, setPasswordQuestion } from "../api/client.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { PasswordForm } from "../ui/password-form.tsx";

/** Shows the question whenever a call below it needs the password. */
export function PasswordQuestion({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const formId = useId();
  const [request, setRequest] = useState<PasswordRequest>();
  const resolveRef = useRef<(password: string | undefined) => void>(undefined);

  useEffect(() => {
    setPasswordQuestion((asked) => {
      setRequest(asked);
      return new Promise((resolve) => {
        resolveRef.current = resolve;
      });
    });
    return () => setPasswordQuestion(undefined);
  }, []);

  const answer = (password: string | undefined) => {
    resolveRef.current?.(password);
    resolveRef.current = undefined;
    setRequest(undefined);
  };

  return (
    <>
      {children}
      {request && (
        <Dialog
          open
          onClose={() => answer(undefined)}
          size="small"
          title={t("passwordQuestion.title")}
          description={`${t("passwordQuestion.body")} ${t("error.details", { details: request.reason })}`}
          footer={
            <>
              <Button onClick={() => answer(undefined)}>{t("cancel")}</Button>
              <Button type="submit" form={formId} kind="primary">
                {t("passwordQuestion.submit")}
              </Button>
            </>
          }
        >
          <PasswordForm
            id={formId}
            error={request.isWrong ? t("passwordQuestion.wrong") : undefined}
            onSubmit={answer}
          />
        </Dialog>
      )}
    </>
  );
}
