// Requests that fall into the traps of the protocol documents, told once and written in every client's protocol: what
// goes out to each foreign upstream is a valid body that says the same.

import { describe, expect, test } from "bun:test";
import type { ProtocolId } from "../../src/core/protocol-id.ts";
import { PROTOCOLS as CODECS } from "../../src/protocols/registry.ts";
import { PROTOCOLS } from "../e2e/support/client-calls.ts";
import { BODY_FAULTS, MODELS } from "./bodies/body-faults.ts";
import { type Scene, WRITERS } from "./trap-scenes.ts";

const IMAGE = "iVBORw0KGgoAAAANSUhEUg==";
const OTHER_IMAGE = "iVBORw0KGgoAAAANSUhEUQ==";
const PDF = "JVBERi0xLjcKJSVFT0Y=";
const SCHEMA = { type: "object", properties: { city: { type: "string" } } };
const TOOL = { name: "look", description: "Looks.", schema: SCHEMA };
const call = (id: string, name = "look") => ({ id, name, args: { city: id } });
const result = (id: string, text: string, name = "look") => ({ id, name, text });

interface Trap {
  readonly name: string;
  readonly scene: Scene;
  /** Clients that can say it; default all. */
  readonly clients?: readonly ProtocolId[];
  /** Texts that arrive exactly once. */
  readonly once?: readonly string[];
  /** Texts that arrive nowhere. */
  readonly never?: readonly string[];
}

