// The makers of the four formats, and makers of models outside China.

import { endpoint, endpoints, presetGroup } from "./define-preset.ts";

const CCR = "musistudio/claude-code-router: packages/core/src/providers/presets";
const MODELS_DEV = "anomalyco/models.dev: providers";

export const OFFICIAL = presetGroup("official", [
  {
    id: "anthropic",
    name: "Anthropic",
    site: "https://www.anthropic.com",
    key_url: "https://console.anthropic.com/settings/keys",
    endpoints: [endpoint("anthropic", "https://api.anthropic.com/v1")],
    source: `${CCR}; ${MODELS_DEV}/anthropic`,
    seen: "2026-11-23",
  },
  {
    id: "openai",
    name: "OpenAI",
    site: "https://platform.openai.com",
    key_url: "https://platform.openai.com/api-keys",
    endpoints: endpoints(["openai_response", "openai"], "https://api.openai.com/v1"),
    notes: {
      en: "Prefer Responses: reasoning carries over between turns there.",
      zh: "优先使用 Responses 格式：推理内容可在多轮之间延续。",
    },
    source: CCR,
    seen: "2026-11-23",
  },
  {
    id: "google-ai-studio",
    name: "Google AI Studio (Gemini)",
    site: "https://aistudio.google.com",
    key_url: "https://aistudio.google.com/apikey",
    endpoints: [endpoint("gemini", "https://generativelanguage.googleapis.com/v1beta")],
    source: `${CCR}; farion1231/cc-switch: src/config/geminiProviderPresets.ts`,
    seen: "2026-11-23",
  },
  {
    id: "azure-openai",
    name: "Azure OpenAI",
    site: "https://ai.azure.com",
    endpoints: [
      endpoint("openai_response", "https://RESOURCE.openai.azure.com/openai/v1", { auth: "api-key" }),
      endpoint("openai", "https://RESOURCE.openai.azure.com/openai/v1", { auth: "api-key" }),
    ],
    notes: {
      en: "Replace RESOURCE by the name of your resource. Models are the names of your deployments.",
      zh: "请将 RESOURCE 换成你的资源名。模型名填写部署名称。",
    },
    source: "farion1231/cc-switch: src/config/codexProviderPresets.ts",
    seen: "2026-11-23",
  },
  {
    id: "mistral",
    name: "Mistral",
    site: "https://mistral.ai",
    key_url: "https://console.mistral.ai/api-keys",
    endpoints: [endpoint("openai", "https://api.mistral.ai/v1")],
    source: `${CCR}; decolua/9router: open-sse/config/providers.js`,
    seen: "2026-11-23",
  },
  {
    id: "xai",
    name: "xAI (Grok)",
    site: "https://x.ai",
    key_url: "https://console.x.ai",
    endpoints: endpoints(["openai_response", "openai"], "https://api.x.ai/v1"),
    source: "farion1231/cc-switch: src/config/codexProviderPresets.ts; decolua/9router: open-sse/config/providers.js",
    seen: "2026-11-23",
  },
]);
