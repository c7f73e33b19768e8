// What the page "playground" says, in Chinese.

import type { SameKeys } from "../../i18n/dictionary.ts";
import type { en } from "./text.en.ts";

export const zh: SameKeys<typeof en> = {
  description: "通过网关发一个请求，看看结果。",
};
