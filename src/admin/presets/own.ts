// Servers of one's own: models on this machine or in this network, and other gateways.

import { endpoint, endpoints, presetGroup } from "./define-preset.ts";

export const LOCAL = presetGroup("local", [
  {
    id: "ollama",
    name: "Ollama",
    site: "https://ollama.com",
    needs_key: false,
    endpoints: [endpoint("openai", "http://127.0.0.1:11434/v1", { auth: "none" })],
    notes: {
      en: "Set num_ctx large enough for your agent. Long prompts take long to read: raise first_byte_ms and first_content_ms.",
      zh: "请将 num_ctx 设得足够大。长提示的读取较慢，请调大 first_byte_ms 与 first_content_ms。",
    },
    source: "decolua/9router: open-sse/config/providers.js",
    seen: "2026-11-23",
  },
  {
    id: "lm-studio",
    name: "LM Studio",
    site: "https://lmstudio.ai",
    needs_key: false,
    endpoints: [endpoint("openai", "http://127.0.0.1:1234/v1", { auth: "none" })],
    source: "anomalyco/models.dev: providers/lmstudio",
    seen: "2026-11-23",
  },
  {
    id: "vllm",
    name: "vLLM",
    site: "https://docs.vllm.ai",
    needs_key: false,
    endpoints: [endpoint("openai", "http://127.0.0.1:8000/v1")],
    notes: {
      en: "A key is needed only when the server was started with one.",
      zh: "仅当服务启动时设置了密钥才需要填写。",
    },
    source: "vLLM's usual port",
    seen: "2026-11-23",
  },
  {
    id: "llama-cpp",
    name: "llama.cpp server",
    site: "https://github.com/ggml-org/llama.cpp",
    needs_key: false,
    endpoints: [endpoint("openai", "http://127.0.0.1:8080/v1")],
    source: "llama.cpp server's usual port",
    seen: "2026-11-23",
  },
]);

export const RELAY = presetGroup("relay", [
  {
    id: "relay",
    name: "Another gateway (new-api, one-api, sub2api, CRS, CLIProxyAPI, APIRouter)",
    name_zh: "其他网关（new-api、one-api、sub2api、CRS、CLIProxyAPI、APIRouter）",
    endpoints: [
      ...endpoints(["anthropic", "openai", "openai_response"], "https://HOST/v1"),
      endpoint("gemini", "https://HOST/v1beta"),
    ],
    notes: {
      en: "Replace HOST. Choose the format that your clients speak most: it is passed through unchanged.",
      zh: "请将 HOST 换成网关地址。选择客户端最常用的格式即可原样透传。",
    },
    source: "the documentation of the gateways named",
    seen: "2026-11-23",
  },
]);
