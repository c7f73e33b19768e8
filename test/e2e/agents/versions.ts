// The agents that the tests run, and the Node they run on: exact npm versions, nothing else. Newest of 28 November 2026.

/** One npm package to install. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** Executable below the installed `node_modules/.bin`. */
  readonly executable: string;
  /**
   * npm's `allowScripts`: which packages may run install scripts. Those of claude-code, opencode-ai and node put the
   * platform's program in its place; the others compile optional extras that a headless run does not need.
   */
  readonly scripts?: Readonly<Record<string, boolean>>;
}

/** By the folder name under `.cache/agents`. */
export const PACKAGES = {
  node: { name: "node", version: "24.21.0", executable: "node", scripts: { node: true } },
  "claude-code": {
    name: "@anthropic-ai/claude-code",
    version: "2.1.332",
    executable: "claude",
    scripts: { "@anthropic-ai/claude-code": true },
  },
  codex: { name: "@openai/codex", version: "0.171.0", executable: "codex" },
  "gemini-cli": {
    name: "@google/gemini-cli",
    version: "0.61.0",
    executable: "gemini",
    scripts: { "node-pty": false, "@github/keytar": false },
  },
  opencode: { name: "opencode-ai", version: "1.18.33", executable: "opencode", scripts: { "opencode-ai": true } },
  "qwen-code": { name: "@qwen-code/qwen-code", version: "0.24.4", executable: "qwen" },
} as const satisfies Record<string, PinnedPackage>;

export type PackageId = keyof typeof PACKAGES;
