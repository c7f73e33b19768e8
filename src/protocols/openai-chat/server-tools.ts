// Tools that a chat server ran by itself (Groq's `executed_tools`). They never become calls for the client.

import type { ServerToolKind } from "../../core/block.ts";
import { parseToolText } from "../../core/json-depth.ts";
import type { ContentBlocks } from "./content-blocks.ts";
import { asArray, asNumber, asObject, asText } from "./wire.ts";

type WireExecuted = { readonly [Key in "index" | "type" | "arguments" | "output" | "search_results"]?: unknown };

const KINDS: ReadonlyMap<string, ServerToolKind> = new Map<string, ServerToolKind>([
  ["search", "web-search"],
  ["browser_search", "web-search"],
  ["visit", "web-fetch"],
  ["python", "code-execution"],
  ["code_interpreter", "code-execution"],
]);

/** Reports each tool run once: the call when it shows up, the result when it has output. */
export interface ServerTools {
  executed(items: readonly unknown[], beforeBlock: () => void): void;
}

/** Creates the tracker; servers repeat a run with its output later. */
export function createServerTools(blocks: ContentBlocks): ServerTools {
  const called = new Set<number>();
  const answered = new Set<number>();
  return {
    executed(items, beforeBlock) {
      for (const [position, item] of items.entries()) {
        const wire = asObject<WireExecuted>(item);
        if (!wire) continue;
        const index = asNumber(wire.index) ?? position;
        const id = `srvtool_${index}`;
        const name = asText(wire.type) || "tool";
        const tool = KINDS.get(name) ?? "other";
        if (!called.has(index)) {
          called.add(index);
          beforeBlock();
          const input = parseInput(wire.arguments);
          blocks.whole({ type: "server-tool-call", id, tool, name, input, origin: "openai-chat", wire: item });
        }
        const output = asText(wire.output);
        if (output === "" || answered.has(index)) continue;
        answered.add(index);
        beforeBlock();
        const sources = readSources(wire.search_results);
        blocks.whole({
          type: "server-tool-result",
          callId: id,
          tool,
          isError: false,
          sources: sources.length > 0 ? sources : undefined,
          text: output,
          origin: "openai-chat",
          wire: item,
        });
      }
    },
  };
}

function parseInput(value: unknown): unknown {
  if (typeof value !== "string") return value ?? {};
  // Code tools put plain text here.
  return parseToolText(value) ?? { input: value };
}

function readSources(value: unknown): { url: string; title: string | undefined }[] {
  const results = asArray(asObject<{ results?: unknown }>(value)?.results);
  return results.flatMap((item) => {
    const wire = asObject<{ url?: unknown; title?: unknown }>(item);
    const url = asText(wire?.url);
    return url === "" ? [] : [{ url, title: asText(wire?.title) || undefined }];
  });
}
