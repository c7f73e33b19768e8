import { describe, expect, test } from "bun:test";
import { audioTokens, documentTokens, pdfPages } from "./media-tokens.ts";
import { tokenProfile } from "./token-profile.ts";

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");

describe("documents", () => {
  test("are counted by their page objects", () => {
    const pdf = "%PDF-1.4 /Type /Catalog /Type /Pages /Kids [] /Type /Page /Type/Page\n/Type /PageLabel";
    expect(pdfPages(base64(pdf))).toBe(2);
  });
  test("are judged by their size where those are compressed", () => {
    expect(pdfPages(base64(Buffer.alloc(600_000)))).toBe(10);
    expect(pdfPages("")).toBe(1);
  });
  test("that are only a reference cost something", () => {
    const source = { type: "file-id", fileId: "file_1", origin: "anthropic" } as const;
    expect(documentTokens(tokenProfile("claude-opus-4-6"), source)).toBeGreaterThan(1_000);
  });
});

describe("audio", () => {
  const gemini = tokenProfile("gemini-2.5-pro");
  test("of a WAV file is as long as its header says", () => {
    const wav = Buffer.alloc(44 + 320_000);
    wav.write("RIFF", 0, "latin1");
    wav.write("WAVEfmt ", 8, "latin1");
    wav.writeUInt32LE(32_000, 28);
    const tokens = audioTokens(gemini, { type: "base64", mediaType: "audio/wav", data: wav.toString("base64") });
    expect(tokens).toBeGreaterThan(315);
    expect(tokens).toBeLessThan(325);
  });
  test("of any other kind is taken for compressed speech", () => {
    const source = { type: "base64", mediaType: "audio/mpeg", data: base64(Buffer.alloc(80_000)) } as const;
    expect(audioTokens(gemini, source)).toBeGreaterThan(300);
    expect(audioTokens(tokenProfile("voxtral-small"), source)).toBe(375);
  });
});
