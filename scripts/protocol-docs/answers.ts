// One neutral answer per feature, for the tables of what clients get.

import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { IrResponse } from "../../src/core/response.ts";

export interface AnswerFeature {
  readonly name: string;
  /** The answer of an upstream of this protocol. */
  response(from: ProtocolId): IrResponse;
}

const END = { reason: "end-turn" } as const;
const USAGE = { inputTokens: 5, outputTokens: 7 };
const text = (value: string) => ({ type: "text" as const, text: value });

/** All features, in the order of the table. */
export const ANSWER_FEATURES: readonly AnswerFeature[] = [
  { name: "text", response: () => ({ content: [text("hi")], stop: END, usage: USAGE }) },
  {
    name: "thinking with its signature",
    response: (protocol) => ({
      content: [
        { type: "reasoning", text: "hm", opaque: { payload: "c2ln", origin: { protocol, upstreamId: "u" } } },
        text("hi"),
      ],
      stop: END,
      usage: USAGE,
    }),
  },
  {
    name: "hidden (redacted) thinking",
    response: (protocol) => ({
      content: [
        {
          type: "reasoning",
          text: "",
          redacted: true,
          opaque: { payload: "c2ln", origin: { protocol, upstreamId: "u" } },
        },
        text("hi"),
      ],
      stop: END,
      usage: USAGE,
    }),
  },
  {
    name: "parallel tool calls",
    response: () => ({
      content: ["1", "2"].map((id) => ({
        type: "tool-call" as const,
        id: `call_${id}`,
        name: "weather",
        arguments: '{"city":"a"}',
        kind: "function" as const,
      })),
      stop: { reason: "tool-use" },
      usage: USAGE,
    }),
  },
  {
    name: "refusal",
    response: () => ({ content: [{ type: "refusal", text: "no" }], stop: { reason: "refusal" }, usage: USAGE }),
  },
  {
    name: "cut by the token limit",
    response: () => ({ content: [text("hi")], stop: { reason: "max-tokens" }, usage: USAGE }),
  },
  {
    name: "stop sequence, and which",
    response: () => ({ content: [text("hi")], stop: { reason: "stop-sequence", stopSequence: "END" }, usage: USAGE }),
  },
  {
    name: "web citations",
    response: (origin) => ({
      content: [
        {
          type: "text",
          text: "hi there",
          citations: [
            {
              type: "url",
              url: "https://example.com",
              title: "t",
              citedText: "hi",
              startIndex: 0,
              endIndex: 2,
              origin,
              wire: {},
            },
          ],
        },
      ],
      stop: END,
      usage: USAGE,
    }),
  },
  {
    name: "web search by the provider",
    response: (origin) => ({
      content: [
        {
          type: "server-tool-call",
          id: "srvtoolu_1",
          tool: "web-search",
          name: "web_search",
          input: { query: "q" },
          origin,
          wire: { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "q" } },
        },
        {
          type: "server-tool-result",
          callId: "srvtoolu_1",
          tool: "web-search",
          isError: false,
          sources: [{ url: "https://example.com", title: "t" }],
          origin,
          wire: { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
        },
        text("hi"),
      ],
      stop: END,
      usage: USAGE,
    }),
  },
  {
    name: "picture",
    response: () => ({
      content: [{ type: "image", source: { type: "base64", mediaType: "image/png", data: "iVBORw0KGgo=" } }],
      stop: END,
      usage: USAGE,
    }),
  },
  {
    name: "usage with cache and thinking tokens",
    response: () => ({
      content: [text("hi")],
      stop: END,
      usage: { inputTokens: 5, cacheReadTokens: 100, cacheWriteTokens: 10, outputTokens: 30, reasoningTokens: 20 },
    }),
  },
  {
    name: "log probabilities",
    response: () => ({
      content: [text("hi")],
      stop: END,
      usage: USAGE,
      logprobs: [{ token: "hi", logprob: -0.1, bytes: null, top_logprobs: [] }],
    }),
  },
];
