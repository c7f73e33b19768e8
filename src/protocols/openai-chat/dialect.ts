// How one upstream's Chat Completions differ from OpenAI's: decided by quirks first, then host and model.

import type { UpstreamTarget } from "../protocol.ts";
import { hostOf, isAzure, isHost } from "./hosts.ts";
import { bareModel, gptVersion, isPlainModel, isReasoningModel, toolsNeedNoEffort } from "./openai-models.ts";

/** Field or object that asks a server to think. */
export type ReasoningStyle = "effort" | "openrouter" | "thinking" | "enable-thinking" | "none";

/** The rules for one request to one upstream. */
export interface Dialect {
  /** OpenAI itself, or Azure's copy: strict about fields. */
  readonly isOpenAi: boolean;
  /** An OpenAI model that reasons, at OpenAI or behind a relay that nobody knows. */
  readonly isReasoningModel: boolean;
  readonly maxTokensField: "max_tokens" | "max_completion_tokens";
  readonly systemRole: "system" | "developer";
  /** Instructions may stand in the middle; otherwise they become marked user text. */
  readonly midSystem: boolean;
  readonly reasoning: ReasoningStyle;
  /** Function tools are refused beside any effort but `none`, also the model's default one. */
  readonly toolsNeedNoEffort: boolean;
  /** Assistant messages carry `reasoning_content` back. */
  readonly passback: boolean;
  /** The server refuses assistant messages with calls but without `reasoning_content` while it thinks. */
  readonly passbackRequired: boolean;
  /** `reasoning_details` are understood. */
  readonly reasoningDetails: boolean;
  readonly cache: "none" | "breakpoint" | "cache-control";
  /** Free-text tools exist; otherwise they become functions with one string. */
  readonly customTools: boolean;
  readonly toolImages: boolean;
  readonly extraSampling: boolean;
  readonly streamOptions: boolean;
  readonly userField: "safety_identifier" | "user" | "none";
  readonly toolIds: "openai" | "mistral" | "any";
  /** `response_format` knows JSON Schema; otherwise only JSON mode. */
  readonly jsonSchema: boolean;
  /** Schemas for the answer must have an object at the root, as OpenAI's models demand. */
  readonly objectSchemas: boolean;
  /** PDF by URL and similar conveniences. */
  readonly fileUrls: boolean;
  readonly videoUrls: boolean;
  /** A trailing assistant message needs `prefix: true`. */
  readonly prefixFlag: boolean;
  /** Google's `extra_content` is understood. */
  readonly googleExtras: boolean;
  readonly promptCacheKey: boolean;
  readonly serviceTier: boolean;
}

type HostFacts = Partial<Omit<Dialect, "isOpenAi" | "isReasoningModel">>;

/** Domains and what is known of them beyond the third-party defaults. */
const HOSTS: readonly (readonly [domain: string, facts: HostFacts])[] = [
  [
    "openrouter.ai",
    {
      reasoning: "openrouter",
      reasoningDetails: true,
      midSystem: true,
      extraSampling: true,
      fileUrls: true,
      videoUrls: true,
      promptCacheKey: true,
      serviceTier: true,
    },
  ],
  ["deepseek.com", { reasoning: "thinking", passback: true, midSystem: true, jsonSchema: false }],
  ["moonshot.cn", { reasoning: "thinking", passback: true, midSystem: true, promptCacheKey: true, videoUrls: true }],
  ["moonshot.ai", { reasoning: "thinking", passback: true, midSystem: true, promptCacheKey: true, videoUrls: true }],
  ["kimi.com", { reasoning: "thinking", passback: true, midSystem: true, promptCacheKey: true, videoUrls: true }],
  ["xiaomimimo.com", { reasoning: "thinking", passback: true }],
  ["aliyuncs.com", { reasoning: "enable-thinking", passback: true, videoUrls: true }],
  ["bigmodel.cn", { reasoning: "thinking", jsonSchema: false, videoUrls: true }],
  ["z.ai", { reasoning: "thinking", jsonSchema: false, videoUrls: true }],
  ["mistral.ai", { reasoning: "none", toolIds: "mistral", userField: "none", prefixFlag: true }],
  ["x.ai", { reasoning: "none", midSystem: true, promptCacheKey: true }],
  ["groq.com", { midSystem: true, serviceTier: true }],
  ["googleapis.com", { googleExtras: true }],
];

