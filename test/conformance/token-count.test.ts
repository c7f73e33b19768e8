// How close our own token counts come to what providers report: every recording with a request and its usage.
// The profiles were fitted to these same recordings, so this guards against regressions; it is no independent proof.

import { describe, expect, test } from "bun:test";
import { createResponseCollector } from "../../src/core/collect-response.ts";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import type { IrRequest } from "../../src/core/request.ts";
import { totalInputTokens } from "../../src/core/usage.ts";
import { createSseSplitter } from "../../src/lib/sse.ts";
import type { DecodeContext, Protocol, RouteMatch } from "../../src/protocols/protocol.ts";
import { PROTOCOLS } from "../../src/protocols/registry.ts";
import type { Recording } from "../../src/simulator/replay.ts";
import { createTokenCounter } from "../../src/tokens/count-request-tokens.ts";
import { estimateRequestTokens } from "../../src/tokens/estimate-request-tokens.ts";
import { tokenProfile } from "../../src/tokens/token-profile.ts";
import { hasRecordings, listRecordings } from "../support/recordings.ts";

/** The requirement; one token is more than that in a prompt of nine. */
const MAX_ERROR = 0.1;
const FREE_TOKENS = 1;

const SERVER_TOOL = "a tool that the provider runs: its hidden prompt and its results are part of the usage";
const UNKNOWN_IMAGE = "an image by URL: its size is not in the request";
const STORED_FILE = "a file that the provider stores: nothing of it is in the request";
const PDF = "a PDF: its pages are counted, not their text";
const REDACTED = "the recorder replaced part of the prompt, or it holds an encrypted block";

