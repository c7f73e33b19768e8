// OpenRouter's `reasoning_details`: pieces of text, summaries and encrypted payloads, grouped into blocks.
// The payload of a block that a chat server made is the JSON array of its details without their text.

import type { Opaque, ReasoningBlock } from "../../core/block.ts";
import { isOpaqueEnvelope, opaqueForClient, opaqueFromClient } from "../../core/opaque-envelope.ts";
import { asArray, asObject, asText, type WireReasoningDetail } from "./wire.ts";

/** A detail without text and summary. */
type DetailMeta = Record<string, unknown>;

/** Details that make one reasoning block. */
export interface DetailGroup {
  readonly isSummary: boolean;
  readonly metas: DetailMeta[];
}

/** The visible text of a detail. */
export function detailText(detail: WireReasoningDetail): string {
  return asText(detail.text) || asText(detail.summary);
}

/** The sealed part of a detail: signature or encrypted data. */
function sealOf(detail: WireReasoningDetail | DetailMeta): string {
  return asText(detail["signature"]) || asText(detail["data"]);
}

/** Whether a detail begins a new block after those of `group`. */
export function startsNewGroup(group: DetailGroup, detail: WireReasoningDetail): boolean {
  const last = group.metas.at(-1);
  if (!last) return false;
  if (isEncrypted(detail)) return isEncrypted(last) || sealOf(last) !== "";
  if (isEncrypted(last) || last["type"] !== detail.type) return true;
  if (detail.index !== undefined && detail.index !== null && detail.index !== last["index"]) return true;
  // A signature ends a thinking block; text after it belongs to the next.
  return sealOf(last) !== "" && detailText(detail) !== "";
}

export function newGroup(detail: WireReasoningDetail): DetailGroup {
  return { isSummary: detail.type === "reasoning.summary", metas: [] };
}

/** Adds a detail to its group; pieces of one detail become one. */
export function addDetail(group: DetailGroup, detail: WireReasoningDetail): void {
  const { text: _text, summary: _summary, ...meta } = detail;
  const last = group.metas.at(-1);
  if (!last || last["type"] !== detail.type) {
    group.metas.push(meta);
    return;
  }
  for (const [key, value] of Object.entries(meta)) if (value !== null && value !== undefined) last[key] = value;
}

/** The payload that makes the group repeatable; undefined when nothing in it is sealed. */
export function groupPayload(group: DetailGroup): string | undefined {
  return group.metas.some((meta) => sealOf(meta) !== "") ? JSON.stringify(group.metas) : undefined;
}

/** Whether the group is sealed as a whole, without any text detail. */
export function isSealedWhole(group: DetailGroup): boolean {
  return group.metas.every(isEncrypted);
}

function isEncrypted(detail: WireReasoningDetail | DetailMeta): boolean {
  return detail["type"] === "reasoning.encrypted";
}

/** Reads the `reasoning_details` of a message from a client. `fallbackText` fills a block that came without text. */
export function decodeDetails(value: unknown, fallbackText: string): ReasoningBlock[] {
  const groups: { group: DetailGroup; texts: string[] }[] = [];
  for (const item of asArray(value)) {
    const detail = asObject<WireReasoningDetail>(item);
    if (!detail || !asText(detail.type).startsWith("reasoning.")) continue;
    let current = groups.at(-1);
    if (!current || startsNewGroup(current.group, detail)) {
      current = { group: newGroup(detail), texts: [] };
      groups.push(current);
    }
    addDetail(current.group, detail);
    current.texts.push(detailText(detail));
  }
  const silent = groups.filter(({ group, texts }) => !isSealedWhole(group) && texts.join("") === "");
  const blocks: ReasoningBlock[] = [];
  for (const entry of groups) {
    const isFilled =
      silent.length === 1 &&
      silent[0] === entry &&
      groups.every((other) => other === entry || isSealedWhole(other.group));
    const block = groupBlock(entry.group, isFilled ? fallbackText : entry.texts.join(""));
    if (block) blocks.push(block);
  }
  return blocks;
}

