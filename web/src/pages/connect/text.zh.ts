// What the page "connect" says, in Chinese.

import type { SameKeys } from "../../i18n/dictionary.ts";
import type { en } from "./text.en.ts";

export const zh: SameKeys<typeof en> = {
  description: "一分钟配好客户端：选择客户端，复制内容，启动即可。第一个请求到达时，下面会显示。",
  client: "客户端",
  group: { agents: "编程助手", chat: "聊天应用", sdk: "自己的程序" },
  name: { sdk: "SDK 与 curl" },
  values: {
    title: "你的信息",
    address: "网关地址",
    addressHint: "要填客户端所在机器能访问的地址。容器或其他机器不能用 localhost。",
    key: "访问密钥",
    keyPlaceholder: "粘贴密钥",
    keyOpen: "目前本机程序不需要密钥，随便填什么都行。",
    keyNeeded: "密钥只在创建时显示一次。",
    create: "为 {{client}} 创建密钥",
    created: "密钥“{{name}}”已填入下面的内容。请现在复制，之后不再显示。",
    model: "模型",
    modelHint: "从列表中选择，也可以填上游支持的任何名称。",
    os: "客户端运行在",
    osOption: { unix: "macOS / Linux", windows: "Windows" },
  },
  steps: "复制以下内容",
  terminal: "终端",
  powershell: "PowerShell",
  inFile: "写入文件 {{file}}",
  setting: {
    title: "在设置中填写",
    provider: "服务商",
    baseUrl: "API 地址",
    key: "API 密钥",
    model: "模型",
  },
  note: {
    claudeModels: "它会用到多个模型，后台还会用小模型。给每个非 Anthropic 的上游加一条 claude-* 映射，就能全部覆盖。",
    claudeOnboarding:
      '全新安装时它可能先访问 api.anthropic.com。在 ~/.claude.json 里写上 "hasCompletedOnboarding": true 即可避免。',
    geminiModels: "它在后台会用到多个模型名，加一条 gemini-* 映射就能全部覆盖。",
    permanent: "想长期生效，请把这些行写进终端的启动文件；Windows 可设置为用户环境变量。",
    cherry: "添加类型为“OpenAI”的服务商。使用 Claude 模型时选“Anthropic”类型，地址相同。",
    chatbox: "选择“添加自定义提供方”，模式选“OpenAI API 兼容”。",
    nextchat: "在设置里打开“自定义接口”。它从浏览器直接请求，只有在“所有客户端都需要密钥”打开时，网关才允许。",
    lobehub: "在设置的“AI 服务商”里选择 OpenAI。如果使用“客户端请求模式”，需要打开“所有客户端都需要密钥”。",
    cline: "API Provider 选择“OpenAI Compatible”。",
    docker: "在容器内要用 host.docker.internal 或本机的局域网地址访问网关，并且需要密钥。",
  },
  check: {
    title: "请求到了吗？",
    waiting: "正在等待 {{client}} 的第一个请求。请启动它，随便问点什么。",
    arrived: "接入成功：{{time}}收到了 {{client}} 的请求。",
    failed: "{{time}}收到了 {{client}} 的请求，但以状态码 {{status}} 结束。",
    seen: "上次请求在{{time}}，早于你打开本页。再问一句试试。",
    model: "模型",
    program: "程序",
    logs: "在日志中查看",
    unavailable: "当前网关无法得知哪些客户端来过。",
  },
};