/** Recordings that no count of the request can match, by what is missing from the request. */
const EXCLUDED: Readonly<Record<string, string>> = {
  "anthropic/anthropic-chat-citations-with-anthropic-claude-haiku-4-5-cites-pdf-documents-wit": PDF,
  "anthropic/anthropic-chat-web-search-with-anthropic-claude-haiku-4-5-streams-search-turns-a": SERVER_TOOL,
  "anthropic/anthropic-claude-opus-4-6-computer-use-1":
    "a tool that the provider defines: its schema and prompt are hidden",
  "anthropic/anthropic-claude-opus-4-6-computer-use-streaming-1": "as above",
  "anthropic/anthropic-claude-sonnet-4-computer-use-streaming-1": "as above",
  "anthropic/anthropic-completion-beta-tools-stream": SERVER_TOOL,
  "anthropic/anthropic-completion-tools-server-tool-use": SERVER_TOOL,
  "anthropic/anthropic-native-format-test-test-agent-mcp-server": SERVER_TOOL,
  "anthropic/anthropic-redacted-thinking-streaming": REDACTED,
  "anthropic/anthropic-streaming-document-file-id-roundtrip-live-1": STORED_FILE,
  "anthropic/anthropic-test-anthropic-code-execution-tool-stream": SERVER_TOOL,
  "anthropic/anthropic-test-anthropic-mcp-servers-1": SERVER_TOOL,
  "anthropic/anthropic-test-anthropic-mcp-servers-stream": SERVER_TOOL,
  "anthropic/anthropic-test-anthropic-model-thinking-part-redacted-1": REDACTED,
  "anthropic/anthropic-test-anthropic-model-thinking-part-redacted-stream": REDACTED,
  "anthropic/anthropic-test-anthropic-supported-model-uses-20260209-web-tools": SERVER_TOOL,
  "anthropic/anthropic-test-anthropic-test-url-prompt-2": UNKNOWN_IMAGE,
  "anthropic/anthropic-test-multimodal-tool-return-matrix-direct-url-image-anthropic-1": UNKNOWN_IMAGE,
  "anthropic/anthropic-web-search-with-dynamic-filtering-succeeds": SERVER_TOOL,
  "gemini/google-chat-code-execution-with-gemini-gemini-3-5-flash-runs-code-server-side-an-1": SERVER_TOOL,
  "gemini/google-chat-web-search-with-gemini-gemini-3-5-flash-grounds-the-answer-and-expos": SERVER_TOOL,
  "gemini/google-client-tests-server-side-mcp-server-ml-dev-should-call-server-side-mcp-se": SERVER_TOOL,
  "gemini/google-client-tests-server-side-mcp-server-ml-dev-should-call-server-side-mcp-se-b": SERVER_TOOL,
  "gemini/google-genai-instrumentation-google-genai-v2-latest-12": SERVER_TOOL,
  "gemini/google-test-google-model-web-search-tool-stream": SERVER_TOOL,
  "gemini/google-test-native-output-with-builtin-tools-stream": SERVER_TOOL,
  "gemini/google-two-terminal-stream-unicode-answer-after-the-first-finish": SERVER_TOOL,
  "gemini/vertexai-test-generate-content-with-files": UNKNOWN_IMAGE,
  "gemini/vertexai-test-multimodal-tool-return-matrix-direct-uploaded-file-audio-google-ve-2": STORED_FILE,
  "gemini/vertexai-test-multimodal-tool-return-matrix-tool-return-content-uploaded-file-do-2": STORED_FILE,
  "openai_chat/groq-test-groq-model-web-search-tool-stream": SERVER_TOOL,
  "openai_chat/openai-strands-agent-sdk-v1-latest-2": PDF,
  "openai_chat/openai-testopenai-chat-multimodal": UNKNOWN_IMAGE,
  "openai_chat/openrouter-chat-web-search-with-openrouter-openai-gpt-5-2-searches-transparently": SERVER_TOOL,
  "openai_chat/openrouter-test-openrouter-file-annotation": PDF,
  "openai_responses/bedrock-mantle-test-reused-tool-call-ids-stream-2": REDACTED,
  "openai_responses/deepseek-chat-web-search-with-deepseek-deepseek-v4-flash-searches-server-side-an": SERVER_TOOL,
  "openai_responses/openai-codex-v0-latest-auto-hook": SERVER_TOOL,
  "openai_responses/openai-codex-v0-latest-auto-hook-1": SERVER_TOOL,
  "openai_responses/openai-flue-instrumentation-flue-v0-8-latest-14": REDACTED,
  "openai_responses/openai-test-model-sees-multiple-images-openai-responses-1": UNKNOWN_IMAGE,
  "openai_responses/openai-test-openai-responses-code-execution-return-image": SERVER_TOOL,
  "openai_responses/openai-test-openai-responses-code-execution-return-image-stream": SERVER_TOOL,
  "openai_responses/openai-test-openai-responses-compact-messages-2":
    "compaction: the provider adds its own instructions",
  "openai_responses/openai-test-openai-responses-model-mcp-list-tools-stream-backfills-missing-resul": SERVER_TOOL,
  "openai_responses/openai-test-openai-responses-model-mcp-server-tool-with-connector": SERVER_TOOL,
  "openai_responses/openai-test-openai-responses-thinking-with-code-execution-tool": SERVER_TOOL,
  "openai_responses/openai-testopenaiwebsearch-generate": SERVER_TOOL,
  "openai_responses/openai-testopenaiwebsearch-stream": SERVER_TOOL,
  "openai_responses/xai-chat-vision-models-xai-grok-4-1-fast-non-reasoning-can-understand-remote-ima-1": UNKNOWN_IMAGE,
};

/** Plain requests that are missed all the same: the provider counts them unlike its other recordings. */
const MISSED: Readonly<Record<string, string>> = {
  "gemini/google-gemini-3-pro-preview-multi-tool":
    "299 reported, 157 for the streamed request with the same tools and one sentence less",
  "gemini/vertexai-client-tests-generatecontentstream-partial-function-calling-vertex-ai-s":
    "this preview reported the text without the tools",
  "openai_chat/vercel-gateway-gemini-3-pro-preview-thinking-streaming-1":
    "this gateway reported the text without the tools and signatures",
  "openai_chat/openai-gpt-5-multi-tool-streaming": "190 reported, 109 for the same request as a Responses call",
  "openai_chat/xai-grok-4-fast-multi-tool-streaming":
    "hidden prompt with tools, larger than in the other two Grok models",
  "openai_chat/xai-grok-4-fast-multi-tool-streaming-1": "as above, and 100 tokens for each call with its result",
};

interface Measured {
  readonly id: string;
  readonly family: string;
  readonly reported: number;
  readonly counted: number;
  readonly estimated: number;
}

const counter = createTokenCounter();

async function measure(protocol: Protocol, recording: Recording): Promise<Measured | undefined> {
  const reported = reportedTokens(protocol, recording);
  const request = reported ? requestOf(protocol, recording) : undefined;
  if (!reported || !request) return undefined;
  return {
    id: recording.id,
    family: tokenProfile(request.model).family,
    reported,
    counted: await counter.count(request, request.model),
    estimated: estimateRequestTokens(request, request.model),
  };
}

