// What login, first set-up and the change of the password say, in Chinese.

import type { SameKeys } from "../../i18n/dictionary.ts";
import type { en } from "./text.en.ts";

export const zh: SameKeys<typeof en> = {
  login: {
    title: "登录",
    password: "密码",
    remember: "在此浏览器保持登录",
    submit: "登录",
    wrong: "密码不对。",
    forgotten: "忘记密码了？请在网关所在的机器上运行",
    empty: "请输入密码。",
    defaultHint: "新安装的默认密码是 admin，只能在本机使用。",
    wait: "错误次数过多，请在 {{seconds}} 秒后再试。",
    unreachable: "网关没有响应，页面会自动重试。",
  },
  expired: {
    title: "登录已过期",
    body: "请重新登录，本页已填写的内容会保留。",
  },
  setup: {
    title: "初始化 APIRouter",
    body: "这是一个新网关，还没有设置密码。你正从另一台机器访问，因此需要一次性的初始化令牌。",
    where: "令牌在网关的输出里：请查看运行网关的终端，或查看日志。",
    token: "初始化令牌",
    tokenWrong: "令牌不对或已失效。重启网关会生成新的令牌。",
    submit: "设置密码并登录",
  },
  first: {
    title: "设置密码",
    body: "当前使用的是默认密码，请现在就换成你自己的密码，很快就好。",
    later: "以后再说",
  },
  change: {
    title: "修改密码",
    current: "当前密码",
    next: "新密码",
    repeat: "再输入一次新密码",
    rules: "至少 {{min}} 个字符。用一句好记的话，比带符号的短词更安全。",
    short: "至少需要 {{min}} 个字符，现在是 {{length}} 个。",
    different: "两次输入的新密码不一致。",
    currentWrong: "当前密码不对。",
    submit: "设置密码",
    done: "密码已设置，其他登录已全部退出。",
  },
};
