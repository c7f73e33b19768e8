// Choosing a password, the first time and later.

import type { TFunction } from "i18next";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PasswordInput as PasswordBody, SessionInfo } from "../../../../src/admin/contract/session.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { describeFailure } from "../../api/describe-failure.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, PasswordInput } from "../../ui/field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useCountdown } from "./login.tsx";

/** A new password while it is typed. */
export interface NewPassword {
  readonly next: string;
  readonly repeat: string;
  readonly error: string | undefined;
  setNext(value: string): void;
  setRepeat(value: string): void;
  setError(error: string | undefined): void;
}

/** State for `NewPasswordFields`. */
export function useNewPassword(): NewPassword {
  const [next, setNext] = useState("");
  const [repeat, setRepeat] = useState("");
  const [error, setError] = useState<string>();
  return { next, repeat, error, setNext, setRepeat, setError };
}

/** What is wrong with it, before the gateway is asked; undefined when nothing is. */
export function passwordComplaint(
  draft: Pick<NewPassword, "next" | "repeat">,
  info: SessionInfo,
  t: TFunction<"session">,
): string | undefined {
  const min = info.password_rules.min_length;
  if (draft.next.length < min) return t("change.short", { min, length: draft.next.length });
  return draft.next === draft.repeat ? undefined : t("change.different");
}

/** The two fields of a new password. */
export function NewPasswordFields({ draft, info }: { readonly draft: NewPassword; readonly info: SessionInfo }) {
  const { t } = useTranslation("session");
  const max = info.password_rules.max_length;
  return (
    <>
      <input type="text" name="username" autoComplete="username" value="admin" readOnly hidden />
      <Field
        label={t("change.next")}
        hint={t("change.rules", { min: info.password_rules.min_length })}
        error={draft.error}
      >
        {(control) => (
          <PasswordInput
            {...control}
            name="new-password"
            autoComplete="new-password"
            maxLength={max}
            value={draft.next}
            onChange={(event) => draft.setNext(event.target.value)}
          />
        )}
      </Field>
      <Field label={t("change.repeat")}>
        {(control) => (
          <PasswordInput
            {...control}
            name="new-password-again"
            autoComplete="new-password"
            maxLength={max}
            value={draft.repeat}
            onChange={(event) => draft.setRepeat(event.target.value)}
          />
        )}
      </Field>
    </>
  );
}

export interface ChangePasswordDialogProps {
  readonly info: SessionInfo;
  readonly onClose: () => void;
  readonly onDone: (info: SessionInfo) => void;
}

/** Changes the password. With the default password still in use it blocks, with one "later". */
export function ChangePasswordDialog({ info, onClose, onDone }: ChangePasswordDialogProps) {
  const { t } = useTranslation("session");
  const { t: common } = useTranslation();
  const formId = useId();
  const toast = useToast();
  const draft = useNewPassword();
  const [current, setCurrent] = useState("");
  const [currentError, setCurrentError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const wait = useCountdown();
  const isFirst = info.password_is_default;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setCurrentError(undefined);
    const complaint = passwordComplaint(draft, info, t);
    draft.setError(complaint);
    if (complaint) return;
    setBusy(true);
    try {
      const body: PasswordBody = { current_password: isFirst ? DEFAULT_PASSWORD : current, new_password: draft.next };
      const next = await api.post<SessionInfo>("/session/password", { body });
      toast.ok(t("change.done"));
      onDone(next);
    } catch (failure) {
      if (hasCode(failure, "throttled")) wait.start(failure.retryAfterMs ?? 1000);
      else if (hasCode(failure, "unauthenticated") || hasCode(failure, "forbidden"))
        setCurrentError(t("change.currentWrong"));
      else draft.setError(describeFailure(failure, common));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      isBlocking={isFirst}
      onClose={onClose}
      size="small"
      title={isFirst ? t("first.title") : t("change.title")}
      {...(isFirst && { description: t("first.body") })}
      footer={
        <>
          <Button kind="quiet" onClick={onClose}>
            {isFirst ? t("first.later") : common("cancel")}
          </Button>
          <Button type="submit" form={formId} kind="primary" busy={isBusy} disabled={wait.seconds > 0}>
            {t("change.submit")}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
        {!isFirst && (
          <Field label={t("change.current")} error={currentError}>
            {(control) => (
              <PasswordInput
                {...control}
                name="current-password"
                autoComplete="current-password"
                value={current}
                onChange={(event) => setCurrent(event.target.value)}
              />
            )}
          </Field>
        )}
        <NewPasswordFields draft={draft} info={info} />
        {wait.seconds > 0 && <p className="text-warn">{t("login.wait", { seconds: wait.seconds })}</p>}
      </form>
    </Dialog>
  );
}

/** The password of a fresh installation: whoever is logged in with it need not type it again. */
const DEFAULT_PASSWORD = "admin";
