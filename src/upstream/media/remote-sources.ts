// Finds the http(s) URLs of images and documents in a request, tool results included, and replaces them. Pure.

import type { DocumentBlock, ImageBlock, IrBlock, MediaSource } from "../../core/block.ts";
import type { IrRequest } from "../../core/request.ts";
import type { MediaKind } from "./media-type.ts";

/** One place where a request names a URL. */
export interface RemoteSource {
  readonly url: string;
  readonly kind: MediaKind;
  /** `messages[3].content[0]`. */
  readonly path: string;
}

/** Says what to put in a source's place; undefined leaves it as it is. */
export type ReplaceSource = (source: RemoteSource) => MediaSource | undefined;

/** Data URLs, `gs:` and the like need no fetching. */
const HTTP_URL = /^https?:/i;

/** Whether the request names any URL at all. */
export function hasRemoteSources(request: IrRequest): boolean {
  return request.messages.some((message) => message.content.some(isRemote));
}

/**
 * Calls `replace` for every URL of an image or document, in order. Returns a request with the replacements; what stays
 * the same is shared with the old request, which is returned itself when nothing changed. Never mutates.
 */
export function replaceRemoteSources(request: IrRequest, replace: ReplaceSource): IrRequest {
  const messages = mapShared(request.messages, (message, index) => {
    const content = replaceInBlocks(message.content, `messages[${index}].content`, replace);
    return content === message.content ? message : { ...message, content };
  });
  return messages === request.messages ? request : { ...request, messages };
}

function replaceInBlocks<Block extends IrBlock>(
  blocks: readonly Block[],
  path: string,
  replace: ReplaceSource,
): readonly Block[] {
  return mapShared(blocks, (block, index) => replaceInBlock(block, `${path}[${index}]`, replace));
}

function replaceInBlock<Block extends IrBlock>(block: Block, path: string, replace: ReplaceSource): Block {
  if (block.type === "tool-result") {
    const content = replaceInBlocks(block.content, `${path}.content`, replace);
    return content === block.content ? block : { ...block, content };
  }
  if (!isRemoteMedia(block)) return block;
  const source = replace({ url: block.source.url, kind: block.type, path });
  return source === undefined ? block : { ...block, source };
}

function isRemote(block: IrBlock): boolean {
  return block.type === "tool-result" ? block.content.some(isRemote) : isRemoteMedia(block);
}

function isRemoteMedia(
  block: IrBlock,
): block is (ImageBlock | DocumentBlock) & { readonly source: Extract<MediaSource, { type: "url" }> } {
  if (block.type !== "image" && block.type !== "document") return false;
  return block.source.type === "url" && HTTP_URL.test(block.source.url);
}

/** Array.map that returns the same array when every entry stayed the same. */
function mapShared<Entry>(entries: readonly Entry[], change: (entry: Entry, index: number) => Entry): readonly Entry[] {
  let changed: Entry[] | null = null;
  for (const [index, entry] of entries.entries()) {
    const after = change(entry, index);
    if (after === entry) continue;
    changed ??= [...entries];
    changed[index] = after;
  }
  return changed ?? entries;
}