function groupBlock(group: DetailGroup, visibleText: string): ReasoningBlock | undefined {
  const seal = group.metas.map(sealOf).find(isOpaqueEnvelope);
  const [envelope, carried] = seal?.split(TEXT_MARK) ?? [];
  const text = carried === undefined ? visibleText : Buffer.from(carried, "base64url").toString("utf8");
  const payload = envelope ?? groupPayload(group);
  const opaque = payload === undefined ? undefined : opaqueFromClient(payload, "openai-chat");
  const id = group.metas.map((meta) => asText(meta["id"])).find((value) => value !== "");
  if (!isSealedWhole(group)) return { type: "reasoning", text, isSummary: group.isSummary || undefined, opaque, id };
  if (!opaque) return undefined;
  // Responses' reasoning without a summary is sealed too, but its protocol calls it a summary of nothing.
  const isSummary = opaque.origin.protocol === "openai-responses";
  return { type: "reasoning", text: "", opaque, id, ...(isSummary ? { isSummary } : { redacted: true }) };
}

/** Between an envelope and the text that it carries. */
const TEXT_MARK = ".text.";

/**
 * The seal of thinking that went out in pieces. Anthropic's signatures are good for their own text only, and the
 * official SDK keeps nothing but the last piece of fields that it does not know: so the seal brings the text along.
 */
function sealWithText(opaque: Opaque, text: string): string {
  const seal = opaqueForClient(opaque, "openai-chat");
  if (opaque.origin.protocol !== "anthropic" || text === "") return seal;
  return seal + TEXT_MARK + Buffer.from(text, "utf8").toString("base64url");
}

/** What is sealed of a streamed block, for the end of its stream. */
export function streamedDetails(block: ReasoningBlock, index: number): DetailMeta[] {
  const { opaque, text } = block;
  const details = sealedDetails(block, index);
  if (!opaque || text === "") return details;
  return details.map((meta) =>
    meta["type"] === "reasoning.text" && isOpaqueEnvelope(asText(meta["signature"]))
      ? { ...meta, signature: sealWithText(opaque, text) }
      : meta,
  );
}

/**
 * What is sealed of a block, for a chat client, without its text; empty when there is nothing sealed. `index` is the
 * block's place among the reasoning blocks of the answer.
 */
export function sealedDetails(block: ReasoningBlock, index: number): DetailMeta[] {
  const { opaque } = block;
  if (!opaque) return [];
  if (opaque.origin.protocol === "openai-chat") {
    return (repeatDetails(opaque, "") ?? []).map((meta) => ({ ...meta, index }));
  }
  const seal = opaqueForClient(opaque, "openai-chat");
  if (!block.redacted && !block.isSummary) return [{ type: "reasoning.text", signature: seal, index }];
  const id = block.id === undefined ? {} : { id: block.id };
  return [{ type: "reasoning.encrypted", data: seal, ...id, index }];
}

/** A piece of visible text as a detail. */
export function textDetail(text: string, isSummary: boolean, index: number): DetailMeta {
  return isSummary ? { type: "reasoning.summary", summary: text, index } : { type: "reasoning.text", text, index };
}

/** Text and seal of a whole block for a chat client; empty when nothing is sealed: the text has fields of its own. */
export function wholeDetails(block: ReasoningBlock, index: number): DetailMeta[] {
  const sealed = sealedDetails(block, index);
  const [first] = sealed;
  if (!first || block.text === "") return sealed;
  const text = textDetail(block.text, block.isSummary ?? false, index);
  return first["type"] === text["type"] ? [{ ...first, ...text }, ...sealed.slice(1)] : [text, ...sealed];
}

/** The details as their maker wrote them, text put back; undefined when the payload is none of ours. */
export function repeatDetails(opaque: Opaque, text: string): DetailMeta[] | undefined {
  let metas: unknown;
  try {
    metas = JSON.parse(opaque.payload);
  } catch {
    return undefined; // a bare payload of another kind: nothing to repeat
  }
  if (!Array.isArray(metas)) return undefined;
  let rest = text;
  return metas.flatMap((item) => {
    const meta = asObject<DetailMeta>(item);
    if (!meta) return [];
    const field = TEXT_FIELD.get(asText(meta["type"]));
    if (field === undefined || rest === "") return [meta];
    const filled = { ...meta, [field]: rest };
    rest = "";
    return [filled];
  });
}

const TEXT_FIELD: ReadonlyMap<string, string> = new Map([
  ["reasoning.text", "text"],
  ["reasoning.summary", "summary"],
]);
