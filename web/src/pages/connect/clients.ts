// What each client needs to reach this gateway. Facts as in docs/clients.md.

import type { en } from "./text.en.ts";

export type ClientId =
  | "claude-code"
  | "codex"
  | "gemini-cli"
  | "opencode"
  | "qwen-code"
  | "cline"
  | "cherry-studio"
  | "chatbox"
  | "nextchat"
  | "lobehub"
  | "sdk";

/** What the user fills in. */
export interface ConnectValues {
  /** Without a slash at the end and without `/v1`. */
  readonly baseUrl: string;
  readonly key: string;
  readonly model: string;
  readonly os: "unix" | "windows";
}

/** One thing to copy. */
export interface Snippet {
  /** A file that it belongs into; otherwise it is typed in a terminal, or is a program. */
  readonly file?: string;
  /** Says what it is where that is neither. */
  readonly title?: string;
  readonly text: string;
}

/** A row of a settings page to fill in. */
export interface SettingRow {
  readonly name: keyof Omit<(typeof en)["setting"], "title">;
  readonly value: string;
}

export interface ClientGuide {
  readonly id: ClientId;
  readonly name: string;
  readonly group: keyof (typeof en)["group"];
  readonly usesModel: boolean;
  readonly usesOs: boolean;
  readonly notes: readonly (keyof (typeof en)["note"])[];
  snippets(values: ConnectValues): readonly Snippet[];
  settings?(values: ConnectValues): readonly SettingRow[];
}

