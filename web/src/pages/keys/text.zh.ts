// What the page "keys" says, in Chinese.

import type { SameKeys } from "../../i18n/dictionary.ts";
import type { en } from "./text.en.ts";

export const zh: SameKeys<typeof en> = {
  description: "谁可以使用网关，能用多少。",
};
