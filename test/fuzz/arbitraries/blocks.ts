// Blocks that arrive whole, opaque payloads and citations, of every origin.

import fc from "fast-check";
import type { ImageBlock, IrBlock, IrCitation, Opaque } from "../../../src/core/block.ts";
import type { ProtocolId } from "../../../src/core/protocol-id.ts";
import { PROTOCOL_IDS } from "../support/contexts.ts";
import { plainId, someText } from "./text.ts";

export const protocolId: fc.Arbitrary<ProtocolId> = fc.constantFrom(...PROTOCOL_IDS);

const base64: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 3, maxLength: 60 })
  .map((bytes) => Buffer.from(bytes).toString("base64"));

/** A signature of an upstream. */
export const opaque: fc.Arbitrary<Opaque> = fc.record({
  payload: base64,
  origin: protocolId.map((protocol) => ({ protocol, upstreamId: `${protocol}-up`, keyId: "key", model: "m" })),
});

/** A quotation of a page. */
export const citation: fc.Arbitrary<IrCitation> = fc.record({
  type: fc.constant("url" as const),
  url: fc.webUrl(),
  title: someText,
  origin: fc.constant("gemini" as const),
  wire: fc.constant({}),
});

const image: fc.Arbitrary<ImageBlock> = base64.map((data) => ({
  type: "image",
  source: { type: "base64", mediaType: "image/png", data },
}));

/** An item of a kind that only its own protocol knows, in a shape that this protocol could have. */
function unknownBlock(origin: ProtocolId): fc.Arbitrary<IrBlock> {
  return fc.record({ id: plainId, text: someText }).map(({ id, text }) => {
    const wire = origin === "gemini" ? { brandNew: { id, text } } : { type: "brand_new", id, text };
    return { type: "unknown", origin, wire };
  });
}

/** A search that the provider ran, as a protocol-free block: its wire form is of another protocol. */
const searchCall: fc.Arbitrary<IrBlock> = fc.record({ id: plainId, query: someText }).map(({ id, query }) => ({
  type: "server-tool-call",
  id,
  tool: "web-search",
  name: "web_search",
  input: { query },
  origin: "openai-chat",
  wire: { type: "search", arguments: "{}" },
}));

const searchResult: fc.Arbitrary<IrBlock> = fc.record({ callId: plainId, url: fc.webUrl() }).map(({ callId, url }) => ({
  type: "server-tool-result",
  callId,
  tool: "web-search",
  isError: false,
  sources: [{ url, title: "t" }],
  text: "found",
  origin: "openai-chat",
  wire: { type: "search", output: "found" },
}));

const redacted: fc.Arbitrary<IrBlock> = opaque.map((payload) => ({
  type: "reasoning",
  text: "",
  redacted: true,
  opaque: payload,
}));

/** Blocks that a stream delivers in their start event. */
export const wholeBlock: fc.Arbitrary<IrBlock> = fc.oneof(
  image,
  redacted,
  searchCall,
  searchResult,
  ...PROTOCOL_IDS.map(unknownBlock),
);
