// Which of the two languages this browser gets.

import { keepPreference, readPreference } from "../lib/storage.ts";

export type Language = "en" | "zh";

/** The stored choice, otherwise the first language of the browser that we have, otherwise English. */
export function initialLanguage(): Language {
  const stored = readPreference("language");
  if (stored === "en" || stored === "zh") return stored;
  return chooseLanguage(navigator.languages ?? [navigator.language]);
}

/** The first of the wanted languages that we have. `zh-TW`, `zh-Hant-HK` and the like get Chinese. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "zh" || language === "en") return language;
  }
  return "en";
}

/** Remembers the choice for this browser. */
export function keepLanguage(language: Language): void {
  keepPreference("language", language);
}
