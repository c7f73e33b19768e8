// What the page "overview" says, in Chinese.

import type { SameKeys } from "../../i18n/dictionary.ts";
import type { en } from "./text.en.ts";

export const zh: SameKeys<typeof en> = {
  description: "网关的运行情况与花费。",
};
