// Which kinds of clients have been here and when, told by how they name themselves. Costs a look-up per request.

import type { RequestRecord } from "../../core/request-record.ts";

export interface SeenClient {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly lastStatus: number;
  readonly userAgent: string;
  readonly lastModel: string;
}

export interface SeenClients {
  /** A request has ended, or is known from the log; the order does not matter. */
  saw(record: Pick<RequestRecord, "userAgent" | "startedAt" | "status" | "model">): void;
  /** The latest first. */
  list(): SeenClient[];
}

/** Pieces of user agents, lower case, the first that fits counts. Seen 2026-11 in requests of the clients themselves. */
const KINDS: readonly (readonly [piece: string, id: string])[] = [
  ["claude-cli", "claude-code"],
  ["claude-code", "claude-code"],
  ["codex", "codex"],
  ["geminicli", "gemini-cli"],
  ["gemini-cli", "gemini-cli"],
  ["opencode", "opencode"],
  ["qwencode", "qwen-code"],
  ["qwen-code", "qwen-code"],
  ["cline", "cline"],
  ["cherrystudio", "cherry-studio"],
  ["cherry-studio", "cherry-studio"],
  ["chatbox", "chatbox"],
  ["nextchat", "nextchat"],
  ["chatgpt-next-web", "nextchat"],
  ["lobehub", "lobehub"],
  ["lobe-chat", "lobehub"],
  ["lobechat", "lobehub"],
  ["openai/", "sdk"],
  ["anthropic/", "sdk"],
  ["google-genai-sdk", "sdk"],
  ["ai-sdk", "sdk"],
];
/** Requests that the program sends for its administrator. */
const OWN = "apirouter-";
const MAX_REMEMBERED_NAMES = 500;
const MAX_TEXT = 200;

export function createSeenClients(): SeenClients {
  const clients = new Map<string, SeenClient>();
  const kinds = new Map<string, string>();

  function kindOf(userAgent: string): string {
    let kind = kinds.get(userAgent);
    if (kind === undefined) {
      const lower = userAgent.slice(0, 1000).toLowerCase();
      kind = KINDS.find(([piece]) => lower.includes(piece))?.[1] ?? "other";
      if (kinds.size >= MAX_REMEMBERED_NAMES) kinds.clear();
      kinds.set(userAgent, kind);
    }
    return kind;
  }

  return {
    saw({ userAgent = "", startedAt, status, model }) {
      if (userAgent.startsWith(OWN)) return;
      const id = kindOf(userAgent);
      const known = clients.get(id);
      const isLater = known === undefined || startedAt >= known.lastSeenAt;
      clients.set(id, {
        id,
        firstSeenAt: Math.min(startedAt, known?.firstSeenAt ?? startedAt),
        lastSeenAt: isLater ? startedAt : known.lastSeenAt,
        lastStatus: isLater ? status : known.lastStatus,
        userAgent: isLater ? userAgent.slice(0, MAX_TEXT) : known.userAgent,
        // Routes without a model, such as the list of models, leave the last one standing.
        lastModel: isLater && model !== "" ? model.slice(0, MAX_TEXT) : (known?.lastModel ?? model.slice(0, MAX_TEXT)),
      });
    },
    list: () => [...clients.values()].sort((a, b) => b.lastSeenAt - a.lastSeenAt),
  };
}
