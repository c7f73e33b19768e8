// What the SDK tests ask of every official client, in one shape, so that one matrix serves all of them.

import * as z from "zod/v4";

/** A finished turn as the SDK's own final object tells it. */
export interface SdkTurn {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[];
  /** `tool` and `end` where the SDK's own word means that; its word otherwise. */
  readonly stop: string;
  readonly usage: SdkUsage;
}

/** Counts in common arithmetic: input with cached tokens, output with thinking. */
export interface SdkUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly thinking: number;
}

/** One conversation with one official client: a question, then the results of the calls that it led to. */
export interface SdkConversation {
  ask(): Promise<SdkTurn>;
  /** Sends the SDK's own final object back with the texts of the results, in the order of the calls. */
  answer(results: readonly string[]): Promise<SdkTurn>;
}

/** An official client. */
export interface SdkClient {
  readonly name: string;
  /** With thinking on, both tools declared, and the two images in the question. */
  converse(gatewayUrl: string, isStream: boolean): SdkConversation;
  /** Asks for a `CITY` object with the SDK's own helper and returns what that has parsed. */
  parse(gatewayUrl: string, isStream: boolean): Promise<unknown>;
}

/** Model that clients ask for; gateways map it. */
export const MODEL = "client-model";
export const SYSTEM = "Answer in one sentence.";
export const QUESTION = "What are the weather and the time where these pictures were taken?";

/** A PNG of one pixel. */
export const IMAGE_BASE64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
export const IMAGE_URL = "https://images.example.com/paris.png";

interface ToolDeclaration {
  readonly name: string;
  readonly description: string;
  readonly schema: {
    readonly type: "object";
    readonly properties: Record<string, { readonly type: "string" }>;
    readonly required: string[];
  };
}

export const TOOLS: readonly ToolDeclaration[] = [
  {
    name: "get_weather",
    description: "Weather of a city",
    schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
  {
    name: "get_time",
    description: "Time of a zone",
    schema: { type: "object", properties: { zone: { type: "string" } }, required: ["zone"] },
  },
];

/** Structured output. */
export const CITY = z.object({ name: z.string(), population: z.number() });
/** The same for clients that take a schema only. */
export const CITY_SCHEMA = {
  type: "object",
  properties: { name: { type: "string" }, population: { type: "number" } },
  required: ["name", "population"],
  additionalProperties: false,
};
