// Claims a fresh installation from another machine: setup token and a new password.

import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SessionInfo, SetupInput } from "../../../../src/admin/contract/session.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { describeFailure } from "../../api/describe-failure.ts";
import { Button } from "../../ui/button.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { Notice } from "../../ui/status.tsx";
import { SessionFrame } from "./frame.tsx";
import { type LoginProps, useCountdown } from "./login.tsx";
import { NewPasswordFields, passwordComplaint, useNewPassword } from "./password.tsx";

/** The page. Afterwards the user is logged in. */
export function SetupPage({ info, onDone }: LoginProps) {
  const { t } = useTranslation("session");
  const { t: common } = useTranslation();
  const [token, setToken] = useState("");
  const [tokenError, setTokenError] = useState<string>();
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const draft = useNewPassword();
  const wait = useCountdown();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTokenError(undefined);
    setError(undefined);
    const complaint = passwordComplaint(draft, info, t);
    draft.setError(complaint);
    if (complaint) return;
    setBusy(true);
    try {
      const body: SetupInput = { token: token.trim(), new_password: draft.next };
      onDone(await api.post<SessionInfo>("/session/setup", { body }));
    } catch (failure) {
      if (hasCode(failure, "throttled")) wait.start(failure.retryAfterMs ?? 1000);
      else if (hasCode(failure, "unauthenticated") || hasCode(failure, "forbidden"))
        setTokenError(t("setup.tokenWrong"));
      else setError(describeFailure(failure, common));
    } finally {
      setBusy(false);
    }
  };

  return (
    <SessionFrame
      title={t("setup.title")}
      description={
        <>
          <p>{t("setup.body")}</p>
          <p className="mt-2">{t("setup.where")}</p>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label={t("setup.token")} error={tokenError}>
          {(control) => (
            <TextInput
              {...control}
              autoFocus
              className="font-mono"
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          )}
        </Field>
        <NewPasswordFields draft={draft} info={info} />
        {error && <Notice tone="bad">{error}</Notice>}
        {wait.seconds > 0 && <Notice tone="warn">{t("login.wait", { seconds: wait.seconds })}</Notice>}
        <Button type="submit" kind="primary" busy={isBusy} disabled={wait.seconds > 0}>
          {t("setup.submit")}
        </Button>
      </form>
    </SessionFrame>
  );
}
