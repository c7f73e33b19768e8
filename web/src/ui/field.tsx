// Form fields: label, control, hint, error, tied together for screen readers.

import { ChevronDown, Eye, EyeOff } from "lucide-react";
import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../lib/cx.ts";

const CONTROL =
  "w-full rounded-control border bg-surface px-2.5 text-sm text-text disabled:opacity-60 aria-invalid:border-bad";

/** Classes of a text-like control, for special ones. */
export function controlClass(extra?: string): string {
  return cx(CONTROL, "border-line-strong/60 hover:border-line-strong", extra);
}

/** What a control inside a `Field` must carry. */
export interface ControlProps {
  readonly id: string;
  readonly "aria-describedby"?: string;
  readonly "aria-invalid"?: boolean;
}

export interface FieldProps {
  readonly label: ReactNode;
  /** One plain sentence below the control. */
  readonly hint?: ReactNode;
  /** What is wrong; shown instead of nothing, read out when it appears. */
  readonly error?: string | undefined;
  /** Says that it may be left empty. */
  readonly optional?: boolean;
  /** Something small at the right end of the label's line. */
  readonly aside?: ReactNode;
  readonly className?: string;
  readonly children: (props: ControlProps) => ReactNode;
}

/** One field of a form. */
export function Field({ label, hint, error, optional, aside, className, children }: FieldProps) {
  const { t } = useTranslation();
  const id = useId();
  const describedBy = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      <div className="flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="font-medium">
          {label}
          {optional && <span className="ml-1.5 text-xs font-normal text-faint">{t("optional")}</span>}
        </label>
        {aside}
      </div>
      {children({
        id,
        ...(describedBy && { "aria-describedby": describedBy }),
        ...(error && { "aria-invalid": true }),
      })}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-xs text-bad">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-muted">
          {hint}
        </p>
      )}
    </div>
  );
}

/** One line of text. */
export function TextInput({ className, ...props }: ComponentProps<"input">) {
  return (
    <input
      type="text"
      autoComplete="off"
      spellCheck={false}
      {...props}
      className={controlClass(cx("h-9", className))}
    />
  );
}

/** Several lines of text. */
export function TextArea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea rows={3} spellCheck={false} {...props} className={controlClass(cx("py-1.5", className))} />;
}

export interface NumberInputProps extends Omit<ComponentProps<"input">, "value" | "onChange"> {
  /** Null shows an empty field. */
  readonly value: number | null;
  /** Null when the field is empty or no number. */
  readonly onValue: (value: number | null) => void;
  /** Shown behind the number. */
  readonly unit?: string;
}

/** A number with its unit. */
export function NumberInput({ value, onValue, unit, className, ...props }: NumberInputProps) {
  const [text, setText] = useState(value === null ? "" : String(value));
  const shown = parseNumber(text) === value ? text : value === null ? "" : String(value);
  return (
    <div className="relative">
      <input
        type="text"
        inputMode="decimal"
        autoComplete="off"
        {...props}
        value={shown}
        onChange={(event) => {
          setText(event.target.value);
          onValue(parseNumber(event.target.value));
        }}
        className={controlClass(cx("h-9 tabular-nums", unit && "pr-14", className))}
      />
      {unit && (
        <span className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-xs text-faint">
          {unit}
        </span>
      )}
    </div>
  );
}

function parseNumber(text: string): number | null {
  const number = Number(text.trim().replaceAll(",", ""));
  return text.trim() === "" || !Number.isFinite(number) ? null : number;
}

export interface SelectProps extends Omit<ComponentProps<"select">, "onChange"> {
  readonly options: readonly { readonly value: string; readonly label: string; readonly disabled?: boolean }[];
  readonly onValue: (value: string) => void;
}

/** A choice from a short list; the browser's own control, which works best on phones. */
export function Select({ options, onValue, className, ...props }: SelectProps) {
  return (
    <div className={cx("relative", className)}>
      <select
        {...props}
        onChange={(event) => onValue(event.target.value)}
        className={controlClass("h-9 appearance-none pr-8 text-ellipsis")}
      >
        {options.map(({ value, label, disabled }) => (
          <option key={value} value={value} disabled={disabled} className="bg-raised text-text">
            {label}
          </option>
        ))}
      </select>
      <ChevronDown className="pointer-events-none absolute top-2.5 right-2 size-4 text-faint" aria-hidden />
    </div>
  );
}

/** A password with a button that shows it. Password managers see an ordinary password field. */
export function PasswordInput({ className, ...props }: ComponentProps<"input">) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const Icon = isShown ? EyeOff : Eye;
  return (
    <div className="relative">
      <input {...props} type={isShown ? "text" : "password"} className={controlClass(cx("h-9 pr-10", className))} />
      <button
        type="button"
        aria-label={isShown ? t("password.hide") : t("password.show")}
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
        className="absolute inset-y-0 right-0 flex w-9 items-center justify-center rounded-control text-faint hover:text-text"
      >
        <Icon className="size-4" aria-hidden />
      </button>
    </div>
  );
}
