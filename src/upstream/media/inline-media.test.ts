import { describe, expect, test } from "bun:test";
import type { UpstreamConfig } from "../../config/config.ts";
import { DEFAULT_REMOTE_MEDIA } from "../../config/defaults.ts";
import type { IrBlock } from "../../core/block.ts";
import type { IrRequest } from "../../core/request.ts";
import { inlineRemoteMedia, needsInlining } from "./inline-media.ts";
import type { MediaError, MediaFetcher, MediaRequest, MediaResult } from "./media-fetcher.ts";

const ON = { ...DEFAULT_REMOTE_MEDIA, inline: true };
const SIGNAL = new AbortController().signal;
const GEMINI: Pick<UpstreamConfig, "protocol" | "baseUrl" | "quirks"> = {
  protocol: "gemini",
  baseUrl: "https://generativelanguage.googleapis.com/v1beta",
  quirks: {},
};

function image(name: string): IrBlock {
  return { type: "image", source: { type: "url", url: `https://a.example/${name}` } };
}

function inlined(name: string): IrBlock {
  return { type: "image", source: { type: "base64", mediaType: "image/png", data: `bytes of ${name}` } };
}

function requestWith(...content: readonly IrBlock[]): IrRequest {
  return { model: "m", stream: true, system: [], messages: [{ role: "user", content }], tools: [], includeUsage: true };
}

/** Knows every file but those named here; sizes are numbers in the names, else 10. */
function fetcherWithout(missing: Readonly<Record<string, MediaError>> = {}) {
  const asked: MediaRequest[] = [];
  const fetcher: MediaFetcher = {
    fetch: async (request): Promise<MediaResult> => {
      asked.push(request);
      const name = request.url.slice("https://a.example/".length);
      const error = missing[name];
      if (error !== undefined) return { ok: false, error };
      const bytes = Number(/\d+/.exec(name)?.[0] ?? 10);
      return { ok: true, mediaType: "image/png", base64: `bytes of ${name}`, bytes };
    },
  };
  return { fetcher, asked, names: () => asked.map(({ url }) => url.slice("https://a.example/".length)) };
}

test("URLs become bytes in their places, different ones fetched once, with the limits of the settings", async () => {
  const { fetcher, asked, names } = fetcherWithout();
  const text: IrBlock = { type: "text", text: "look" };
  const tool: IrBlock = { type: "tool-result", callId: "c", isError: false, content: [image("b") as never, text] };
  const request = requestWith(image("a"), text, tool, image("a"));
  const result = await inlineRemoteMedia(request, { ...ON, maxBytes: 99, timeoutMs: 7 }, fetcher, SIGNAL);
  expect(result.losses).toEqual([]);
  expect(result.request.messages[0]?.content).toEqual([
    inlined("a"),
    text,
    { type: "tool-result", callId: "c", isError: false, content: [inlined("b") as never, text] },
    inlined("a"),
  ]);
  expect(names()).toEqual(["a", "b"]);
  expect(asked[0]).toEqual({ url: "https://a.example/a", kind: "image", maxBytes: 99, timeoutMs: 7 });
});

test("what cannot be fetched stays as it was and is a loss for each of its places", async () => {
  const { fetcher } = fetcherWithout({ gone: "redirect" });
  const request = requestWith(image("gone"), image("a"), image("gone"));
  const { request: result, losses } = await inlineRemoteMedia(request, ON, fetcher, SIGNAL);
  expect(result.messages[0]?.content).toEqual([image("gone"), inlined("a"), image("gone")]);
  const loss = {
    kind: "approximated",
    feature: "remote-media",
    detail: "stays a url: redirects are not followed",
  } as const;
  expect(losses).toEqual([
    { ...loss, path: "messages[0].content[0]" },
    { ...loss, path: "messages[0].content[2]" },
  ]);
});

test("losses say the same of everything that depends on our network", async () => {
  const names = ["not-public", "name-unknown", "connect-failed", "tls-failed", "timed-out"] as const;
  const { fetcher } = fetcherWithout(Object.fromEntries(names.map((name) => [name, name])));
  const { losses } = await inlineRemoteMedia(requestWith(...names.map(image)), ON, fetcher, SIGNAL);
  expect(losses).toHaveLength(names.length);
  expect(new Set(losses.map(({ detail }) => detail)).size).toBe(1);
  expect(JSON.stringify(losses)).not.toContain("a.example");
});

test("only the first different URLs are fetched, repetitions do not count", async () => {
  const { fetcher, names } = fetcherWithout();
  const request = requestWith(image("a"), image("a"), image("b"), image("c"), image("b"));
  const { request: result, losses } = await inlineRemoteMedia(request, { ...ON, maxItems: 2 }, fetcher, SIGNAL);
  expect(names()).toEqual(["a", "b"]);
  expect(result.messages[0]?.content).toEqual([inlined("a"), inlined("a"), inlined("b"), image("c"), inlined("b")]);
  expect(losses.map(({ path, detail }) => [path, detail])).toEqual([
    ["messages[0].content[3]", "stays a url: the request names too many of them"],
  ]);
});

test("a request does not grow by more than 24 MiB, however often it names a file", async () => {
  const { fetcher } = fetcherWithout();
  const blocks = Array.from({ length: 4 }, () => image("10485760.png"));
  const { request, losses } = await inlineRemoteMedia(requestWith(...blocks, image("small")), ON, fetcher, SIGNAL);
  expect(request.messages[0]?.content.map((block) => block.type === "image" && block.source.type)).toEqual([
    "base64",
    "base64",
    "url",
    "url",
    "base64",
  ]);
  expect(losses.map(({ detail }) => detail)).toEqual(
    Array.from({ length: 2 }, () => "stays a url: the request would grow too large"),
  );
});

test("a single file within the operator's limit always fits", async () => {
  const { fetcher } = fetcherWithout();
  const settings = { ...ON, maxBytes: 60_000_000 };
  const { losses } = await inlineRemoteMedia(requestWith(image("60000000")), settings, fetcher, SIGNAL);
  expect(losses).toEqual([]);
});

test("nothing is fetched while switched off", async () => {
  const { fetcher, asked } = fetcherWithout();
  const request = requestWith(image("a"));
  const result = await inlineRemoteMedia(request, DEFAULT_REMOTE_MEDIA, fetcher, SIGNAL);
  expect(result).toEqual({ request, losses: [] });
  expect(asked).toEqual([]);
});

test("all files are asked for at the same time", async () => {
  let underWay = 0;
  let most = 0;
  const fetcher: MediaFetcher = {
    fetch: async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return { ok: false, error: "redirect" };
    },
  };
  const request = requestWith(...Array.from({ length: 30 }, (_, index) => image(`n${index}`)));
  await inlineRemoteMedia(request, ON, fetcher, SIGNAL);
  expect(most).toBe(20);
});

describe("inlining is needed", () => {
  const remote = requestWith(image("a"));
  const table = [
    { name: "for an upstream that does not fetch", request: remote, settings: ON, upstream: GEMINI, expected: true },
    {
      name: "not while switched off",
      request: remote,
      settings: DEFAULT_REMOTE_MEDIA,
      upstream: GEMINI,
      expected: false,
    },
    {
      name: "not for an upstream that fetches",
      request: remote,
      settings: ON,
      upstream: { ...GEMINI, quirks: { fetchesUrls: true } },
      expected: false,
    },
    { name: "not without URLs", request: requestWith(inlined("a")), settings: ON, upstream: GEMINI, expected: false },
  ];
  for (const { name, request, settings, upstream, expected } of table) {
    test(name, () => expect(needsInlining(request, settings, upstream)).toBe(expected));
  }
});
