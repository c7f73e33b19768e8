// The requests of the benchmark, rendered once: what an official SDK sends, byte for byte.

import { buildAgentRequest, buildSmallRequest } from "../data/agent-request.ts";

/** Headers of the official Anthropic SDK; a gateway has to look at all of them. */
const SDK_HEADERS: Readonly<Record<string, string>> = {
  accept: "application/json",
  "accept-encoding": "identity",
  "anthropic-beta": "interleaved-thinking-2025-05-14,fine-grained-tool-streaming-2025-05-14",
  "anthropic-version": "2023-06-01",
  "user-agent": "Anthropic/JS 1.12.0",
  "x-api-key": "sk-client-0123456789abcdef",
  "x-stainless-arch": "x64",
  "x-stainless-lang": "js",
  "x-stainless-os": "Linux",
  "x-stainless-package-version": "1.12.0",
  "x-stainless-retry-count": "0",
  "x-stainless-runtime": "node",
  "x-stainless-runtime-version": "v24.3.0",
  "x-stainless-timeout": "600",
};

const SMALL_BYTES = 2000;
const LARGE_BYTES = 200_000;

/** Requests by what they are for. Those `to` an upstream are what nginx and the direct path carry. */
export interface RequestSet {
  readonly smallMessages: Buffer;
  readonly largeMessages: Buffer;
  readonly smallChat: Buffer;
  readonly streamMessages: Buffer;
  readonly streamChat: Buffer;
}

export function renderRequests(): RequestSet {
  const messages = "/v1/messages";
  const chat = "/v1/chat/completions";
  const model = "claude-sonnet-4-5";
  const small = buildSmallRequest({ bytes: SMALL_BYTES, model, stream: false });
  const stream = buildSmallRequest({ bytes: SMALL_BYTES, model, stream: true });
  return {
    smallMessages: render(messages, small),
    largeMessages: render(messages, buildAgentRequest({ bytes: LARGE_BYTES, model, stream: false })),
    smallChat: render(chat, asChat(small)),
    streamMessages: render(messages, stream),
    streamChat: render(chat, { ...asChat(stream), stream_options: { include_usage: true } }),
  };
}

/** The same question in the Chat Completions format, as a gateway sends it on. */
function asChat(request: Record<string, unknown>): Record<string, unknown> {
  const { system, messages, ...rest } = request;
  return { ...rest, messages: [{ role: "system", content: system }, ...(messages as unknown[])] };
}

function render(path: string, body: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(body), "utf8");
  let head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n`;
  for (const [name, value] of Object.entries(SDK_HEADERS)) head += `${name}: ${value}\r\n`;
  return Buffer.concat([Buffer.from(`${head}content-length: ${json.length}\r\n\r\n`, "latin1"), json]);
}