/** Decides the dialect of a target. */
export function dialectOf(target: UpstreamTarget): Dialect {
  const { quirks } = target;
  const host = hostOf(target.baseUrl);
  const isOpenAi = isHost(host, "openai.com") || (isAzure(host) && isOpenAiName(host, target.model));
  const known = HOSTS.find(([domain]) => isHost(host, domain))?.[1];
  const facts: HostFacts = known ?? {};
  // What OpenAI's models refuse they refuse behind a relay as well.
  const isReasoner = (isOpenAi || known === undefined) && isReasoningModel(target.model);
  const learnt = quirks.toolsNeedNoEffort === true;
  const passback = quirks.reasoningPassback ?? facts.passback ?? false;
  return {
    isOpenAi,
    isReasoningModel: isReasoner,
    maxTokensField: quirks.maxTokensField ?? (isOpenAi || isReasoner ? "max_completion_tokens" : "max_tokens"),
    systemRole: (quirks.developerRole ?? (isOpenAi && isReasoner)) ? "developer" : "system",
    midSystem: isOpenAi || (facts.midSystem ?? false),
    reasoning: reasoningStyle(isOpenAi, isReasoner, known, target.model),
    toolsNeedNoEffort: isOpenAi
      ? toolsNeedNoEffort(target.model) || (learnt && gptVersion(target.model) === undefined)
      : learnt && facts.reasoning === undefined && toolsNeedNoEffort(target.model),
    passback,
    passbackRequired: passback && (quirks.reasoningPassback === true || thinksByDefault(host, target.model)),
    reasoningDetails: facts.reasoningDetails ?? false,
    cache: cacheStyle(target, host, isOpenAi),
    customTools: isOpenAi,
    toolImages: quirks.toolImages ?? false,
    extraSampling: quirks.extraSampling ?? facts.extraSampling ?? false,
    streamOptions: quirks.streamOptions ?? true,
    userField: isOpenAi ? "safety_identifier" : (facts.userField ?? "user"),
    toolIds: isOpenAi ? "openai" : (facts.toolIds ?? "any"),
    jsonSchema: facts.jsonSchema ?? true,
    objectSchemas: isOpenAi || gptVersion(target.model) !== undefined || isReasoningModel(target.model),
    fileUrls: facts.fileUrls ?? false,
    videoUrls: facts.videoUrls ?? !isOpenAi,
    prefixFlag: facts.prefixFlag ?? false,
    googleExtras: facts.googleExtras ?? false,
    promptCacheKey: isOpenAi || (facts.promptCacheKey ?? false),
    serviceTier: isOpenAi || (facts.serviceTier ?? false),
  };
}

function reasoningStyle(
  isOpenAi: boolean,
  isReasoner: boolean,
  known: HostFacts | undefined,
  model: string,
): ReasoningStyle {
  if (isOpenAi) return isReasoner ? "effort" : "none";
  return known?.reasoning ?? (isPlainModel(model) ? "none" : "effort");
}

/** Azure serves other makers' models too; deployments on `openai.azure.com` have free names but are OpenAI's. */
function isOpenAiName(host: string, model: string): boolean {
  return isHost(host, "openai.azure.com") || gptVersion(model) !== undefined || /^o\d/.test(bareModel(model));
}

/** Hosts that answer 400 when a turn with calls lacks its reasoning, for models that think unless told not to. */
function thinksByDefault(host: string, model: string): boolean {
  const name = bareModel(model);
  if (isHost(host, "deepseek.com")) return name !== "deepseek-chat";
  if (isHost(host, "xiaomimimo.com")) return true;
  return isHost(host, "aliyuncs.com") ? false : /k2\.[5-9]|k[3-9]|thinking/.test(name);
}

function cacheStyle(target: UpstreamTarget, host: string, isOpenAi: boolean): Dialect["cache"] {
  const { explicitCache } = target.quirks;
  if (isHost(host, "openrouter.ai")) {
    const isOn = explicitCache ?? target.model.startsWith("anthropic/");
    return isOn ? "cache-control" : "none";
  }
  if (explicitCache !== true) return "none";
  // Models before 5.6 refuse breakpoints; names that are no GPT version are the operator's word.
  const version = gptVersion(target.model);
  if (isOpenAi && version !== undefined && version < 506) return "none";
  return "breakpoint";
}
