// Starts the translations and keeps the page's language in step with them.

import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { dictionaries } from "./dictionaries.ts";
import { initialLanguage, keepLanguage, type Language } from "./language.ts";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: (typeof dictionaries)["en"];
  }
}

/** Loads the texts. Call once, before the first render. */
export async function startTranslations(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  });
  await i18next.use(initReactI18next).init({
    resources: dictionaries,
    lng: initialLanguage(),
    fallbackLng: "en",
    defaultNS: "common",
    // React escapes by itself.
    interpolation: { escapeValue: false },
  });
}

/** Switches the language and remembers it for this browser. */
export function switchLanguage(language: Language): void {
  keepLanguage(language);
  void i18next.changeLanguage(language);
}
