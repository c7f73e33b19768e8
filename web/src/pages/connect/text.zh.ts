// What the page "connect" says, in Chinese.

import type { SameKeys } from "../../i18n/dictionary.ts";
import type { en } from "./text.en.ts";

export const zh: SameKeys<typeof en> = {
  description: "一分钟配好你的客户端。",
};
