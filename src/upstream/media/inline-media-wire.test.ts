// The whole way: a client's request with URLs, files from a TLS server, the body for an upstream that cannot fetch.

import { expect, test } from "bun:test";
import { DEFAULT_REMOTE_MEDIA } from "../../config/defaults.ts";
import { systemClock } from "../../lib/clock.ts";
import { PROTOCOLS } from "../../protocols/registry.ts";
import { listenTls, onRequests, TEST_CA, testCertificate } from "../http1/test-support.ts";
import { createCachingFetcher } from "./caching-fetcher.ts";
import { createGuardedFetcher } from "./guarded-fetch.ts";
import { inlineRemoteMedia } from "./inline-media.ts";

const PNG = Buffer.from("\x89PNG\r\n\x1a\npixels", "latin1");
const PDF = Buffer.from("%PDF-1.7\npages", "latin1");

function answer(head: string): Buffer {
  const ok = (type: string, body: Buffer) =>
    Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`),
      body,
    ]);
  if (head.startsWith("GET /a.png ")) return ok("image/png", PNG);
  if (head.startsWith("GET /b.pdf ")) return ok("application/pdf", PDF);
  return Buffer.from("HTTP/1.1 302 Found\r\nlocation: https://127.0.0.1/\r\ncontent-length: 0\r\n\r\n");
}

test("gemini trap 59: an anthropic request with URLs reaches gemini with bytes, and with the URL of what is not to be had", async () => {
  const paths: string[] = [];
  await using server = await listenTls(testCertificate("localhost"), (socket) => {
    onRequests(socket, (head) => {
      paths.push(head.split(" ")[1] ?? "");
      socket.write(answer(head));
    });
  });
  const base = `https://localhost:${server.port}`;
  const image = (url: string) => ({ type: "image", source: { type: "url", url } });
  const body = {
    model: "claude-x",
    max_tokens: 10,
    messages: [
      { role: "user", content: [{ type: "text", text: "look" }, image(`${base}/a.png`)] },
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "shoot", input: {} }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t1", content: [image(`${base}/a.png`)] },
          { type: "document", source: { type: "url", url: `${base}/b.pdf` } },
          image(`${base}/moved.png`),
        ],
      },
    ],
  };
  const route = { protocol: "anthropic", operation: "generate", framing: "sse" } as const;
  const request = PROTOCOLS.anthropic.decodeRequest(body, route, () => undefined);

  const guarded = createGuardedFetcher({
    ca: TEST_CA,
    lookup: (_hostname, done) => done(null, ["127.0.0.1"]),
    testAllowance: { names: ["localhost"], addresses: ["127.0.0.1"], port: server.port },
  });
  const fetcher = createCachingFetcher(guarded, systemClock);
  const settings = { ...DEFAULT_REMOTE_MEDIA, inline: true };
  const { signal } = new AbortController();
  const inlined = await inlineRemoteMedia(request, settings, fetcher, signal);
  expect(inlined.losses.map(({ path }) => path)).toEqual(["messages[2].content[2]"]);
  expect(await inlineRemoteMedia(request, settings, fetcher, signal)).toEqual(inlined);
  expect(paths.toSorted()).toEqual(["/a.png", "/b.pdf", "/moved.png"]);

  const target = { upstreamId: "g", keyId: "", model: "gemini-2.5-pro", baseUrl: "https://g.example", quirks: {} };
  const encoded = PROTOCOLS.gemini.encodeRequest(inlined.request, target, () => "0".repeat(24));
  const wire = JSON.stringify(encoded.value.body);
  expect(wire.split(PNG.toString("base64"))).toHaveLength(3);
  expect(wire).toContain(JSON.stringify({ mimeType: "application/pdf", data: PDF.toString("base64") }));
  expect(wire).toContain(`"fileUri":"${base}/moved.png"`);
  expect(wire).not.toContain("a.png");
});