const TRAPS: readonly Trap[] = [
  {
    name: "trap 14: instructions alone",
    scene: { system: "be brief", turns: [] },
    clients: ["openai-chat", "openai-responses"],
    once: ["be brief"],
  },
  {
    name: "traps 15 and 16: empty texts around calls and in turns of their own",
    scene: {
      tools: [TOOL],
      turns: [
        { user: ["go", ""] },
        { assistant: ["", { call: call("a") }, ""] },
        { results: [result("a", "")] },
        { assistant: [""] },
        { user: [""] },
        { user: ["on"] },
      ],
    },
    once: ["go", '"on"'],
  },
  {
    name: "traps 17, 18, 19, 23 and 27: results in pieces, behind words, instructions and pictures",
    scene: {
      tools: [TOOL],
      turns: [
        { user: ["go"] },
        { assistant: ["let me see", { call: call("a") }, { call: call("b") }, { call: call("c") }] },
        { results: [result("b", "result-b")] },
        { user: ["meanwhile", { image: IMAGE }] },
        { system: "a-new-rule" },
        { results: [{ ...result("a", "result-a"), image: OTHER_IMAGE }] },
        { results: [result("c", "result-c")] },
        { user: ["and now?"] },
      ],
    },
    once: ["let me see", "result-a", "result-b", "result-c", "meanwhile", "a-new-rule", "and now?", IMAGE, OTHER_IMAGE],
  },
  {
    name: "traps 20 and 21: ids that others refuse",
    scene: {
      tools: [TOOL],
      turns: [
        { user: ["go"] },
        { assistant: [{ call: call("functions.look:0") }, { call: call("x".repeat(90)) }] },
        { results: [result("functions.look:0", "first"), result("x".repeat(90), "second")] },
        { user: ["on"] },
      ],
    },
    once: ["first", "second"],
  },
  {
    name: "trap 22: results that are repeated",
    scene: {
      tools: [TOOL],
      turns: [
        { user: ["go"] },
        { assistant: [{ call: call("a") }, { call: call("b") }] },
        { results: [result("a", "the-result")] },
        { results: [result("a", "the-result"), result("b", "the-other")] },
        { user: ["on"] },
        { assistant: ["done"] },
        { user: ["more"] },
      ],
    },
    once: ["the-result", "the-other", "more"],
  },
  {
    name: "traps 24 and 25: pictures and PDFs",
    scene: { turns: [{ user: ["look", { image: IMAGE }, { pdf: PDF }] }] },
    once: [IMAGE, PDF],
  },
  {
    name: "traps 26, 31 and 32: thinking that another provider has signed",
    scene: {
      tools: [TOOL],
      turns: [
        { user: ["go"] },
        { assistant: [{ thinking: "secret-thought", signature: "c2VjcmV0LXNlYWw=" }, "well", { call: call("a") }] },
        { results: [result("a", "the-result")] },
        { assistant: [{ thinking: "secret-thought", signature: "c2VjcmV0LXNlYWw=" }] },
        { user: ["on"] },
      ],
    },
    once: ["well", "the-result"],
    never: ["secret-thought", "c2VjcmV0LXNlYWw"],
  },
  {
    name: "traps 33, 34, 35 and 37: tools with null descriptions, odd schemas and odd names",
    scene: {
      tools: [
        { name: "bare", description: null, schema: undefined },
        { name: "empty", description: "d", schema: {} },
        { name: "nothing", description: "d", schema: { type: "object", properties: null } },
        { name: "untyped", description: "d", schema: { properties: { a: { type: "string" } } } },
        { name: "union", description: "d", schema: { anyOf: [SCHEMA, { type: "object", properties: { b: {} } }] } },
        { name: `mcp__server__${"long".repeat(30)}`, description: "d", schema: SCHEMA },
        { name: "look.at/this", description: "d", schema: SCHEMA },
        TOOL,
        { ...TOOL, description: "again" },
      ],
      choice: { name: "look.at/this" },
      turns: [
        { user: ["go"] },
        { assistant: [{ call: call("a", "look.at/this") }] },
        { results: [result("a", "the-result", "look.at/this")] },
        { user: ["on"] },
      ],
    },
  },
  { name: "trap 39: a choice without tools", scene: { choice: { name: "look" }, turns: [{ user: ["go"] }] } },
  {
    name: "trap 45: functions named like built-in tools",
    scene: {
      tools: ["web_search", "googleSearch", "code_execution", "shell", "apply_patch"].map((name) => ({
        ...TOOL,
        name,
      })),
      turns: [{ user: ["go"] }],
    },
    once: ['"web_search"', '"googleSearch"', '"code_execution"', '"shell"', '"apply_patch"'],
    never: ["web_search_20", '"googleSearch":', '"type":"web_search"'],
  },
  {
    name: "gemini traps 23 and 24: results that are missing, and results of nothing",
    scene: {
      tools: [TOOL],
      turns: [
        { results: [result("gone", "orphan-result")] },
        { user: ["go"] },
        { assistant: [{ call: call("a") }, { call: call("b") }] },
        { results: [result("b", "result-b")] },
        { assistant: [{ call: call("c") }] },
        { user: ["never mind"] },
      ],
    },
    clients: ["anthropic", "openai-responses", "gemini", "openai-chat"],
    once: ["orphan-result", "result-b", "never mind"],
  },
  {
    name: "gemini traps 25 and 26: histories that begin and end with the model",
    scene: { turns: [{ assistant: ["first"] }, { user: ["go"] }, { assistant: ["and"] }] },
    once: ["first", '"and"'],
  },
  {
    name: "gemini trap 28: blanks alone",
    scene: { turns: [{ user: ["  \n"] }, { assistant: ["hi"] }, { user: ["on"] }] },
    once: ['"hi"', '"on"'],
  },
];

function encoded(client: ProtocolId, upstream: ProtocolId, model: string, scene: Scene): string {
  const route = { protocol: client, operation: "generate", framing: "sse", model, stream: false } as const;
  const wire = structuredClone(WRITERS[client](scene));
  const request = CODECS[client].decodeRequest(wire, route, () => undefined);
  const target = { upstreamId: "up", keyId: "key", model, baseUrl: "http://localhost/v1", quirks: {} };
  return JSON.stringify(CODECS[upstream].encodeRequest(request, target, () => "0".repeat(24)).value.body);
}

for (const { name, scene, clients = PROTOCOLS, once = [], never = [] } of TRAPS) {
  describe(name, () => {
    for (const client of clients) {
      for (const upstream of PROTOCOLS) {
        if (upstream === client) continue;
        test(`from ${client} to ${upstream}`, () => {
          for (const model of MODELS[upstream]) {
            const body = encoded(client, upstream, model, scene);
            expect(BODY_FAULTS[upstream](JSON.parse(body), model)).toEqual([]);
            const counts = once.map((part) => [part, body.split(part).length - 1]);
            expect(counts).toEqual(once.map((part) => [part, 1]));
            for (const part of never) expect(body).not.toContain(part);
          }
        });
      }
    }
  });
}
