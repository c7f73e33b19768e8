// The password once more, in a dialog whose button stands elsewhere.

import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field, PasswordInput } from "./field.tsx";

export interface PasswordFormProps {
  /** The id by which the button outside names this form. */
  readonly id: string;
  readonly error: string | undefined;
  readonly onSubmit: (password: string) => void;
}

/** One field; it keeps what was typed for as long as it is shown. */
export function PasswordForm({ id, error, onSubmit }: PasswordFormProps) {
  const { t } = useTranslation("session");
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // An editor's own form may lie around the dialog in React's tree.
    event.stopPropagation();
    onSubmit(password);
  };
  return (
    <form id={id} onSubmit={submit}>
      <Field label={t("login.password")} error={error}>
        {(control) => (
          <PasswordInput
            {...control}
            autoFocus
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
    </form>
  );
}
