// States: colour, shape and word together, so that no state is told by colour alone.

import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Info,
  type LucideIcon,
  TriangleAlert,
} from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "../lib/cx.ts";

export type Tone = "ok" | "warn" | "bad" | "info" | "neutral" | "off";

const COLOURS: Readonly<Record<Tone, string>> = {
  ok: "bg-ok-soft text-ok",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  info: "bg-info-soft text-info",
  neutral: "bg-sunken text-muted",
  off: "bg-sunken text-muted",
};

const ICONS: Readonly<Record<Tone, LucideIcon>> = {
  ok: CircleCheck,
  warn: CircleAlert,
  bad: CircleX,
  info: Info,
  neutral: CircleDashed,
  off: CirclePause,
};

export interface BadgeProps {
  readonly tone?: Tone;
  /** Shows the tone's shape before the word. */
  readonly withIcon?: boolean;
  readonly title?: string | undefined;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A small label. */
export function Badge({ tone = "neutral", withIcon = false, title, className, children }: BadgeProps) {
  const Icon = ICONS[tone];
  return (
    <span
      title={title}
      className={cx(
        "inline-flex max-w-full items-center gap-1 rounded-full px-2 py-px text-xs font-medium whitespace-nowrap",
        COLOURS[tone],
        className,
      )}
    >
      {withIcon && <Icon className="size-3.5 shrink-0" aria-hidden />}
      <span className="truncate">{children}</span>
    </span>
  );
}

export interface NoticeProps {
  readonly tone?: "info" | "warn" | "bad" | "ok";
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  /** Puts the actions at the end of the line where there is room. */
  readonly isCompact?: boolean;
  readonly className?: string;
  readonly children?: ReactNode;
}

const NOTICE_ICONS: Readonly<Record<string, LucideIcon>> = {
  info: Info,
  warn: TriangleAlert,
  bad: CircleX,
  ok: CircleCheck,
};

/** A message inside the page. Bad ones are read out when they appear. */
export function Notice({ tone = "info", title, actions, isCompact = false, className, children }: NoticeProps) {
  const Icon = NOTICE_ICONS[tone] as LucideIcon;
  return (
    <div
      role={tone === "bad" ? "alert" : undefined}
      className={cx("flex gap-2.5 rounded-control px-3 py-2.5", COLOURS[tone], className)}
    >
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div
        className={cx("min-w-0 flex-1 text-text", isCompact && "sm:flex sm:items-center sm:justify-between sm:gap-4")}
      >
        <div className="min-w-0">
          {title && <p className="font-medium">{title}</p>}
          {children && <div className="text-sm">{children}</div>}
        </div>
        {actions && <div className={cx("mt-2 flex shrink-0 flex-wrap gap-2", isCompact && "sm:mt-0")}>{actions}</div>}
      </div>
    </div>
  );
}

export interface UsageBarProps {
  readonly value: number;
  readonly max: number;
  readonly label: string;
  /** "1,2 of 5 requests", beside the bar. */
  readonly text: ReactNode;
}

/** How much of a limit is used up. */
export function UsageBar({ value, max, label, text }: UsageBarProps) {
  const ratio = max > 0 ? Math.min(1, value / max) : 0;
  const tone = ratio >= 1 ? "fill-bad" : ratio >= 0.8 ? "fill-warn" : "fill-accent";
  return (
    <div className="min-w-0">
      <div className="flex items-baseline justify-between gap-2 text-xs">
        <span className="text-muted">{label}</span>
        <span className="tabular-nums">{text}</span>
      </div>
      <svg
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(ratio * 100)}
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
        className="mt-1 h-1.5 w-full overflow-hidden rounded-full"
      >
        <rect width="100" height="4" className="fill-line" />
        <rect width={ratio * 100} height="4" className={tone} />
      </svg>
    </div>
  );
}
