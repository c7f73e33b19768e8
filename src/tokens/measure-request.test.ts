import { describe, expect, test } from "bun:test";
import type { IrBlock } from "../core/block.ts";
import type { IrMessage, IrRequest } from "../core/request.ts";
import { measureRequest } from "./measure-request.ts";
import { tokenProfile } from "./token-profile.ts";

const request = (messages: readonly IrMessage[], extra: Partial<IrRequest> = {}): IrRequest => ({
  model: "m",
  stream: false,
  system: [],
  messages,
  tools: [],
  includeUsage: true,
  ...extra,
});
const user = (...content: IrBlock[]): IrMessage => ({ role: "user", content });
const assistant = (...content: IrBlock[]): IrMessage => ({ role: "assistant", content });
const text = (value: string): IrBlock => ({ type: "text", text: value });
const textsOf = (measured: IrRequest, model: string) =>
  measureRequest(measured, tokenProfile(model)).texts.map((part) => part.text);

describe("measureRequest", () => {
  test("finds all text: system, turns, calls, results, documents, tools, answer schema", () => {
    const measured = request(
      [
        user(text("question"), { type: "document", source: { type: "text", text: "paper" } }),
        assistant({ type: "tool-call", id: "1", name: "look", arguments: '{"a":1}', kind: "function" }),
        user({ type: "tool-result", callId: "1", content: [{ type: "text", text: "found" }], isError: false }),
      ],
      {
        system: [{ type: "text", text: "rules" }],
        tools: [{ type: "function", name: "look" }],
        outputFormat: { type: "json-schema", schema: { type: "object" } },
      },
    );
    expect(textsOf(measured, "claude-opus-4-6")).toEqual([
      "rules",
      "question",
      "paper",
      "look",
      '{"a":1}',
      "found",
      '{"name":"look"}',
      '{"type":"object"}',
    ]);
  });

  test("counts thinking of the running tool loop only, unless the model keeps all of it", () => {
    const old: IrBlock = { type: "reasoning", text: "old thoughts" };
    const fresh: IrBlock = { type: "reasoning", text: "fresh thoughts" };
    const call: IrBlock = { type: "tool-call", id: "1", name: "f", arguments: "{}", kind: "function" };
    const measured = request([
      user(text("one")),
      assistant(old, text("answer")),
      user(text("two")),
      assistant(fresh, call),
      user({ type: "tool-result", callId: "1", content: [], isError: false }),
    ]);
    expect(textsOf(measured, "glm-5")).not.toContain("old thoughts");
    expect(textsOf(measured, "glm-5")).toContain("fresh thoughts");
    expect(textsOf(measured, "claude-opus-4-8")).toContain("old thoughts");
  });

  test("counts thought signatures where the provider does, and no other payload as text", () => {
    const opaque = { payload: "A".repeat(480), origin: { protocol: "gemini" as const } };
    const call: IrBlock = { type: "tool-call", id: "1", name: "f", arguments: "{}", kind: "function", opaque };
    const unknown: IrBlock = { type: "unknown", origin: "gemini", wire: { kind: "x", data: "B".repeat(5_000) } };
    const measured = request([user(text("go"), unknown), assistant(call)]);
    const gemini = measureRequest(measured, tokenProfile("gemini-3-pro"));
    expect(gemini.tokens).toBeGreaterThan(100);
    expect(gemini.texts.map((part) => part.text)).toContain('{"kind":"x"}');
    expect(measureRequest(measured, tokenProfile("gpt-5")).tokens).toBeLessThan(50);
  });

  test("images inside tool results cost as much as elsewhere", () => {
    const image = { type: "image", source: { type: "url", url: "https://x/y.png" } } as const;
    const direct = measureRequest(request([user(image)]), tokenProfile("claude-opus-4-6"));
    const result: IrBlock = { type: "tool-result", callId: "1", content: [image], isError: false };
    const inside = measureRequest(request([user(result)]), tokenProfile("claude-opus-4-6"));
    expect(direct.tokens).toBeGreaterThan(1_000);
    expect(inside.tokens).toBeGreaterThan(1_000);
  });
});
