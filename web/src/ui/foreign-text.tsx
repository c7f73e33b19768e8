// Words of others (an upstream's error, a page it sent) that may be long: a few lines, and the rest when asked for.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../lib/cx.ts";

/** Shorter texts are shown whole. */
const SHORT_CHARACTERS = 240;

/** The text as a paragraph. */
export function ForeignText({ text, className }: { readonly text: string; readonly className?: string }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const isLong = text.length > SHORT_CHARACTERS;
  return (
    <div className={cx("font-mono text-xs text-muted", className)}>
      <p className={cx("break-words", isLong && !isOpen && "line-clamp-3")}>{text}</p>
      {isLong && (
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="font-sans text-accent hover:underline"
        >
          {t(isOpen ? "showLess" : "showAll")}
        </button>
      )}
    </div>
  );
}
