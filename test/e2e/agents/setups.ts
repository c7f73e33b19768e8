// How each agent is pointed at a gateway and started without a person: its files, its environment, its command line.
// One agent may have several set-ups; `SETUPS` are the usual ones, `MORE_SETUPS` the other formats some can speak.
// @source clients.md §10; set-ups and their requests measured with the versions of versions.ts, 23 November 2026

import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import type { PackageId } from "./versions.ts";

/** What an agent has to know. */
export interface AgentSettings {
  /** `http://127.0.0.1:port`, without a path. */
  readonly url: string;
  readonly key: string;
}

/** One way of using an agent. */
export interface AgentSetup {
  readonly package: Exclude<PackageId, "node">;
  readonly name: string;
  /** The format it speaks to the gateway. */
  readonly protocol: ProtocolId;
  /** Files by path; `home/` and `work/` are its two folders. */
  files(settings: AgentSettings): Readonly<Record<string, string>>;
  env(settings: AgentSettings): Readonly<Record<string, string>>;
  /** Arguments behind the executable. */
  args(prompt: string): readonly string[];
  /** Statuses other than 200 that its requests rightly get. */
  readonly refusals?: readonly number[];
}

export const CLAUDE_CODE: AgentSetup = {
  package: "claude-code",
  name: "Claude Code",
  protocol: "anthropic",
  files: () => ({}),
  env: ({ url, key }) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: key,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    IS_SANDBOX: "1",
  }),
  args: (prompt) => ["-p", prompt, "--allowedTools", "Bash"],
};

/** An older model: a thinking budget instead of adaptive thinking, and no system messages between the others. */
const CLAUDE_CODE_OLD_MODEL: AgentSetup = {
  ...CLAUDE_CODE,
  name: "Claude Code with an older model",
  args: (prompt) => [...CLAUDE_CODE.args(prompt), "--model", "claude-sonnet-4-5"],
};

/** With a bearer token, a base URL with `/v1` too many, and the list of models. */
const CLAUDE_CODE_TOKEN: AgentSetup = {
  ...CLAUDE_CODE,
  name: "Claude Code with a token and model discovery",
  env: ({ url, key }) => ({
    ANTHROPIC_BASE_URL: `${url}/v1/`,
    ANTHROPIC_AUTH_TOKEN: key,
    CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1",
    DISABLE_AUTOUPDATER: "1",
    IS_SANDBOX: "1",
  }),
};

export const CODEX: AgentSetup = {
  package: "codex",
  name: "Codex",
  protocol: "openai-responses",
  files: ({ url }) => ({
    "home/.codex/config.toml": [
      ...CODEX_CONFIG,
      'model = "gpt-5-codex"',
      'model_provider = "gateway"',
      "[model_providers.gateway]",
      'name = "gateway"',
      `base_url = "${url}/v1"`,
      'env_key = "GATEWAY_KEY"',
      'wire_api = "responses"',
    ].join("\n"),
  }),
  env: ({ key }) => ({ GATEWAY_KEY: key }),
  args: (prompt) => ["exec", "--skip-git-repo-check", prompt],
};

const CODEX_CONFIG = ['approval_policy = "never"', 'sandbox_mode = "danger-full-access"'];

/** Its own provider and model: tries a WebSocket first, and offers tools in namespaces, its shell inside a script. */
const CODEX_BUILT_IN: AgentSetup = {
  ...CODEX,
  name: "Codex with its built-in provider",
  files: ({ url }) => ({
    "home/.codex/config.toml": [`openai_base_url = "${url}/v1"`, ...CODEX_CONFIG].join("\n"),
  }),
  env: ({ key }) => ({ OPENAI_API_KEY: key, CODEX_API_KEY: key }),
  refusals: [426],
};

export const GEMINI_CLI: AgentSetup = {
  package: "gemini-cli",
  name: "Gemini CLI",
  protocol: "gemini",
  files: () => ({ "home/.gemini/settings.json": quietSettings("gemini-api-key") }),
  env: ({ url, key }) => ({
    GEMINI_API_KEY: key,
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_CLI_TRUST_WORKSPACE: "true",
  }),
  args: (prompt) => ["-p", prompt, "-m", "gemini-2.5-pro", "--yolo"],
};

