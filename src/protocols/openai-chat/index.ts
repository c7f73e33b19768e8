// The public door of Chat Completions.

import type { Protocol } from "../protocol.ts";
import { readModelList } from "../read-model-list.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder, KEEP_ALIVE } from "./encode-stream.ts";
import { decodeError, encodeError } from "./errors.ts";
import { forwardHeaders, upstreamHeaders, upstreamPath } from "./headers.ts";
import { decodeCount, encodeCount, encodeModel, encodeModelList } from "./models.ts";
import { routes } from "./routes.ts";
import { decodePassedUsage } from "./usage.ts";

/** OpenAI Chat Completions and the dialects of the servers that copy it. */
export const openaiChatProtocol: Protocol = {
  id: "openai-chat",
  routes,
  passThrough: {
    model: "model",
    stream: "stream",
    conversation: "messages",
    session: { field: "prompt_cache_key", read: (value) => (typeof value === "string" ? value : undefined) },
  },
  // SSE comments: legal anywhere, ignored by every client.
  closing: { frame: () => "data: [DONE]\n\n", isOptional: true },
  usage: { field: "usage", read: decodePassedUsage },
  seam: "blank-line",
  brokenEnding: "end",
  keepAlive: { frame: () => KEEP_ALIVE, needsStart: false },
  forwardHeaders,
  upstreamPath,
  upstreamHeaders,
  decodeRequest,
  encodeRequest,
  encodeCountRequest: () => null,
  decodeResponse,
  encodeResponse,
  createStreamDecoder,
  createStreamEncoder,
  decodeError,
  encodeError,
  decodeCount,
  encodeCount,
  decodeModelList: readModelList,
  encodeModelList,
  encodeModel,
};
