// Makers of models in China, billed by use. Their subscriptions are in plans.ts.

import { endpoint, endpoints, presetGroup } from "./define-preset.ts";

const CLAUDE = "farion1231/cc-switch: src/config/claudeProviderPresets.ts";
const CODEX = "src/config/codexProviderPresets.ts";
const MODELS_DEV = "anomalyco/models.dev: providers";

export const CHINA = presetGroup("china", [
  {
    id: "deepseek",
    name: "DeepSeek",
    name_zh: "深度求索 DeepSeek",
    site: "https://platform.deepseek.com",
    key_url: "https://platform.deepseek.com/api_keys",
    endpoints: [
      endpoint("anthropic", "https://api.deepseek.com/anthropic/v1"),
      endpoint("openai", "https://api.deepseek.com", { quirks: { reasoning_passback: true } }),
      endpoint("openai_response", "https://api.deepseek.com"),
    ],
    model_map: { "claude-haiku-*": "deepseek-v4-flash", "claude-*": "deepseek-v4-pro" },
    notes: {
      en: "Prices differ by the time of day since 2026-08-16. With tools, reasoning has to be sent back in chat format; the preset sees to that.",
      zh: "自 2026-08-16 起分峰谷时段计价。使用工具时，Chat 格式需要回传推理内容，本预设已处理。",
    },
    source: `${CLAUDE}, ${CODEX}, CHANGELOG.md`,
    seen: "2026-11-23",
  },
  {
    id: "moonshot-cn",
    name: "Moonshot / Kimi (China)",
    name_zh: "月之暗面 Kimi（国内）",
    site: "https://platform.moonshot.cn",
    key_url: "https://platform.moonshot.cn/console/api-keys",
    endpoints: [
      endpoint("anthropic", "https://api.moonshot.cn/anthropic/v1"),
      endpoint("openai", "https://api.moonshot.cn/v1", { quirks: { reasoning_passback: true } }),
    ],
    source: `${CLAUDE}, ${CODEX}, CHANGELOG.md`,
    seen: "2026-11-23",
  },
  {
    id: "moonshot",
    name: "Moonshot / Kimi (global)",
    name_zh: "月之暗面 Kimi（国际）",
    site: "https://platform.moonshot.ai",
    endpoints: [endpoint("openai", "https://api.moonshot.ai/v1", { quirks: { reasoning_passback: true } })],
    source: `musistudio/claude-code-router: packages/core/src/providers/presets; ${MODELS_DEV}/moonshotai`,
    seen: "2026-11-23",
  },
  {
    id: "zhipu",
    name: "Zhipu GLM (China)",
    name_zh: "智谱 GLM（国内）",
    site: "https://open.bigmodel.cn",
    endpoints: [
      endpoint("anthropic", "https://open.bigmodel.cn/api/anthropic/v1"),
      endpoint("openai", "https://open.bigmodel.cn/api/paas/v4"),
    ],
    notes: {
      en: "The chat address takes pictures only with models that see.",
      zh: "Chat 地址仅对视觉模型接受图片。",
    },
    source: `${CLAUDE}; ${MODELS_DEV}/zhipuai; farion1231/cc-switch issue 7142`,
    seen: "2026-11-23",
  },
  {
    id: "zai",
    name: "Z.ai (GLM, global)",
    name_zh: "Z.ai（智谱国际）",
    site: "https://z.ai",
    endpoints: [
      endpoint("anthropic", "https://api.z.ai/api/anthropic/v1"),
      endpoint("openai", "https://api.z.ai/api/paas/v4"),
    ],
    source: `${CLAUDE}; ${MODELS_DEV}/zai`,
    seen: "2026-11-23",
  },
  {
    id: "bailian",
    name: "Alibaba Bailian / Qwen (China)",
    name_zh: "阿里云百炼 通义千问（国内）",
    site: "https://bailian.console.aliyun.com",
    endpoints: [
      endpoint("anthropic", "https://dashscope.aliyuncs.com/apps/anthropic/v1"),
      ...endpoints(["openai", "openai_response"], "https://dashscope.aliyuncs.com/compatible-mode/v1"),
    ],
    source: `${CLAUDE}, ${CODEX}; ${MODELS_DEV}/alibaba-cn`,
    seen: "2026-11-23",
  },
  {
    id: "bailian-intl",
    name: "Alibaba Model Studio / Qwen (global)",
    name_zh: "阿里云百炼（国际）",
    site: "https://modelstudio.console.alibabacloud.com",
    endpoints: endpoints(["openai", "openai_response"], "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"),
    source: `${CODEX} of farion1231/cc-switch; ${MODELS_DEV}/alibaba`,
    seen: "2026-11-23",
  },
  {
    id: "minimax-cn",
    name: "MiniMax (China)",
    name_zh: "MiniMax 稀宇（国内）",
    site: "https://platform.minimaxi.com",
    endpoints: [
      endpoint("anthropic", "https://api.minimaxi.com/anthropic/v1"),
      ...endpoints(["openai", "openai_response"], "https://api.minimaxi.com/v1"),
    ],
    notes: {
      en: "Answers may take very long; raise the timeouts if yours are cut.",
      zh: "回答可能耗时很长；如被截断请调大超时。",
    },
    source: `${CLAUDE}, ${CODEX}; musistudio/claude-code-router: packages/core/src/providers/presets`,
    seen: "2026-11-23",
  },
  {
    id: "minimax",
    name: "MiniMax (global)",
    name_zh: "MiniMax（国际）",
    site: "https://platform.minimax.io",
    endpoints: [
      endpoint("anthropic", "https://api.minimax.io/anthropic/v1"),
      ...endpoints(["openai", "openai_response"], "https://api.minimax.io/v1"),
    ],
    source: `${CLAUDE}, ${CODEX}; musistudio/claude-code-router: packages/core/src/providers/presets`,
    seen: "2026-11-23",
  },
  {
    id: "volcengine-ark",
    name: "Volcengine Ark (Doubao)",
    name_zh: "火山引擎方舟（豆包）",
    site: "https://www.volcengine.com/product/ark",
    endpoints: [
      endpoint("anthropic", "https://ark.cn-beijing.volces.com/api/compatible/v1"),
      ...endpoints(["openai_response", "openai"], "https://ark.cn-beijing.volces.com/api/v3"),
    ],
    notes: {
      en: "Ids of inference endpoints (ep-…) are models too.",
      zh: "推理接入点 ID（ep-…）也可作为模型名。",
    },
    source: `${CLAUDE}, ${CODEX}`,
    seen: "2026-11-23",
  },
  {
    id: "longcat",
    name: "LongCat (Meituan)",
    name_zh: "美团 LongCat",
    site: "https://longcat.chat/platform",
    key_url: "https://longcat.chat/platform/api_keys",
    endpoints: [
      endpoint("anthropic", "https://api.longcat.chat/anthropic/v1", { auth: "bearer" }),
      ...endpoints(["openai", "openai_response"], "https://api.longcat.chat/openai/v1"),
    ],
    model_map: { "claude-*": "LongCat-2.0" },
    source: `${CLAUDE}, ${CODEX}`,
    seen: "2026-11-23",
  },
  {
    id: "stepfun",
    name: "StepFun",
    name_zh: "阶跃星辰",
    site: "https://platform.stepfun.com",
    endpoints: [endpoint("openai", "https://api.stepfun.com/v1")],
    source: `${CLAUDE}, ${CODEX}; ${MODELS_DEV}/stepfun`,
    seen: "2026-11-23",
  },
  {
    id: "xiaomi-mimo",
    name: "Xiaomi MiMo",
    name_zh: "小米 MiMo",
    site: "https://platform.xiaomimimo.com",
    key_url: "https://platform.xiaomimimo.com/#/console/api-keys",
    endpoints: [
      endpoint("anthropic", "https://api.xiaomimimo.com/anthropic/v1"),
      endpoint("openai", "https://api.xiaomimimo.com/v1", { quirks: { reasoning_passback: true } }),
      endpoint("openai_response", "https://api.xiaomimimo.com/v1"),
    ],
    notes: { en: "The pro model reads text only.", zh: "Pro 模型仅支持文本。" },
    source: `${CLAUDE}, ${CODEX}`,
    seen: "2026-11-23",
  },
  {
    id: "tencent-tokenhub",
    name: "Tencent TokenHub",
    name_zh: "腾讯云 TokenHub",
    site: "https://cloud.tencent.com",
    endpoints: endpoints(["openai", "openai_response"], "https://tokenhub.tencentmaas.com/v1"),
    source: `farion1231/cc-switch: ${CODEX}; ${MODELS_DEV}/tencent-tokenhub`,
    seen: "2026-11-23",
  },
]);
