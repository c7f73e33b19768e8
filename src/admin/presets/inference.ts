// Providers that run open models.

import { endpoint, presetGroup } from "./define-preset.ts";

const MODELS_DEV = "anomalyco/models.dev: providers";
const NINE_ROUTER = "decolua/9router: open-sse/config/providers.js";

export const INFERENCE = presetGroup("inference", [
  {
    id: "groq",
    name: "Groq",
    site: "https://groq.com",
    key_url: "https://console.groq.com/keys",
    endpoints: [endpoint("openai", "https://api.groq.com/openai/v1")],
    source: NINE_ROUTER,
    seen: "2026-11-23",
  },
  {
    id: "cerebras",
    name: "Cerebras",
    site: "https://www.cerebras.ai",
    endpoints: [endpoint("openai", "https://api.cerebras.ai/v1")],
    source: `${NINE_ROUTER}; ${MODELS_DEV}/cerebras`,
    seen: "2026-11-28",
  },
  {
    id: "together",
    name: "Together AI",
    site: "https://www.together.ai",
    endpoints: [endpoint("openai", "https://api.together.xyz/v1")],
    source: NINE_ROUTER,
    seen: "2026-11-23",
  },
  {
    id: "fireworks",
    name: "Fireworks AI",
    site: "https://fireworks.ai",
    endpoints: [endpoint("openai", "https://api.fireworks.ai/inference/v1")],
    source: `${MODELS_DEV}/fireworks-ai`,
    seen: "2026-11-23",
  },
  {
    id: "nvidia",
    name: "NVIDIA NIM",
    site: "https://build.nvidia.com",
    key_url: "https://build.nvidia.com/settings/api-keys",
    endpoints: [endpoint("openai", "https://integrate.api.nvidia.com/v1")],
    notes: {
      en: "The free tier allows few requests per minute; several keys help.",
      zh: "免费档每分钟请求数较少，可配置多个密钥。",
    },
    source: "farion1231/cc-switch: src/config/claudeProviderPresets.ts, CHANGELOG.md",
    seen: "2026-11-28",
  },
  {
    id: "deepinfra",
    name: "DeepInfra",
    site: "https://deepinfra.com",
    endpoints: [
      endpoint("anthropic", "https://api.deepinfra.com/anthropic/v1"),
      endpoint("openai", "https://api.deepinfra.com/v1/openai"),
    ],
    source: `${MODELS_DEV}/deepinfra`,
    seen: "2026-11-28",
  },
  {
    id: "novita",
    name: "Novita AI",
    site: "https://novita.ai",
    endpoints: [endpoint("openai", "https://api.novita.ai/openai/v1")],
    source: `${MODELS_DEV}/novita-ai`,
    seen: "2026-11-28",
  },
  {
    id: "chutes",
    name: "Chutes",
    site: "https://chutes.ai",
    endpoints: [endpoint("openai", "https://llm.chutes.ai/v1")],
    source: `${MODELS_DEV}/chutes`,
    seen: "2026-11-28",
  },
  {
    id: "ollama-cloud",
    name: "Ollama Cloud",
    site: "https://ollama.com",
    key_url: "https://ollama.com/settings/keys",
    endpoints: [endpoint("openai", "https://ollama.com/v1")],
    source: `${MODELS_DEV}/ollama-cloud`,
    seen: "2026-11-23",
  },
]);