/** All clients, in the order in which they are offered. */
export const CLIENTS: readonly ClientGuide[] = [
  {
    id: "claude-code",
    name: "Claude Code",
    group: "agents",
    usesModel: false,
    usesOs: true,
    notes: ["permanent", "claudeModels", "claudeOnboarding"],
    snippets: ({ baseUrl, key, os }) => [
      { text: commands(os, { ANTHROPIC_BASE_URL: baseUrl, ANTHROPIC_AUTH_TOKEN: key }, "claude") },
    ],
  },
  {
    id: "codex",
    name: "Codex",
    group: "agents",
    usesModel: true,
    usesOs: true,
    notes: ["permanent"],
    snippets: ({ baseUrl, key, model, os }) => [
      {
        file: os === "windows" ? "%USERPROFILE%\\.codex\\config.toml" : "~/.codex/config.toml",
        text: [
          `model = ${JSON.stringify(model)}`,
          'model_provider = "apirouter"',
          "",
          "[model_providers.apirouter]",
          'name = "APIRouter"',
          `base_url = ${JSON.stringify(`${baseUrl}/v1`)}`,
          'wire_api = "responses"',
          'env_key = "APIROUTER_KEY"',
        ].join("\n"),
      },
      { text: commands(os, { APIROUTER_KEY: key }, "codex") },
    ],
  },
  {
    id: "gemini-cli",
    name: "Gemini CLI",
    group: "agents",
    usesModel: false,
    usesOs: true,
    notes: ["permanent", "geminiModels"],
    snippets: ({ baseUrl, key, os }) => [
      { text: commands(os, { GOOGLE_GEMINI_BASE_URL: baseUrl, GEMINI_API_KEY: key }, "gemini") },
      {
        file: os === "windows" ? "%USERPROFILE%\\.gemini\\settings.json" : "~/.gemini/settings.json",
        text: json({ security: { auth: { selectedType: "gemini-api-key" } } }),
      },
    ],
  },
  {
    id: "opencode",
    name: "OpenCode",
    group: "agents",
    usesModel: true,
    usesOs: false,
    notes: [],
    snippets: ({ baseUrl, key, model }) => [
      {
        file: "opencode.json",
        text: json({
          provider: {
            apirouter: {
              npm: "@ai-sdk/openai-compatible",
              name: "APIRouter",
              options: { baseURL: `${baseUrl}/v1`, apiKey: key },
              models: { [model]: { name: model } },
            },
          },
          model: `apirouter/${model}`,
          small_model: `apirouter/${model}`,
        }),
      },
      { text: "opencode" },
    ],
  },
  {
    id: "qwen-code",
    name: "Qwen Code",
    group: "agents",
    usesModel: true,
    usesOs: true,
    notes: ["permanent"],
    snippets: ({ baseUrl, key, model, os }) => [
      {
        text: commands(os, { OPENAI_BASE_URL: `${baseUrl}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: model }, "qwen"),
      },
      {
        file: os === "windows" ? "%USERPROFILE%\\.qwen\\settings.json" : "~/.qwen/settings.json",
        text: json({ security: { auth: { selectedType: "openai" } } }),
      },
    ],
  },
  {
    id: "cline",
    name: "Cline",
    group: "agents",
    usesModel: true,
    usesOs: false,
    notes: ["cline"],
    snippets: () => [],
    settings: (values) => settingRows(values, "OpenAI Compatible", "/v1"),
  },
  {
    id: "cherry-studio",
    name: "Cherry Studio",
    group: "chat",
    usesModel: true,
    usesOs: false,
    notes: ["cherry"],
    snippets: () => [],
    settings: (values) => settingRows(values, "OpenAI", ""),
  },
  {
    id: "chatbox",
    name: "ChatBox",
    group: "chat",
    usesModel: true,
    usesOs: false,
    notes: ["chatbox"],
    snippets: () => [],
    settings: (values) => settingRows(values, "OpenAI API", "/v1"),
  },
  {
    id: "nextchat",
    name: "NextChat",
    group: "chat",
    usesModel: true,
    usesOs: false,
    notes: ["nextchat", "docker"],
    snippets: () => [],
    settings: (values) => settingRows(values, "OpenAI", ""),
  },
  {
    id: "lobehub",
    name: "LobeHub",
    group: "chat",
    usesModel: true,
    usesOs: false,
    notes: ["lobehub", "docker"],
    snippets: () => [],
    settings: (values) => settingRows(values, "OpenAI", "/v1"),
  },
  {
    id: "sdk",
    name: "SDK",
    group: "sdk",
    usesModel: true,
    usesOs: true,
    notes: [],
    snippets: sdkSnippets,
  },
];

function settingRows({ baseUrl, key, model }: ConnectValues, provider: string, suffix: string): SettingRow[] {
  return [
    { name: "provider", value: provider },
    { name: "baseUrl", value: baseUrl + suffix },
    { name: "key", value: key },
    { name: "model", value: model },
  ];
}

function sdkSnippets({ baseUrl, key, model, os }: ConnectValues): Snippet[] {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
  const address = `${baseUrl}/v1/chat/completions`;
  const authorization = `Bearer ${key}`;
  // PowerShell's versions differ in what they make of quotes in arguments of programs, curl.exe among them.
  const request =
    os === "windows"
      ? {
          title: "PowerShell",
          text: `Invoke-RestMethod ${powershellQuote(address)} -Method Post \`\n  -Headers @{ Authorization = ${powershellQuote(authorization)} } \`\n  -ContentType 'application/json' \`\n  -Body ${powershellQuote(body)}`,
        }
      : {
          title: "curl",
          text: `curl ${address} \\\n  -H ${shellQuote(`authorization: ${authorization}`)} \\\n  -H 'content-type: application/json' \\\n  -d ${shellQuote(body)}`,
        };
  const q = JSON.stringify;
  return [
    request,
    {
      title: "Python",
      text: [
        "from openai import OpenAI",
        `client = OpenAI(base_url=${q(`${baseUrl}/v1`)}, api_key=${q(key)})`,
        "",
        "from anthropic import Anthropic",
        `client = Anthropic(base_url=${q(baseUrl)}, api_key=${q(key)})`,
        "",
        "from google import genai",
        `client = genai.Client(api_key=${q(key)}, http_options={"base_url": ${q(baseUrl)}})`,
      ].join("\n"),
    },
    {
      title: "JavaScript",
      text: [
        'import OpenAI from "openai";',
        `const openai = new OpenAI({ baseURL: ${q(`${baseUrl}/v1`)}, apiKey: ${q(key)} });`,
        "",
        'import Anthropic from "@anthropic-ai/sdk";',
        `const anthropic = new Anthropic({ baseURL: ${q(baseUrl)}, apiKey: ${q(key)} });`,
        "",
        'import { GoogleGenAI } from "@google/genai";',
        `const gemini = new GoogleGenAI({ apiKey: ${q(key)}, httpOptions: { baseUrl: ${q(baseUrl)} } });`,
      ].join("\n"),
    },
  ];
}

function commands(os: ConnectValues["os"], variables: Readonly<Record<string, string>>, command: string): string {
  const lines = Object.entries(variables).map(([name, value]) =>
    os === "windows" ? `$env:${name} = ${powershellQuote(value)}` : `export ${name}=${shellQuote(value)}`,
  );
  return [...lines, command].join("\n");
}

/** A value as POSIX shells read it; plain ones stay plain. */
function shellQuote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

function powershellQuote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
