// What an image costs, by the rules of the model families. Where the size is unknown: a usual screenshot.

import type { ImageSize } from "./image-size.ts";

/** Tokens of one image. `size` is undefined for URLs, stored files and unknown formats; `detail` is OpenAI's. */
export type ImageRule = (size: ImageSize | undefined, detail: string | undefined) => number;

const USUAL_SIZE: ImageSize = { width: 1280, height: 800 };

/**
 * Claude: patches of 28 pixels after shrinking to `longEdge`, at most `maxTokens`.
 * @source platform.claude.com vision docs; measured table JOHNISKING/image-token-cost on Hugging Face, seen 2026-11
 */
export function claudeImages(longEdge: number, maxTokens: number): ImageRule {
  return (size = USUAL_SIZE) => Math.min(maxTokens, patches(shrink(size, longEdge), 28));
}

/**
 * OpenAI up to GPT-5.2: base plus a price per tile of 512 pixels, after shrinking into 2048 x 2048 and the short side
 * to 768; `low` costs the base only.
 * @source platform.openai.com images-vision guide, seen 2026-11
 */
export function openaiTiles(base: number, perTile: number): ImageRule {
  return (size = USUAL_SIZE, detail) => {
    if (detail === "low") return base;
    const fitted = shrink(size, 2048);
    const short = Math.min(fitted.width, fitted.height);
    const scale = Math.min(1, 768 / short);
    return base + perTile * patches({ width: fitted.width * scale, height: fitted.height * scale }, 512);
  };
}

/** OpenAI's other models: patches of 32 pixels, at most `maxPatches`, each worth `factor` tokens. Same source. */
export function openaiPatches(factor: number, maxPatches: number): ImageRule {
  return (size = USUAL_SIZE) => Math.ceil(Math.min(maxPatches, patches(size, 32)) * factor);
}

/**
 * Gemini 1.5 to 2.5: 258 for an image of up to 384 pixels, else 258 per tile; the tile is two thirds of the short side,
 * within 256 to 768.
 * @source ai.google.dev image understanding, seen 2026-11
 */
export function geminiTiles(): ImageRule {
  return (size = USUAL_SIZE) => {
    if (size.width <= 384 && size.height <= 384) return 258;
    const unit = Math.min(768, Math.max(256, Math.floor(Math.min(size.width, size.height) / 1.5)));
    return 258 * patches(size, unit);
  };
}

/** The same price for every image: Gemini 3 spends 1120 at most, in practice a little less. */
export function flatImages(tokens: number): ImageRule {
  return () => tokens;
}

function shrink(size: ImageSize, longEdge: number): ImageSize {
  const scale = Math.min(1, longEdge / Math.max(size.width, size.height));
  return { width: size.width * scale, height: size.height * scale };
}

function patches(size: ImageSize, edge: number): number {
  return Math.max(1, Math.ceil(size.width / edge)) * Math.max(1, Math.ceil(size.height / edge));
}
