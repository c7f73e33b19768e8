// What documents, audio and video cost, as well as their bytes tell without decoding them.

import type { MediaSource } from "../core/block.ts";
import { imageSize } from "./image-size.ts";
import type { TokenProfile } from "./token-profile.ts";

/** Bytes of an ordinary PDF page, for files whose page objects are compressed. */
const PDF_PAGE_BYTES = 60_000;
/** Characters of a PDF looked through for its page objects. */
const PDF_SEARCH_CHARACTERS = 8 * 1024 * 1024;
/** Pages of a document that is only a reference. */
const UNKNOWN_PAGES = 3;
/** Bytes per second of speech at the bit rates that clients send. */
const AUDIO_BYTES_PER_SECOND = 8_000;
const UNKNOWN_SECONDS = 60;
const VIDEO_SECOND_TOKENS = 100;

/** Tokens of an image. */
export function imageTokens(profile: TokenProfile, source: MediaSource, detail: string | undefined): number {
  return profile.image(source.type === "base64" ? imageSize(source.data) : undefined, detail);
}

/** Tokens of a document that is not plain text: pages times the family's price of one. */
export function documentTokens(profile: TokenProfile, source: MediaSource): number {
  return profile.pdfPage * (source.type === "base64" ? pdfPages(source.data) : UNKNOWN_PAGES);
}

/** Tokens of an audio clip. */
export function audioTokens(profile: TokenProfile, source: MediaSource): number {
  return Math.ceil(profile.audio(source.type === "base64" ? audioSeconds(source.data) : UNKNOWN_SECONDS));
}

/** Tokens of a video; size says little about its length, so this is a guess at a short clip. */
export function videoTokens(): number {
  return VIDEO_SECOND_TOKENS * UNKNOWN_SECONDS;
}

/** Pages of a PDF: its page objects where they can be read, the largest page count of its page tree, else by size. */
export function pdfPages(base64: string): number {
  const text = Buffer.from(base64.slice(0, PDF_SEARCH_CHARACTERS), "base64").toString("latin1");
  const pages = text.match(/\/Type\s*\/Page(?![a-zA-Z])/g)?.length ?? 0;
  return pages > 0 ? pages : Math.max(1, Math.round((base64.length * 3) / 4 / PDF_PAGE_BYTES));
}

/** Length of a clip: a WAV header tells its byte rate, anything else is taken for compressed speech. */
function audioSeconds(base64: string): number {
  const head = Buffer.from(base64.slice(0, 64), "base64");
  const isWav =
    head.length >= 32 && head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "WAVE";
  const byteRate = isWav ? head.readUInt32LE(28) : 0;
  return (base64.length * 3) / 4 / (byteRate > 0 ? byteRate : AUDIO_BYTES_PER_SECOND);
}
