// Short messages at the edge of the page.

import { CircleCheck, CircleX, X } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/describe-failure.ts";
import { cx } from "../lib/cx.ts";
import { IconButton } from "./button.tsx";

export interface Toaster {
  /** Something worked. Goes away by itself. */
  ok(text: string): void;
  /** Something failed: the error in words. Stays longer. */
  failed(error: unknown, title?: string): void;
}

interface Entry {
  readonly id: number;
  readonly tone: "ok" | "bad";
  readonly title: string;
  readonly text?: string | undefined;
}

const OK_MS = 3500;
const FAILED_MS = 9000;

const ToastContext = createContext<Toaster | undefined>(undefined);

/** The toaster. Throws outside `ToastProvider`. */
export function useToast(): Toaster {
  const toaster = useContext(ToastContext);
  if (!toaster) throw new Error("useToast is used outside ToastProvider");
  return toaster;
}

/** Shows toasts; screen readers hear them without losing their place. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const nextId = useRef(1);

  const remove = useCallback((id: number) => setEntries((all) => all.filter((entry) => entry.id !== id)), []);
  const add = useCallback(
    (entry: Omit<Entry, "id">) => {
      const id = nextId.current++;
      setEntries((all) => [...all.slice(-2), { ...entry, id }]);
      setTimeout(() => remove(id), entry.tone === "ok" ? OK_MS : FAILED_MS);
    },
    [remove],
  );
  const toaster = useMemo<Toaster>(
    () => ({
      ok: (title) => add({ tone: "ok", title }),
      failed: (error, title) => {
        const text = describeFailure(error, t);
        add(title ? { tone: "bad", title, text } : { tone: "bad", title: text });
      },
    }),
    [add, t],
  );

  return (
    <ToastContext value={toaster}>
      {children}
      <div
        aria-live="polite"
        className="pointer-events-none fixed inset-x-4 bottom-[calc(4.5rem+env(safe-area-inset-bottom))] z-70 flex flex-col items-center gap-2 sm:inset-x-auto sm:right-5 sm:bottom-5 sm:items-end"
      >
        {entries.map(({ id, tone, title, text }) => (
          <div
            key={id}
            className="pointer-events-auto flex w-full max-w-sm animate-rise-in items-start gap-2.5 rounded-control border border-line bg-raised px-3 py-2.5 shadow-float"
          >
            {tone === "ok" ? (
              <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden />
            ) : (
              <CircleX className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
            )}
            <div className="min-w-0 flex-1">
              <p className={cx(text && "font-medium")}>{title}</p>
              {text && <p className="text-muted">{text}</p>}
            </div>
            <IconButton icon={X} label={t("close")} size="small" className="-my-1 -mr-1.5" onClick={() => remove(id)} />
          </div>
        ))}
      </div>
    </ToastContext>
  );
}
