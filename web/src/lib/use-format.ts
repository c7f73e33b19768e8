// The formatter of the current language, and a clock for relative times.

import { useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { createFormatter, type Formatter } from "./format.ts";

/** Numbers, money and times in the current language. */
export function useFormat(): Formatter {
  const { t, i18n } = useTranslation();
  const language = i18n.language === "zh" ? "zh" : "en";
  const unpriced = t("unpriced");
  return useMemo(() => createFormatter(language, unpriced), [language, unpriced]);
}

/** Milliseconds since 1970, anew every second: for elapsed and relative times. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => clock.nowMs);
}

// One timer for the whole console, only while someone looks at it.
const clock = {
  nowMs: Date.now(),
  listeners: new Set<() => void>(),
  timer: 0 as number | ReturnType<typeof setInterval>,
};

function subscribe(listener: () => void): () => void {
  if (clock.listeners.size === 0) {
    clock.nowMs = Date.now();
    clock.timer = setInterval(() => {
      clock.nowMs = Date.now();
      for (const each of clock.listeners) each();
    }, 1000);
  }
  clock.listeners.add(listener);
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size === 0) clearInterval(clock.timer);
  };
}
