// Subscriptions for coding agents. Their keys are other keys than those billed by use, and their addresses others too.

import { endpoint, endpoints, presetGroup } from "./define-preset.ts";

const CLAUDE = "farion1231/cc-switch: src/config/claudeProviderPresets.ts";
const CODEX = "src/config/codexProviderPresets.ts";
const MODELS_DEV = "anomalyco/models.dev: providers";

export const PLANS = presetGroup("plan", [
  {
    id: "kimi-for-coding",
    name: "Kimi For Coding",
    name_zh: "Kimi 编程套餐",
    site: "https://www.kimi.com/coding/docs/",
    endpoints: [
      endpoint("anthropic", "https://api.kimi.com/coding/v1"),
      endpoint("openai", "https://api.kimi.com/coding/v1", { quirks: { reasoning_passback: true } }),
    ],
    source: `${CLAUDE}; ${MODELS_DEV}/kimi-for-coding`,
    seen: "2026-11-23",
  },
  {
    id: "zhipu-coding-plan",
    name: "Zhipu GLM Coding Plan",
    name_zh: "智谱 GLM Coding Plan",
    site: "https://open.bigmodel.cn",
    endpoints: [
      endpoint("anthropic", "https://open.bigmodel.cn/api/anthropic/v1"),
      endpoint("openai", "https://open.bigmodel.cn/api/coding/paas/v4"),
    ],
    notes: { en: "The allowance is per five hours.", zh: "额度按五小时计。" },
    source: `${CLAUDE}; ${MODELS_DEV}/zhipuai-coding-plan`,
    seen: "2026-11-23",
  },
  {
    id: "zai-coding-plan",
    name: "Z.ai Coding Plan",
    name_zh: "Z.ai 编程套餐",
    site: "https://z.ai",
    endpoints: [
      endpoint("anthropic", "https://api.z.ai/api/anthropic/v1"),
      endpoint("openai", "https://api.z.ai/api/coding/paas/v4"),
    ],
    notes: { en: "The allowance is per five hours.", zh: "额度按五小时计。" },
    source: `${CLAUDE}; ${MODELS_DEV}/zai-coding-plan`,
    seen: "2026-11-23",
  },
  {
    id: "bailian-coding-plan",
    name: "Alibaba Bailian Coding Plan",
    name_zh: "阿里云百炼 Coding Plan",
    site: "https://bailian.console.aliyun.com",
    endpoints: [
      endpoint("anthropic", "https://coding.dashscope.aliyuncs.com/apps/anthropic/v1"),
      endpoint("openai", "https://coding.dashscope.aliyuncs.com/v1"),
      endpoint("openai", "https://coding-intl.dashscope.aliyuncs.com/v1", { label: "global" }),
    ],
    source: `${CLAUDE}; ${MODELS_DEV}/alibaba-coding-plan; decolua/9router: open-sse/config/providers.js`,
    seen: "2026-11-23",
  },
  {
    id: "volcengine-coding-plan",
    name: "Volcengine Coding Plan",
    name_zh: "火山引擎 Coding Plan",
    site: "https://www.volcengine.com/product/doubao",
    endpoints: [
      endpoint("anthropic", "https://ark.cn-beijing.volces.com/api/coding/v1"),
      endpoint("openai_response", "https://ark.cn-beijing.volces.com/api/coding/v3"),
    ],
    model_map: { "claude-*": "ark-code-latest" },
    notes: {
      en: "Not the same subscription as the Agent Plan: allowances are not shared.",
      zh: "与 Agent Plan 是两种订阅，额度不共享。",
    },
    source: `${CLAUDE}, ${CODEX}, CHANGELOG.md`,
    seen: "2026-11-23",
  },
  {
    id: "volcengine-agent-plan",
    name: "Volcengine Agent Plan",
    name_zh: "火山引擎 Agent Plan",
    site: "https://www.volcengine.com/product/doubao",
    endpoints: [
      endpoint("anthropic", "https://ark.cn-beijing.volces.com/api/plan/v1"),
      endpoint("openai_response", "https://ark.cn-beijing.volces.com/api/plan/v3"),
    ],
    model_map: { "claude-*": "ark-code-latest" },
    source: `${CLAUDE}, ${CODEX}, CHANGELOG.md`,
    seen: "2026-11-23",
  },
  {
    id: "byteplus-coding-plan",
    name: "BytePlus Coding Plan",
    name_zh: "BytePlus 编程套餐（火山国际）",
    site: "https://www.byteplus.com",
    endpoints: [endpoint("anthropic", "https://ark.ap-southeast.bytepluses.com/api/coding/v1")],
    model_map: { "claude-*": "ark-code-latest" },
    source: CLAUDE,
    seen: "2026-11-23",
  },
  {
    id: "stepfun-plan",
    name: "StepFun Step Plan",
    name_zh: "阶跃星辰 Step Plan",
    site: "https://platform.stepfun.com",
    endpoints: endpoints(["anthropic", "openai"], "https://api.stepfun.com/step_plan/v1"),
    source: `${CLAUDE}, ${CODEX}`,
    seen: "2026-11-23",
  },
  {
    id: "qianfan-coding-plan",
    name: "Baidu Qianfan Coding Plan",
    name_zh: "百度千帆 Coding Plan",
    site: "https://cloud.baidu.com",
    endpoints: [
      endpoint("anthropic", "https://qianfan.baidubce.com/anthropic/coding"),
      endpoint("openai", "https://qianfan.baidubce.com/v2/coding", { label: "Coding Plan" }),
      endpoint("openai", "https://qianfan.baidubce.com/v2/tokenplan/personal", { label: "Token Plan" }),
    ],
    notes: {
      en: "The Coding Plan is closed to new buyers since 2026-07.",
      zh: "Coding Plan 自 2026-07 起不再对新用户开放。",
    },
    source: `${CLAUDE}, ${CODEX}, CHANGELOG.md`,
    seen: "2026-11-23",
  },
  {
    id: "tencent-coding-plan",
    name: "Tencent Coding Plan",
    name_zh: "腾讯云 Coding Plan",
    site: "https://cloud.tencent.com",
    endpoints: [endpoint("openai", "https://api.lkeap.cloud.tencent.com/coding/v3")],
    source: `${MODELS_DEV}/tencent-coding-plan`,
    seen: "2026-11-23",
  },
  {
    id: "opencode-zen",
    name: "OpenCode Zen",
    site: "https://opencode.ai/zen",
    endpoints: [
      endpoint("anthropic", "https://opencode.ai/zen/v1", { auth: "x-api-key" }),
      endpoint("openai", "https://opencode.ai/zen/v1"),
    ],
    notes: {
      en: "Messages wants x-api-key and passes over a bearer token.",
      zh: "Messages 接口要求 x-api-key，会忽略 Bearer。",
    },
    source: `${CLAUDE}, CHANGELOG.md; ${MODELS_DEV}/opencode`,
    seen: "2026-11-23",
  },
  {
    id: "opencode-go",
    name: "OpenCode Go",
    site: "https://opencode.ai",
    endpoints: [
      endpoint("anthropic", "https://opencode.ai/zen/go/v1", { auth: "x-api-key" }),
      endpoint("openai", "https://opencode.ai/zen/go/v1"),
    ],
    source: `${CLAUDE}, CHANGELOG.md; ${MODELS_DEV}/opencode-go`,
    seen: "2026-11-23",
  },
]);