/** The decoded request; undefined for those that the gateway refuses (background mode, Azure's model in the path). */
function requestOf(protocol: Protocol, recording: Recording): IrRequest | undefined {
  const model = /models\/([^:?]+):/.exec(recording.request.path)?.[1];
  const route: RouteMatch = {
    protocol: protocol.id,
    operation: "generate",
    framing: "sse",
    model: model ?? recording.model,
  };
  try {
    return protocol.decodeRequest(recording.request.body, route, () => undefined);
  } catch {
    return undefined;
  }
}

function reportedTokens(protocol: Protocol, { request, response, framing }: Recording): number | undefined {
  if (request.body === null || response.status !== 200) return undefined;
  if (/count_tokens|input_tokens|countTokens/.test(request.path))
    return protocol.decodeCount(response.body) ?? undefined;
  const context: DecodeContext = {
    origin: { protocol: protocol.id },
    quirks: {},
    mintId: () => "x".repeat(24),
    loss: () => undefined,
  };
  const collector = createResponseCollector();
  if (response.stream) {
    const decoder = protocol.createStreamDecoder((event) => collector.event(event), context);
    if (framing === "json_array") for (const item of JSON.parse(response.text)) decoder.event("", JSON.stringify(item));
    else {
      const splitter = createSseSplitter((name, data) => decoder.event(name, data), 1e8);
      splitter.push(Buffer.from(response.text));
      splitter.end();
    }
    decoder.end();
  }
  const result = response.stream ? collector.result() : protocol.decodeResponse(response.body, context);
  return result && "usage" in result && result.usage ? totalInputTokens(result.usage) : undefined;
}

const errorOf = ({ counted, reported }: Measured) => (counted - reported) / reported;
const isClose = (row: Measured) =>
  Math.abs(row.counted - row.reported) <= Math.max(FREE_TOKENS, row.reported * MAX_ERROR);

describe.skipIf(!hasRecordings)("token counts against reported usage", async () => {
  const rows: Measured[] = [];
  for (const id of Object.keys(PROTOCOLS) as ProtocolId[]) {
    for (const recording of listRecordings(id)) {
      const row = await measure(PROTOCOLS[id], recording);
      if (row) rows.push(row);
    }
  }
  const plain = rows.filter(({ id }) => !(id in EXCLUDED) && !(id in MISSED));

  for (const row of plain) {
    test(`${row.id}: ${row.counted} for ${row.reported} (${(errorOf(row) * 100).toFixed(1)} %)`, () => {
      expect(isClose(row)).toBe(true);
    });
  }

  test("every exclusion and every miss is a recording, and every miss is one", () => {
    const ids = new Set(rows.map(({ id }) => id));
    expect([...Object.keys(EXCLUDED), ...Object.keys(MISSED)].filter((id) => !ids.has(id))).toEqual([]);
    expect(rows.filter((row) => row.id in MISSED && isClose(row)).map(({ id }) => id)).toEqual([]);
  });

  test("the errors of all plain recordings", () => {
    const all = rows.filter(({ id }) => !(id in EXCLUDED));
    const errors = all.map((row) => Math.abs(errorOf(row))).sort((a, b) => a - b);
    const within = (limit: number) => errors.filter((error) => error <= limit).length;
    const percentile = (share: number) => ((errors[Math.floor((errors.length - 1) * share)] ?? 0) * 100).toFixed(1);
    const estimates = all.map((row) => Math.abs(row.estimated - row.reported) / row.reported).sort((a, b) => a - b);
    console.log(
      `token counts: ${all.length} plain recordings (${Object.keys(EXCLUDED).length} excluded), within 2 % ${within(0.02)}, ` +
        `5 % ${within(0.05)}, 10 % ${within(0.1)}; median ${percentile(0.5)} %, p90 ${percentile(0.9)} %, ` +
        `largest ${percentile(1)} %; quick estimate: median ${((estimates[Math.floor(estimates.length / 2)] ?? 0) * 100).toFixed(0)} %`,
    );
    expect(all.length).toBeGreaterThanOrEqual(80);
    expect(within(MAX_ERROR) / all.length).toBeGreaterThan(0.9);
  });
});
