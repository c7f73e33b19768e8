// The OpenAI Responses API, in both roles.

import type { Protocol } from "../protocol.ts";
import { readModelList } from "../read-model-list.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeCountRequest, encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";
import { decodeError, encodeError } from "./errors.ts";
import { FORWARD_HEADERS, upstreamHeaders, upstreamPath } from "./headers.ts";
import { decodeCount, encodeCount, encodeModel, encodeModelList } from "./models.ts";
import { KEEP_ALIVE, PASS_THROUGH, ROUTES } from "./routes.ts";
import { decodeUsage } from "./usage.ts";
import { PROTOCOL_ID } from "./wire.ts";

export const openaiResponsesProtocol: Protocol = {
  id: PROTOCOL_ID,
  routes: ROUTES,
  passThrough: PASS_THROUGH,
  closing: { frame: () => "", isOptional: false },
  usage: { field: "usage", read: (usage) => decodeUsage({ usage }) },
  seam: "marker",
  brokenEnding: "error",
  keepAlive: KEEP_ALIVE,
  forwardHeaders: FORWARD_HEADERS,
  upstreamPath,
  upstreamHeaders,
  decodeRequest,
  encodeRequest,
  encodeCountRequest,
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