/** Asks a small model which one to take: a whole JSON answer that has to follow a schema. */
const GEMINI_CLI_ROUTED: AgentSetup = {
  ...GEMINI_CLI,
  name: "Gemini CLI that chooses its model",
  args: (prompt) => ["-p", prompt, "--yolo"],
};

export const OPENCODE: AgentSetup = opencode({
  name: "OpenCode",
  protocol: "openai-chat",
  npm: "@ai-sdk/openai-compatible",
  model: "gpt-5",
  basePath: "/v1",
});

export const QWEN_CODE: AgentSetup = {
  package: "qwen-code",
  name: "Qwen Code",
  protocol: "openai-chat",
  files: () => ({ "home/.qwen/settings.json": quietSettings("openai") }),
  env: ({ url, key }) => ({ OPENAI_API_KEY: key, OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: "gpt-5" }),
  args: (prompt) => ["-p", prompt, "--yolo"],
};

/** What most people run. */
export const SETUPS: readonly AgentSetup[] = [
  CLAUDE_CODE,
  CLAUDE_CODE_OLD_MODEL,
  CODEX,
  CODEX_BUILT_IN,
  GEMINI_CLI,
  GEMINI_CLI_ROUTED,
  OPENCODE,
  QWEN_CODE,
];

/** Further ways in. */
export const MORE_SETUPS: readonly AgentSetup[] = [
  CLAUDE_CODE_TOKEN,
  opencode({
    name: "OpenCode speaking Messages to the bare host",
    protocol: "anthropic",
    npm: "@ai-sdk/anthropic",
    model: "claude-sonnet-4-5",
    basePath: "",
  }),
  opencode({
    name: "OpenCode speaking Responses",
    protocol: "openai-responses",
    npm: "@ai-sdk/openai",
    model: "gpt-5",
    basePath: "/v1",
  }),
  opencode({
    name: "OpenCode speaking Gemini",
    protocol: "gemini",
    npm: "@ai-sdk/google",
    model: "gemini-2.5-pro",
    basePath: "/v1beta",
  }),
  {
    ...QWEN_CODE,
    name: "Qwen Code speaking Messages",
    protocol: "anthropic",
    files: () => ({ "home/.qwen/settings.json": quietSettings("anthropic") }),
    env: ({ url, key }) => ({
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_MODEL: "claude-sonnet-4-5",
    }),
  },
  {
    ...QWEN_CODE,
    name: "Qwen Code speaking Gemini",
    protocol: "gemini",
    files: () => ({ "home/.qwen/settings.json": quietSettings("gemini") }),
    env: ({ url, key }) => ({ GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: url, GEMINI_MODEL: "gemini-2.5-pro" }),
  },
];

interface OpencodeProvider {
  readonly name: string;
  readonly protocol: ProtocolId;
  /** The AI SDK package that it speaks through. */
  readonly npm: string;
  readonly model: string;
  readonly basePath: string;
}

function opencode({ name, protocol, npm, model, basePath }: OpencodeProvider): AgentSetup {
  const id = `gateway/${model}`;
  return {
    package: "opencode",
    name,
    protocol,
    files: ({ url, key }) => ({
      "work/opencode.json": JSON.stringify({
        provider: {
          gateway: {
            npm,
            name: "gateway",
            options: { baseURL: url + basePath, apiKey: key },
            models: { [model]: { name: model, reasoning: true } },
          },
        },
        model: id,
        small_model: id,
        permission: "allow",
        autoupdate: false,
        share: "disabled",
      }),
    }),
    env: () => ({ OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1" }),
    args: (prompt) => ["run", "-m", id, prompt],
  };
}

/** Settings of Gemini CLI and its fork: this way to sign in, nothing reported anywhere. */
function quietSettings(selectedType: string): string {
  return JSON.stringify({
    security: { auth: { selectedType } },
    telemetry: { enabled: false },
    privacy: { usageStatisticsEnabled: false },
  });
}
