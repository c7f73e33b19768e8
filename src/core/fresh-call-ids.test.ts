import { describe, expect, test } from "bun:test";
import { createCallIds } from "./fresh-call-ids.ts";
import type { Loss } from "./loss.ts";
import type { IrRequest } from "./request.ts";

const call = (id: string) => ({ type: "tool-call", id, name: "run", kind: "function", arguments: "{}" }) as const;
const REQUEST: IrRequest = {
  model: "m",
  stream: false,
  system: [],
  messages: [{ role: "assistant", content: [{ type: "text", text: "I look." }, call("call_0")] }],
  tools: [],
  includeUsage: true,
};

describe("createCallIds", () => {
  test("renames calls whose id the conversation has, and says so", () => {
    const losses: Loss[] = [];
    let minted = 0;
    const ids = createCallIds(
      REQUEST,
      () => `new${++minted}`,
      (loss) => losses.push(loss),
    );
    expect(ids.start({ type: "tool-call", id: "call_0", name: "run", kind: "function" })).toMatchObject({
      id: "call_new1",
      name: "run",
    });
    expect(ids.start({ type: "whole", block: call("call_0") })).toMatchObject({ block: { id: "call_new2" } });
    const content = ids.response({ content: [call("call_0"), call("call_1")], stop: { reason: "tool-use" } }).content;
    expect(content).toMatchObject([{ id: "call_new3", arguments: "{}" }, { id: "call_1" }]);
    expect(losses.map(({ kind, feature }) => `${kind} ${feature}`)).toEqual(Array(3).fill("invented tool-call-id"));
  });

  test("leaves everything else as it is", () => {
    const ids = createCallIds(REQUEST, () => "new", fail);
    const start = { type: "tool-call", id: "call_1", name: "run", kind: "function" } as const;
    expect(ids.start(start)).toBe(start);
    const text = { type: "text" } as const;
    expect(ids.start(text)).toBe(text);
    const other = call("call_2");
    expect(ids.response({ content: [other], stop: { reason: "tool-use" } }).content[0]).toBe(other);
  });
});

function fail(): never {
  throw new Error("no loss was expected");
}
