// What each model generation accepts. An unknown name counts as the newest generation.
// @source gemini.md §A.7 (ai.google.dev model pages and live reports), seen 2026-11.

import type { ThinkingLevelName } from "./wire.ts";

/** How thinking is steered. */
export type ThinkingControl =
  | { readonly type: "none" }
  /** `thinkingBudget`; `lowest` is what "no thinking" becomes. */
  | { readonly type: "budget"; readonly min: number; readonly max: number; readonly lowest: number }
  /** `thinkingLevel`, lowest first. */
  | { readonly type: "level"; readonly levels: readonly ThinkingLevelName[] };

/** What an encoder has to know about the target model. */
export interface ModelFacts {
  readonly thinking: ThinkingControl;
  /** Thought text may be asked for and sent back, and signatures exist. */
  readonly hasThoughts: boolean;
  readonly acceptsSampling: boolean;
  /** Penalties and `candidateCount` > 1. */
  readonly acceptsPenalties: boolean;
  /** A conversation may end with a model turn. */
  readonly acceptsPrefill: boolean;
  /** Calls and results carry ids (Gemini API only; Vertex never). */
  readonly hasCallIds: boolean;
  /** Function calls of the current turn must be signed. */
  readonly needsSignatures: boolean;
  /** Images may sit inside `functionResponse.parts`. */
  readonly nestsToolImages: boolean;
  /** `responseMimeType: application/json` works beside function declarations. */
  readonly mixesJsonAndTools: boolean;
  /** Built-in tools work beside function declarations (`includeServerSideToolInvocations`). */
  readonly mixesServerTools: boolean;
  readonly acceptsCachedContent: boolean;
  /** Largest `maxOutputTokens`; undefined when not known. */
  readonly outputTokenLimit: number | undefined;
}

const LOW_TO_HIGH: readonly ThinkingLevelName[] = ["LOW", "MEDIUM", "HIGH"];
const MINIMAL_TO_HIGH: readonly ThinkingLevelName[] = ["MINIMAL", "LOW", "MEDIUM", "HIGH"];

/** Generation 4, which is also what an unknown Gemini name is taken for. */
const NEWEST: ModelFacts = {
  thinking: { type: "level", levels: LOW_TO_HIGH },
  hasThoughts: true,
  acceptsSampling: false,
  acceptsPenalties: false,
  acceptsPrefill: false,
  hasCallIds: true,
  needsSignatures: true,
  nestsToolImages: true,
  mixesJsonAndTools: true,
  mixesServerTools: true,
  acceptsCachedContent: false,
  outputTokenLimit: 65_536,
};

const GENERATION_3: ModelFacts = { ...NEWEST, acceptsSampling: true, acceptsPrefill: true, acceptsCachedContent: true };

const GENERATION_2_5: ModelFacts = {
  ...GENERATION_3,
  thinking: { type: "budget", min: 1, max: 24_576, lowest: 0 },
  acceptsPenalties: true,
  hasCallIds: false,
  needsSignatures: false,
  nestsToolImages: false,
  mixesJsonAndTools: false,
  mixesServerTools: false,
};

const GENERATION_2: ModelFacts = {
  ...GENERATION_2_5,
  thinking: { type: "none" },
  hasThoughts: false,
  outputTokenLimit: 8192,
};

const GEMMA: ModelFacts = {
  ...GENERATION_2_5,
  thinking: { type: "level", levels: LOW_TO_HIGH },
  hasThoughts: false,
  outputTokenLimit: undefined,
};

/** Not a Google name: an alias or another maker's model behind a Gemini-shaped upstream. Nothing harmless is taken away. */
const FOREIGN: ModelFacts = {
  ...NEWEST,
  acceptsSampling: true,
  acceptsPenalties: true,
  acceptsPrefill: true,
  acceptsCachedContent: true,
  outputTokenLimit: undefined,
};

/** Facts for a model name with or without `models/`, publisher path or version suffix. */
export function modelFacts(model: string): ModelFacts {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  const gemma = /gemma-?(\d+)/.exec(name);
  if (gemma) return Number(gemma[1]) >= 4 ? GEMMA : { ...GEMMA, thinking: { type: "none" } };
  if (!name.includes("gemini")) return FOREIGN;
  const version = /gemini-(?:[a-z]+-)?(\d+)(?:\.(\d+))?(?![\d.])/.exec(name);
  if (!version) return NEWEST;
  return generationFacts(Number(version[1]), Number(version[2] ?? 0), name);
}

function generationFacts(major: number, minor: number, name: string): ModelFacts {
  if (major >= 4) return NEWEST;
  if (major === 3) return generation3Facts(minor, name);
  if (major === 2 && minor >= 5) return generation25Facts(name);
  return GENERATION_2;
}

function generation25Facts(name: string): ModelFacts {
  if (name.includes("flash-lite")) {
    return { ...GENERATION_2_5, thinking: { type: "budget", min: 512, max: 24_576, lowest: 0 } };
  }
  if (name.includes("pro"))
    return { ...GENERATION_2_5, thinking: { type: "budget", min: 128, max: 32_768, lowest: 128 } };
  return GENERATION_2_5;
}

function generation3Facts(minor: number, name: string): ModelFacts {
  const facts: ModelFacts = { ...GENERATION_3, thinking: { type: "level", levels: levelsOf(minor, name) } };
  const isNewRules = minor >= 6 || (minor === 5 && name.includes("flash-lite"));
  return isNewRules ? { ...facts, acceptsSampling: false, acceptsPrefill: false } : facts;
}

function levelsOf(minor: number, name: string): readonly ThinkingLevelName[] {
  if (name.includes("pro") && minor !== 5) return minor === 0 ? ["LOW", "HIGH"] : LOW_TO_HIGH;
  return minor <= 6 ? MINIMAL_TO_HIGH : LOW_TO_HIGH;
}
