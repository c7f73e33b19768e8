// Text to copy.

import { Check, Copy } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "../lib/copy-text.ts";
import { cx } from "../lib/cx.ts";
import { Button, IconButton } from "./button.tsx";
import { useToast } from "./toast.tsx";

const SHOWN_MS = 1600;

export interface CopyButtonProps {
  readonly text: string;
  /** What is copied: "Copy the key". Shown on the button unless `iconOnly`. */
  readonly label?: string;
  readonly iconOnly?: boolean;
  readonly kind?: "primary" | "secondary" | "quiet";
}

/** Copies a text and says so. */
export function CopyButton({ text, label, iconOnly = false, kind }: CopyButtonProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const [isDone, setDone] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const copy = async () => {
    if (!(await copyText(text))) return toast.failed(new Error(t("copy.failed")));
    setDone(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDone(false), SHOWN_MS);
  };
  const icon = isDone ? Check : Copy;
  const shown = isDone ? t("copy.done") : (label ?? t("copy.label"));
  return iconOnly ? (
    <IconButton icon={icon} label={shown} size="small" onClick={copy} {...(kind && { kind })} />
  ) : (
    <Button icon={icon} size="small" onClick={copy} {...(kind && { kind })}>
      <span aria-live="polite">{shown}</span>
    </Button>
  );
}

export interface CodeBlockProps {
  readonly text: string;
  /** What it is, as a file name or one word. */
  readonly title?: string;
  /** Breaks long lines instead of scrolling. */
  readonly wrap?: boolean;
  readonly className?: string;
}

/** Code or a configuration, with a button that copies it. */
export function CodeBlock({ text, title, wrap = false, className }: CodeBlockProps) {
  return (
    <div className={cx("overflow-hidden rounded-control border border-line bg-sunken", className)}>
      <div className="flex items-center justify-between gap-2 border-b border-line px-3 py-1">
        <span className="truncate font-mono text-xs text-muted">{title}</span>
        <CopyButton text={text} kind="quiet" />
      </div>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
        tabIndex={0}
        className={cx("max-h-96 overflow-auto px-3 py-2.5 font-mono text-xs leading-5", wrap && "whitespace-pre-wrap")}
      >
        {text}
      </pre>
    </div>
  );
}

/** A short value in a fixed-width face. */
export function Mono({ children, className }: { readonly children: string; readonly className?: string }) {
  return <code className={cx("font-mono text-[0.92em]", className)}>{children}</code>;
}
