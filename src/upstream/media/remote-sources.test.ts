import { expect, test } from "bun:test";
import type { IrBlock, MediaSource } from "../../core/block.ts";
import type { IrMessage, IrRequest } from "../../core/request.ts";
import { hasRemoteSources, type RemoteSource, replaceRemoteSources } from "./remote-sources.ts";

function requestWith(...messages: readonly IrMessage[]): IrRequest {
  return { model: "m", stream: false, system: [], messages, tools: [], includeUsage: false };
}

function user(...content: readonly IrBlock[]): IrMessage {
  return { role: "user", content };
}

function image(url: string): IrBlock {
  return { type: "image", source: { type: "url", url }, detail: "high" };
}

function sourcesOf(request: IrRequest): RemoteSource[] {
  const found: RemoteSource[] = [];
  replaceRemoteSources(request, (source) => {
    found.push(source);
    return undefined;
  });
  return found;
}

const TEXT: IrBlock = { type: "text", text: "https://a.example/text.png" };
const INLINE: MediaSource = { type: "base64", mediaType: "image/png", data: "AAAA" };

test("images and documents are found in order, also in tool results", () => {
  const request = requestWith(
    user(TEXT, image("https://a.example/1.png")),
    { role: "assistant", content: [{ type: "image", source: { type: "url", url: "http://a.example/2.png" } }] },
    user(
      {
        type: "tool-result",
        callId: "c",
        isError: false,
        content: [
          { type: "text", text: "seen" },
          { type: "image", source: { type: "url", url: "HTTPS://a.example/3.png" } },
          { type: "document", source: { type: "url", url: "https://a.example/4.pdf" } },
        ],
      },
      image("https://a.example/1.png"),
    ),
  );
  expect(sourcesOf(request)).toEqual([
    { url: "https://a.example/1.png", kind: "image", path: "messages[0].content[1]" },
    { url: "http://a.example/2.png", kind: "image", path: "messages[1].content[0]" },
    { url: "HTTPS://a.example/3.png", kind: "image", path: "messages[2].content[0].content[1]" },
    { url: "https://a.example/4.pdf", kind: "document", path: "messages[2].content[0].content[2]" },
    { url: "https://a.example/1.png", kind: "image", path: "messages[2].content[1]" },
  ]);
  expect(hasRemoteSources(request)).toBe(true);
});

test("bytes, stored files, other schemes, audio and video are left alone", () => {
  const request = requestWith(
    user(
      TEXT,
      { type: "image", source: INLINE },
      { type: "image", source: { type: "file-id", fileId: "https://x", origin: "gemini" } },
      image("data:image/png;base64,AAAA"),
      image("gs://bucket/x.png"),
      image("httpsx"),
      image(""),
      { type: "document", source: { type: "text", text: "https://a.example" } },
      { type: "audio", source: { type: "url", url: "https://a.example/a.mp3" } },
      { type: "video", source: { type: "url", url: "https://www.youtube.com/watch?v=1" } },
    ),
  );
  expect(sourcesOf(request)).toEqual([]);
  expect(hasRemoteSources(request)).toBe(false);
});

test("a replacement changes the source only, shares the rest and leaves the old request as it was", () => {
  const request = requestWith(
    user(TEXT, image("https://a.example/1.png"), image("https://a.example/2.png")),
    user(TEXT),
  );
  const before = structuredClone(request);
  const after = replaceRemoteSources(request, ({ url }) => (url.endsWith("2.png") ? INLINE : undefined));
  expect(after.messages[0]?.content[2]).toEqual({ type: "image", source: INLINE, detail: "high" });
  expect(after.messages[0]?.content[1]).toBe(request.messages[0]!.content[1]!);
  expect(after.messages[1]).toBe(request.messages[1]!);
  expect(request).toEqual(before);
});

test("a tool result keeps its other fields when its image is replaced", () => {
  const request = requestWith(
    user({
      type: "tool-result",
      callId: "c",
      name: "look",
      isError: true,
      content: [{ type: "image", source: { type: "url", url: "https://a.example/1.png" } }],
    }),
  );
  expect(replaceRemoteSources(request, () => INLINE).messages[0]?.content[0]).toEqual({
    type: "tool-result",
    callId: "c",
    name: "look",
    isError: true,
    content: [{ type: "image", source: INLINE }],
  });
});

test("without a replacement the request itself comes back", () => {
  const request = requestWith(user(image("https://a.example/1.png")));
  expect(replaceRemoteSources(request, () => undefined)).toBe(request);
});
