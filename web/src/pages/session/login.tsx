// Logging in: as a page, and above a page whose session has ended.

import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LoginInput, SessionInfo } from "../../../../src/admin/contract/session.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { describeFailure } from "../../api/describe-failure.ts";
import { Button } from "../../ui/button.tsx";
import { Mono } from "../../ui/code.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, PasswordInput } from "../../ui/field.tsx";
import { Notice } from "../../ui/status.tsx";
import { Checkbox } from "../../ui/switch.tsx";
import { SessionFrame } from "./frame.tsx";

export interface LoginProps {
  readonly info: SessionInfo;
  readonly onDone: (info: SessionInfo) => void;
}

/** The login as a page of its own. */
export function LoginPage(props: LoginProps) {
  const { t } = useTranslation("session");
  return (
    <SessionFrame title={t("login.title")}>
      <LoginForm {...props} />
    </SessionFrame>
  );
}

/** The login above the console. */
export function SessionEndedDialog(props: LoginProps) {
  const { t } = useTranslation("session");
  return (
    <Dialog
      open
      isBlocking
      onClose={() => undefined}
      size="small"
      title={t("expired.title")}
      description={t("expired.body")}
    >
      <LoginForm {...props} />
    </Dialog>
  );
}

function LoginForm({ info, onDone }: LoginProps) {
  const { t } = useTranslation("session");
  const { t: common } = useTranslation();
  const [password, setPassword] = useState("");
  const [remember, setRemember] = useState(false);
  const [error, setError] = useState<string>();
  const [wasWrong, setWrong] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const wait = useCountdown();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (password === "") return setError(t("login.empty"));
    setBusy(true);
    setError(undefined);
    try {
      const body: LoginInput = { password, remember };
      onDone(await api.post<SessionInfo>("/session", { body }));
    } catch (failure) {
      setWrong((was) => was || hasCode(failure, "unauthenticated"));
      if (hasCode(failure, "throttled")) wait.start(failure.retryAfterMs ?? 1000);
      else if (hasCode(failure, "unauthenticated")) setError(t("login.wrong"));
      else setError(describeFailure(failure, common));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {/* Password managers want a name to go with the password. */}
      <input type="text" name="username" autoComplete="username" value="admin" readOnly hidden />
      <Field
        label={t("login.password")}
        error={error}
        {...(info.state === "setup" && info.local && { hint: t("login.defaultHint") })}
      >
        {(control) => (
          <PasswordInput
            {...control}
            name="password"
            autoComplete="current-password"
            autoFocus
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      {wasWrong && (
        <p className="text-xs text-muted">
          {t("login.forgotten")} <Mono className="text-text">./apirouter.sh run --reset-admin</Mono>
        </p>
      )}
      {wait.seconds > 0 && <Notice tone="warn">{t("login.wait", { seconds: wait.seconds })}</Notice>}
      <Checkbox checked={remember} onChange={setRemember} label={t("login.remember")} />
      <Button type="submit" kind="primary" busy={isBusy} disabled={wait.seconds > 0}>
        {t("login.submit")}
      </Button>
    </form>
  );
}

/** Whole seconds that are left of a wait; 0 when there is none. */
export function useCountdown(): { readonly seconds: number; start(ms: number): void } {
  const [endMs, setEndMs] = useState(0);
  const [nowMs, setNowMs] = useState(0);
  useEffect(() => {
    if (endMs === 0) return undefined;
    const timer = setInterval(() => {
      setNowMs(Date.now());
      if (Date.now() >= endMs) setEndMs(0);
    }, 250);
    return () => clearInterval(timer);
  }, [endMs]);
  return {
    seconds: endMs === 0 ? 0 : Math.max(0, Math.ceil((endMs - nowMs) / 1000)),
    start(ms) {
      setNowMs(Date.now());
      setEndMs(Date.now() + ms);
    },
  };
}
