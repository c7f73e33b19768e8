import { describe, expect, test } from "bun:test";
import { isDeclaredAs, type MediaKind, provenType } from "./media-type.ts";

function bytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

describe("the first bytes prove the type", () => {
  const table: readonly { name: string; kind: MediaKind; start: string; expected: string | undefined }[] = [
    { name: "PNG", kind: "image", start: "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", expected: "image/png" },
    { name: "JPEG", kind: "image", start: "\xff\xd8\xff\xe0\0\x10JFIF", expected: "image/jpeg" },
    { name: "GIF", kind: "image", start: "GIF89a\x01\0\x01\0", expected: "image/gif" },
    { name: "WebP", kind: "image", start: "RIFF\x10\0\0\0WEBPVP8 ", expected: "image/webp" },
    { name: "HEIC", kind: "image", start: "\0\0\0\x18ftypheic\0\0\0\0", expected: "image/heic" },
    { name: "HEIF", kind: "image", start: "\0\0\0\x18ftypmif1\0\0\0\0", expected: "image/heif" },
    { name: "AVIF", kind: "image", start: "\0\0\0\x18ftypavif\0\0\0\0", expected: "image/avif" },
    { name: "PDF", kind: "document", start: "%PDF-1.7\n", expected: "application/pdf" },
    { name: "PDF as image", kind: "image", start: "%PDF-1.7\n", expected: undefined },
    { name: "PNG as document", kind: "document", start: "\x89PNG\r\n\x1a\n", expected: undefined },
    { name: "HTML", kind: "image", start: "<!doctype html><html>", expected: undefined },
    { name: "JSON", kind: "image", start: '{"AccessKeyId":"AKIA"}', expected: undefined },
    { name: "SVG", kind: "image", start: "<svg xmlns='http://www.w3.org/2000/svg'>", expected: undefined },
    { name: "WAV", kind: "image", start: "RIFF\x10\0\0\0WAVEfmt ", expected: undefined },
    { name: "WEBP without RIFF", kind: "image", start: "user=rooWEBP", expected: undefined },
    { name: "MP4", kind: "image", start: "\0\0\0\x18ftypisom\0\0\0\0", expected: undefined },
    { name: "a PDF further down", kind: "document", start: "<html>\n%PDF-1.7", expected: undefined },
    { name: "a cut signature", kind: "image", start: "\x89PNG\r\n\x1a", expected: undefined },
    { name: "nothing", kind: "image", start: "", expected: undefined },
  ];
  for (const { name, kind, start, expected } of table) {
    test(name, () => expect(provenType(kind, bytes(start))).toBe(expected));
  }
});

describe("the server's word", () => {
  const table: readonly (readonly [MediaKind, string | undefined, boolean])[] = [
    ["image", "image/png", true],
    ["image", "IMAGE/JPEG; charset=binary", true],
    ["image", " image/svg+xml ", true],
    ["image", "image/", false],
    ["image", "text/html", false],
    ["image", "text/html, image/png", false],
    ["image", "image/png, text/html", false],
    ["image", "application/octet-stream", false],
    ["image", "application/pdf", false],
    ["image", undefined, false],
    ["document", "application/pdf", true],
    ["document", "application/PDF;version=1.7", true],
    ["document", "image/png", false],
    ["document", "text/plain", false],
    ["document", undefined, false],
  ];
  for (const [kind, type, expected] of table) {
    test(`${type} ${expected ? "is" : "is not"} taken for ${kind}`, () =>
      expect(isDeclaredAs(kind, type)).toBe(expected));
  }
});
