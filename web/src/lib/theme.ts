// Light, dark, or as the system says.

import { useSyncExternalStore } from "react";
import { keepPreference, readPreference } from "./storage.ts";

export type Theme = "system" | "light" | "dark";

const listeners = new Set<() => void>();

/** The choice of this browser; `system` when none was made. */
export function storedTheme(): Theme {
  const stored = readPreference("theme");
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** Puts the theme on the page; the style sheet does the rest. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

/** Chooses, keeps and applies. */
export function chooseTheme(theme: Theme): void {
  keepPreference("theme", theme);
  applyTheme(theme);
  for (const listener of listeners) listener();
}

/** The current choice, and whether the page is dark now (for what CSS cannot colour, such as a canvas). */
export function useTheme(): { readonly theme: Theme; readonly isDark: boolean } {
  const theme = useSyncExternalStore(subscribe, storedTheme);
  const systemIsDark = useSyncExternalStore(subscribeSystem, isSystemDark);
  return { theme, isDark: theme === "dark" || (theme === "system" && systemIsDark) };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function isSystemDark(): boolean {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function subscribeSystem(listener: () => void): () => void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}
