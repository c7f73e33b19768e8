// Buttons, and links that look like them.

import { LoaderCircle, type LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { cx } from "../lib/cx.ts";

export type ButtonKind = "primary" | "secondary" | "quiet" | "danger" | "danger-quiet";

const KINDS: Readonly<Record<ButtonKind, string>> = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong border-transparent",
  secondary: "bg-surface text-text border-line hover:border-line-strong hover:bg-sunken",
  quiet: "border-transparent text-muted hover:text-text hover:bg-sunken",
  danger: "bg-bad text-surface border-transparent hover:bg-bad-strong",
  "danger-quiet": "border-transparent text-bad hover:bg-bad-soft",
};

const BASE =
  "inline-flex items-center justify-center gap-1.5 rounded-control border font-medium whitespace-nowrap transition-colors select-none disabled:opacity-50 disabled:pointer-events-none";

/** The classes of a button, for a link that should look like one. */
export function buttonClass(kind: ButtonKind = "secondary", size: "normal" | "small" = "normal"): string {
  return cx(BASE, KINDS[kind], size === "small" ? "h-7 px-2 text-xs" : "h-9 px-3 text-sm");
}

export interface ButtonProps extends ComponentProps<"button"> {
  readonly kind?: ButtonKind;
  readonly size?: "normal" | "small";
  readonly icon?: LucideIcon;
  /** Shows that it is at work; it cannot be pressed meanwhile. */
  readonly busy?: boolean;
}

/** A button with a label. `type` is "button" unless said otherwise. */
export function Button({ kind, size, icon: Icon, busy = false, className, children, disabled, ...props }: ButtonProps) {
  return (
    <button
      type="button"
      {...props}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(buttonClass(kind, size), className)}
    >
      {busy ? (
        <LoaderCircle className="size-4 animate-spin" aria-hidden />
      ) : (
        Icon && <Icon className="size-4" aria-hidden />
      )}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, "icon" | "children"> {
  readonly icon: LucideIcon;
  /** Read out, and shown when the pointer rests on it. */
  readonly label: string;
}

/** A button that shows an icon only. */
export function IconButton({
  icon: Icon,
  label,
  kind = "quiet",
  size,
  busy = false,
  className,
  ...props
}: IconButtonProps) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      {...props}
      disabled={props.disabled || busy}
      className={cx(BASE, KINDS[kind], size === "small" ? "size-7" : "size-9", "shrink-0", className)}
    >
      {busy ? <LoaderCircle className="size-4 animate-spin" aria-hidden /> : <Icon className="size-4" aria-hidden />}
    </button>
  );
}
