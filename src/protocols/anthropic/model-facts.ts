// What Claude models accept, by family and generation: a static fallback, because encoders do no I/O.
// Sources: anthropic-openai.md §0.2-0.4 and §A.5 (platform.claude.com migration-2026-10-21, thinking-troubleshooting,
// models/opus-5-5/whats-new-opus-5-5; can1357/oh-my-pi#12939, experientiallabs/experiential#658 and #804,
// SalesforceAIResearch/MCP-Universe#49), all seen 2026-11; recording anthropic-structured-output-anthropic-json
// ("This model does not support assistant message prefill", claude-sonnet-5).

import type { IrEffort } from "../../core/request.ts";

/** Which values of `thinking.type` a model accepts. */
export interface ThinkingTypes {
  readonly enabled: boolean;
  readonly adaptive: boolean;
  readonly disabled: boolean;
  readonly betweenTools: boolean;
}

/** What one model accepts. */
export interface ModelFacts {
  /** Whether this is a Claude model at all; servers of other makers speak the protocol too. */
  readonly isClaude: boolean;
  /** `all`: temperature, top_p, top_k freely; `one`: not temperature and top_p together; `none`: no sampling field. */
  readonly sampling: "all" | "one" | "none";
  readonly thinking: ThinkingTypes;
  /** Values of `output_config.effort`; empty where the field is unknown. */
  readonly efforts: readonly IrEffort[];
  /** Thinking text comes empty unless `display: "summarized"` asks for it. */
  readonly hidesThinkingByDefault: boolean;
  /** Accepts `tool_choice` `any` and `tool`. */
  readonly forcedTools: boolean;
  /** Accepts a conversation that ends with an assistant turn. */
  readonly prefill: boolean;
  /** Accepts `role: "system"` among the messages. */
  readonly midSystem: boolean;
  /** Accepts `output_config.format`. */
  readonly structuredOutput: boolean;
  /** Largest `max_tokens` in tokens; undefined when not known. */
  readonly maxOutputTokens: number | undefined;
}

type Family = "haiku" | "sonnet" | "opus" | "fable" | "mythos";

interface ModelName {
  readonly family: Family;
  /** Major version times 100 plus minor: 406 for 4.6; 9900 when the name holds none. */
  readonly version: number;
}

const THINKING = {
  none: { enabled: false, adaptive: false, disabled: true, betweenTools: false },
  budget: { enabled: true, adaptive: false, disabled: true, betweenTools: false },
  both: { enabled: true, adaptive: true, disabled: true, betweenTools: false },
  adaptive: { enabled: false, adaptive: true, disabled: true, betweenTools: false },
  always: { enabled: false, adaptive: true, disabled: false, betweenTools: false },
  betweenTools: { enabled: false, adaptive: true, disabled: false, betweenTools: true },
} as const satisfies Record<string, ThinkingTypes>;

const NO_EFFORTS: readonly IrEffort[] = [];
const EFFORTS_45: readonly IrEffort[] = ["low", "medium", "high"];
const EFFORTS_46: readonly IrEffort[] = ["low", "medium", "high", "max"];
const EFFORTS_47: readonly IrEffort[] = ["low", "medium", "high", "xhigh", "max"];

/** Servers of other makers: nothing is known, so what the oldest Messages API had is assumed. */
const FOREIGN: ModelFacts = {
  isClaude: false,
  sampling: "all",
  thinking: THINKING.budget,
  efforts: NO_EFFORTS,
  hidesThinkingByDefault: false,
  forcedTools: true,
  prefill: true,
  midSystem: false,
  structuredOutput: false,
  maxOutputTokens: undefined,
};

/**
 * Facts about a model by its name, in any spelling seen: `claude-opus-4-6`, `anthropic/claude-haiku-4.5`,
 * `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `claude-3-7-sonnet-latest`. An unknown Claude name counts as the
 * newest generation; a name without `claude` as another maker's model.
 */
export function modelFacts(model: string): ModelFacts {
  const name = parseModelName(model);
  if (!name) return FOREIGN;
  const { family, version } = name;
  return {
    isClaude: true,
    sampling: version >= 407 ? "none" : version >= 401 ? "one" : "all",
    thinking: thinkingTypes(family, version),
    efforts: efforts(family, version),
    hidesThinkingByDefault: version >= 407,
    forcedTools: !refusesForcedTools(family, version),
    prefill: version < 406,
    midSystem: version >= 500 || (family === "opus" && version >= 408),
    structuredOutput: version >= 405 || (family === "opus" && version >= 401),
    maxOutputTokens: maxOutputTokens(family, version),
  };
}

const FAMILY_FIRST = /(haiku|sonnet|opus|fable|mythos)(?:[-.]?(\d{1,2})(?:[-.](\d{1,2}))?)?(?!\d)/;
const VERSION_FIRST = /claude[-.](\d{1,2})(?:[-.](\d{1,2}))?[-.](haiku|sonnet|opus|fable|mythos)/;

/** Family and version in a model name; undefined when it is no Claude name. */
function parseModelName(model: string): ModelName | undefined {
  const lower = model.toLowerCase();
  const versionFirst = VERSION_FIRST.exec(lower);
  if (versionFirst) {
    return { family: versionFirst[3] as Family, version: versionNumber(versionFirst[1], versionFirst[2]) };
  }
  if (!lower.includes("claude")) return undefined;
  const familyFirst = FAMILY_FIRST.exec(lower);
  if (familyFirst) {
    return { family: familyFirst[1] as Family, version: versionNumber(familyFirst[2], familyFirst[3]) };
  }
  // claude-2.1, claude-instant: long gone; anything else is a name of the future.
  return { family: "opus", version: /claude-(?:2|instant)/.test(lower) ? 200 : 9900 };
}

function versionNumber(major: string | undefined, minor: string | undefined): number {
  return major === undefined ? 9900 : Number(major) * 100 + Number(minor ?? 0);
}

function thinkingTypes(family: Family, version: number): ThinkingTypes {
  if (version < 307) return THINKING.none;
  if (version < 406) return THINKING.budget;
  if (version === 406) return THINKING.both;
  if (version >= 505) return family === "sonnet" || family === "haiku" ? THINKING.betweenTools : THINKING.always;
  if (version >= 501 && (family === "fable" || family === "mythos")) return THINKING.always;
  return THINKING.adaptive;
}

function efforts(family: Family, version: number): readonly IrEffort[] {
  if (version >= 407) return EFFORTS_47;
  if (version === 406) return EFFORTS_46;
  return version === 405 && family === "opus" ? EFFORTS_45 : NO_EFFORTS;
}

function refusesForcedTools(family: Family, version: number): boolean {
  if (version > 599) return true;
  return version >= 501 && (family === "fable" || family === "mythos" || (family === "opus" && version >= 505));
}

function maxOutputTokens(family: Family, version: number): number {
  if (version < 305) return 4_096;
  if (version < 307) return 8_192;
  if (version >= 407) return 128_000;
  if (family === "opus") return version >= 406 ? 128_000 : version >= 405 ? 64_000 : 32_000;
  return 64_000;
}
