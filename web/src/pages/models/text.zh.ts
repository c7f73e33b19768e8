// What the page "models" says, in Chinese.

import type { SameKeys } from "../../i18n/dictionary.ts";
import type { en } from "./text.en.ts";

export const zh: SameKeys<typeof en> = {
  description: "客户端按名称请求模型。在这里决定每个上游用哪个模型来回应这个名称。",
  tester: {
    title: "这个名称会变成什么？",
    description: "像客户端那样输入模型名，下面会显示按什么顺序请求哪些上游、用哪个模型。不会真的发出请求。",
    model: "客户端请求的模型",
    protocol: "客户端使用的格式",
    unsaved: "结果以已保存的配置为准，下面的修改保存后才会生效。",
  },
  map: {
    none: "没有映射，所有名称原样发送。",
    entries_one: "{{count}} 条",
    entries_other: "{{count}} 条",
    saved: "“{{id}}”的模型映射已保存",
    editUpstream: "这个上游的全部设置",
    fix: "有些条目还没填完整。",
    off: "已停用",
  },
  offered: {
    title: "客户端可以选择的模型",
    description: "网关模型列表的内容：上游提供的模型，加上上面填写的具体名称。带 * 的名称不会列出。",
    filter: "筛选",
    none: "还没有上游提供模型列表。",
    noMatch: "没有叫这个名字的模型。",
  },
  empty: {
    title: "请先添加上游",
    body: "模型映射属于某个上游。请先添加上游，再回到这里。",
    action: "去添加上游",
  },
};
