// Runs before the first paint: puts the chosen theme and language on the page, so that nothing flashes.

import { initialLanguage } from "./i18n/language.ts";
import { applyTheme, storedTheme } from "./lib/theme.ts";

applyTheme(storedTheme());
document.documentElement.lang = initialLanguage();
