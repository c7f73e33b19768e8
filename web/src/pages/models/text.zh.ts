// What the page "models" says, in Chinese.

import type { SameKeys } from "../../i18n/dictionary.ts";
import type { en } from "./text.en.ts";

export const zh: SameKeys<typeof en> = {
  description: "客户端请求的模型名，对应到上游的哪个模型。",
};
