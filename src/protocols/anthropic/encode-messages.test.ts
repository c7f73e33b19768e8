import { describe, expect, test } from "bun:test";
import type { IrBlock, Opaque } from "../../core/block.ts";
import type { IrMessage, IrRequest } from "../../core/request.ts";
import { encodeRequest } from "./encode-request.ts";
import { counter, irRequest, target } from "./test-support.ts";

const text = (value: string): IrBlock => ({ type: "text", text: value });
const call = (id: string, args = "{}", extra = {}): IrBlock => ({
  type: "tool-call",
  id,
  name: "f",
  arguments: args,
  kind: "function",
  ...extra,
});
const result = (callId: string, value = "ok", extra = {}): IrBlock => ({
  type: "tool-result",
  callId,
  content: value === "" ? [] : [{ type: "text", text: value }],
  isError: false,
  ...extra,
});
const user = (...content: IrBlock[]): IrMessage => ({ role: "user", content });
const assistant = (...content: IrBlock[]): IrMessage => ({ role: "assistant", content });
const system = (...content: IrBlock[]): IrMessage => ({ role: "system", content });
const thinking = (payload: string | undefined, origin: Partial<Opaque["origin"]> = {}, value = "hm"): IrBlock => ({
  type: "reasoning",
  text: value,
  opaque: payload === undefined ? undefined : { payload, origin: { protocol: "anthropic", ...origin } },
});

const wireText = (value: string) => ({ type: "text", text: value });
const wireCall = (id: string, input: unknown = {}) => ({ type: "tool_use", id, name: "f", input });
const wireResult = (id: string, value = "ok") => ({ type: "tool_result", tool_use_id: id, content: [wireText(value)] });

function encode(messages: readonly IrMessage[], model = "claude-sonnet-4-6", overrides: Partial<IrRequest> = {}) {
  const tools = [{ type: "function", name: "f", parameters: { type: "object", properties: {} } }] as const;
  const { value, losses } = encodeRequest(irRequest({ messages, tools, ...overrides }), target(model), counter());
  const body = value.body as Record<string, unknown>;
  return { body, turns: body["messages"], losses: losses.map((loss) => loss.feature) };
}

describe("tool results", () => {
  test("trap 17: parallel results split over several user messages are merged into one turn", () => {
    const { turns } = encode([user(text("q")), assistant(call("a"), call("b")), user(result("a")), user(result("b"))]);
    expect(turns).toEqual([
      { role: "user", content: [wireText("q")] },
      { role: "assistant", content: [wireCall("a"), wireCall("b")] },
      { role: "user", content: [wireResult("a"), wireResult("b")] },
    ]);
  });

  test("trap 18: user text in front of results goes behind them", () => {
    const { turns } = encode([user(text("q")), assistant(call("a")), user(text("and?"), result("a"))]);
    expect(turns).toMatchObject([{}, {}, { content: [wireResult("a"), wireText("and?")] }]);
  });

  test("trap 19: what stands between calls and results moves behind the results", () => {
    const { turns } = encode([
      user(text("q")),
      assistant(call("a")),
      user(text("between")),
      system(text("note")),
      user(result("a")),
    ]);
    expect(turns).toMatchObject([
      {},
      { role: "assistant" },
      { role: "user", content: [wireResult("a"), wireText("between"), { type: "text" }] },
    ]);
  });

  test("trap 20: the result names the call it answers, cleaned like the call's id", () => {
    const { turns } = encode([user(text("q")), assistant(call("functions.x:0")), user(result("functions.x:0"))]);
    const [, calls, results] = turns as { content: Record<string, string>[] }[];
    expect(calls?.content[0]?.["id"]).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(results?.content[0]?.["tool_use_id"]).toBe(calls?.content[0]?.["id"] ?? "");
  });

  test("trap 22: a repeated result is sent once", () => {
    const { turns, losses } = encode([user(text("q")), assistant(call("a")), user(result("a"), result("a", "again"))]);
    expect(turns).toMatchObject([{}, {}, { content: [wireResult("a")] }]);
    expect((turns as { content: unknown[] }[])[2]?.content).toHaveLength(1);
    expect(losses).toEqual(["duplicate-tool-result"]);
  });

  test("a call without result gets one that says so", () => {
    const { turns, losses } = encode([
      user(text("q")),
      assistant(call("a"), call("b")),
      user(result("b"), text("next")),
    ]);
    expect(turns).toMatchObject([
      {},
      {},
      { content: [wireResult("b"), { type: "tool_result", tool_use_id: "a", is_error: true }, wireText("next")] },
    ]);
    expect(losses).toEqual(["tool-result"]);
  });

  test("a result that comes late is brought to its call", () => {
    const { turns, losses } = encode([
      user(text("q")),
      assistant(call("a"), call("b")),
      user(result("a")),
      assistant(text("one")),
      user(result("b"), text("go on")),
    ]);
    expect(turns).toEqual([
      { role: "user", content: [wireText("q")] },
      { role: "assistant", content: [wireCall("a"), wireCall("b")] },
      { role: "user", content: [wireResult("a"), wireResult("b")] },
      { role: "assistant", content: [wireText("one")] },
      { role: "user", content: [wireText("go on")] },
    ]);
    expect(losses).toEqual([]);
  });

  test("gemini trap 24: an orphan result becomes user content", () => {
    const { turns, losses } = encode([user(result("gone", "42"), text("q"))]);
    expect(JSON.stringify(turns)).toContain("42");
    expect(JSON.stringify(turns)).not.toContain("tool_result");
    expect(losses).toEqual(["orphan-tool-result"]);
  });

  test("repeated ids are told apart, each with its own result", () => {
    const { turns } = encode([
      user(text("q")),
      assistant(call("a", '{"n":1}')),
      user(result("a", "one")),
      assistant(call("a", '{"n":2}')),
      user(result("a", "two")),
    ]);
    expect(turns).toMatchObject([
      {},
      { content: [wireCall("a", { n: 1 })] },
      { content: [wireResult("a", "one")] },
      { content: [wireCall("a_2", { n: 2 })] },
      { content: [wireResult("a_2", "two")] },
    ]);
  });

  test("calls in messages of their own are one turn", () => {
    const { turns } = encode([
      user(text("q")),
      assistant(call("a")),
      assistant(call("b")),
      user(result("a"), result("b")),
    ]);
    expect(turns).toMatchObject([
      {},
      { content: [wireCall("a"), wireCall("b")] },
      { content: [wireResult("a"), wireResult("b")] },
    ]);
  });

  test("errors are flagged and empty results have no content", () => {
    const { turns } = encode([user(text("q")), assistant(call("a")), user(result("a", "", { isError: true }))]);
    expect((turns as { content: unknown[] }[])[2]?.content).toEqual([
      { type: "tool_result", tool_use_id: "a", is_error: true },
    ]);
  });

  test("trap 23: images in results stay images", () => {
    const image = { type: "image", source: { type: "base64", mediaType: "image/png", data: "AA==" } } as const;
    const { turns } = encode([user(text("q")), assistant(call("a")), user(result("a", "", { content: [image] }))]);
    expect(turns).toMatchObject([
      {},
      {},
      {
        content: [{ content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } }] }],
      },
    ]);
  });

  test("history with calls but no declared tools gets stubs that cannot be called", () => {
    const { body } = encode([user(text("q")), assistant(call("a")), user(result("a"))], "claude-sonnet-4-6", {
      tools: [],
    });
    expect(body).toMatchObject({ tools: [{ name: "f" }], tool_choice: { type: "none" } });
  });
});

describe("arguments", () => {
  const cases: readonly [string, unknown, number][] = [
    ["", {}, 0],
    [" \n", {}, 0],
    ['{"a":1}', { a: 1 }, 0],
    ["[1]", { _raw: "[1]" }, 1],
    ["{broken", { _raw: "{broken" }, 1],
  ];
  for (const [args, input, losses] of cases) {
    test(`${JSON.stringify(args)} becomes ${JSON.stringify(input)}`, () => {
      const encoded = encode([user(text("q")), assistant(call("a", args)), user(result("a"))]);
      expect(encoded.turns).toMatchObject([{}, { content: [{ input }] }, {}]);
      expect(encoded.losses).toHaveLength(losses);
    });
  }
});

describe("empty and odd turns", () => {
  test("trap 14: a request of system text alone gets a user turn", () => {
    const { turns, losses } = encode([]);
    expect(turns).toEqual([{ role: "user", content: [wireText("Continue.")] }]);
    expect(losses).toEqual(["user-turn"]);
  });

  test("trap 15: an empty text block beside a call is dropped", () => {
    const { turns } = encode([user(text("q")), assistant(text(""), call("a")), user(result("a"))]);
    expect((turns as { content: unknown[] }[])[1]?.content).toEqual([wireCall("a")]);
  });

  test("trap 16: an assistant turn of nothing disappears, its neighbours become one", () => {
    const { turns } = encode([user(text("a")), assistant(text("")), user(text("b"))]);
    expect(turns).toEqual([{ role: "user", content: [wireText("a"), wireText("b")] }]);
  });

  test("gemini trap 28: white space alone is replaced, beside other content it stays", () => {
    expect(encode([user(text("  "))]).turns).toEqual([{ role: "user", content: [wireText(".")] }]);
    expect(encode([user(text("  "), text("x"))]).turns).toEqual([
      { role: "user", content: [wireText("  "), wireText("x")] },
    ]);
  });

  test("gemini trap 25: a history that begins with the assistant gets a user turn first", () => {
    expect(encode([assistant(text("a")), user(text("b"))]).turns).toMatchObject([
      { role: "user" },
      { role: "assistant" },
      { role: "user" },
    ]);
  });

  test("gemini trap 26: a trailing assistant turn is continued where the model takes no prefill", () => {
    const old = encode([user(text("q")), assistant(text("{  "))], "claude-sonnet-4-5");
    expect(old.turns).toMatchObject([{}, { role: "assistant", content: [wireText("{")] }]);
    const recent = encode([user(text("q")), assistant(text("{"))], "claude-sonnet-5");
    expect(recent.turns).toMatchObject([{}, { role: "assistant" }, { role: "user" }]);
    expect(recent.losses).toEqual(["prefill"]);
  });

  test("gemini trap 27: system text in the middle is kept, as a system message or as a reminder", () => {
    const messages = [user(text("q")), system(text("rule")), user(text("more"))];
    expect(encode(messages, "claude-opus-4-8").turns).toEqual([
      { role: "user", content: [wireText("q")] },
      { role: "system", content: [wireText("rule")] },
      { role: "user", content: [wireText("more")] },
    ]);
    expect(encode(messages).turns).toEqual([
      {
        role: "user",
        content: [wireText("q"), wireText("<system-reminder>\nrule\n</system-reminder>"), wireText("more")],
      },
    ]);
  });
});

describe("media", () => {
  const image = (mediaType: string): IrBlock => ({
    type: "image",
    source: { type: "base64", mediaType, data: "AA==" },
  });

  test("trap 24: user images stay, base64 and by address", () => {
    const { turns } = encode([
      user(image("image/jpg"), { type: "image", source: { type: "url", url: "https://x/y.png" } }),
    ]);
    expect(turns).toEqual([
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "AA==" } },
          { type: "image", source: { type: "url", url: "https://x/y.png" } },
        ],
      },
    ]);
  });

  test("trap 25: PDFs stay documents, text files become text documents, others are named", () => {
    const document = (mediaType: string, data: string): IrBlock => ({
      type: "document",
      source: { type: "base64", mediaType, data },
      filename: "n",
    });
    const { turns, losses } = encode([
      user(
        document("application/pdf", "JVBE"),
        document("text/csv; charset=utf-8", btoa("a,b")),
        document("application/zip", "UEs="),
      ),
    ]);
    expect(turns).toEqual([
      {
        role: "user",
        content: [
          { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBE" }, title: "n" },
          { type: "document", source: { type: "text", media_type: "text/plain", data: "a,b" }, title: "n" },
          wireText("[document of type application/zip omitted]"),
        ],
      },
    ]);
    expect(losses).toEqual(["document-base64"]);
  });

  test("what the API cannot take is named in its place", () => {
    const { turns, losses } = encode([
      user(image("image/svg+xml"), { type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "" } }),
    ]);
    expect(turns).toMatchObject([
      {
        content: [wireText("[image of type image/svg+xml omitted]"), wireText("[audio of type audio/wav omitted]")],
      },
    ]);
    expect(losses).toHaveLength(2);
  });

  test("a file that another provider stores refuses the conversion, an own one goes along", () => {
    const stored = (origin: "anthropic" | "openai-responses"): IrBlock => ({
      type: "image",
      source: { type: "file-id", fileId: "f", origin },
    });
    const refused = expect.objectContaining({ code: "conversion-refused" });
    expect(() => encode([user(stored("openai-responses"))])).toThrow(refused);
    expect(encode([user(stored("anthropic"))]).turns).toMatchObject([
      { content: [{ type: "image", source: { type: "file", file_id: "f" } }] },
    ]);
  });

  test("documents and images of the assistant move to the next user turn", () => {
    const { turns } = encode([user(text("q")), assistant(text("here"), image("image/png")), user(text("thanks"))]);
    expect(turns).toMatchObject([
      {},
      { content: [wireText("here")] },
      { content: [{ type: "image" }, wireText("thanks")] },
    ]);
  });
});

describe("thinking of the history", () => {
  const own = { upstreamId: "up", keyId: "key" };

  test("trap 32: what this upstream and key signed goes back in order and unchanged, as does what a client brought bare", () => {
    const { turns, losses } = encode([
      user(text("q")),
      assistant(
        thinking("s1", own),
        { type: "reasoning", text: "", redacted: true, opaque: { payload: "r", origin: { protocol: "anthropic" } } },
        text("a"),
      ),
      user(text("b")),
    ]);
    expect(turns).toMatchObject([
      {},
      {
        content: [
          { type: "thinking", thinking: "hm", signature: "s1" },
          { type: "redacted_thinking", data: "r" },
          wireText("a"),
        ],
      },
      {},
    ]);
    expect(losses).toEqual([]);
  });

  test("traps 26 and 31: foreign thinking is dropped, never sent as text, and with one block of another key all of them", () => {
    const foreign = encode([
      user(text("q")),
      assistant(thinking("g", { protocol: "gemini" }), text("a")),
      user(text("b")),
    ]);
    expect(JSON.stringify(foreign.turns)).not.toContain("thinking");
    expect(JSON.stringify(foreign.turns)).not.toContain("hm");
    expect(foreign.losses).toEqual(["reasoning"]);
    const mixed = encode([
      user(text("q")),
      assistant(thinking("s1", own), text("a")),
      user(text("b")),
      assistant(thinking("s2", { ...own, keyId: "other" }), text("c")),
      user(text("d")),
    ]);
    expect(JSON.stringify(mixed.turns)).not.toContain("thinking");
    expect(mixed.losses).toEqual(["reasoning", "reasoning"]);
  });

  test("gemini trap 16: no Gemini signature reaches this upstream", () => {
    const opaque = { payload: "sig", origin: { protocol: "gemini" } };
    const { turns, losses } = encode([user(text("q")), assistant(call("a", "{}", { opaque })), user(result("a"))]);
    expect(JSON.stringify(turns)).not.toContain("sig");
    expect(losses).toEqual(["tool-call-signature"]);
  });

  test("trap 27: other makers' models get unsigned thinking back, Claude does not", () => {
    const messages = [user(text("q")), assistant(thinking(undefined), call("a")), user(result("a"))];
    expect(encode(messages, "kimi-k2").turns).toMatchObject([
      {},
      { content: [{ type: "thinking", thinking: "hm", signature: "" }, wireCall("a")] },
      {},
    ]);
    expect(encode(messages).turns).toMatchObject([{}, { content: [wireCall("a")] }, {}]);
  });

  test("a turn never ends with thinking", () => {
    const { turns } = encode([user(text("q")), assistant(text("a"), thinking("s", own)), user(text("b"))]);
    expect((turns as { content: unknown[] }[])[1]?.content).toEqual([wireText("a")]);
  });

  test("thinking with a budget is left out when the running tool loop has none", () => {
    const messages = [user(text("q")), assistant(call("a")), user(result("a"))];
    const without = encode(messages, "claude-sonnet-4-5", { reasoning: { effort: "high" } });
    expect("thinking" in without.body).toBe(false);
    expect(without.losses).toContain("thinking");
    const signed = [user(text("q")), assistant(thinking("s", own), call("a")), user(result("a"))];
    expect(encode(signed, "claude-sonnet-4-5", { reasoning: { effort: "high" } }).body["thinking"]).toMatchObject({
      type: "enabled",
    });
    expect(encode(messages, "claude-opus-4-7", { reasoning: { effort: "high" } }).body["thinking"]).toMatchObject({
      type: "adaptive",
    });
  });
});

test("another provider's search becomes a note in its place, and its pages stay behind", () => {
  const search = (input: unknown): IrBlock[] => {
    const shared = { tool: "web-search", origin: "openai-responses", wire: {} } as const;
    return [
      { ...shared, type: "server-tool-call", id: "ws_1", name: "web_search", input },
      { ...shared, type: "server-tool-result", callId: "ws_1", isError: false, sources: [{ url: "https://u.test" }] },
    ];
  };
  const turn = (input: unknown) => encode([user(text("q")), assistant(...search(input), text("a")), user(text("b"))]);
  const content = (note: string) => [{}, { content: [wireText(note), wireText("a")] }, {}];
  expect(turn({ query: "bun" }).turns).toMatchObject(content("[searched the web: bun]"));
  expect(turn({ queries: ["a", "b"] }).turns).toMatchObject(content("[searched the web: a; b]"));
  expect(turn({ url: "https://u.test" }).turns).toMatchObject(content("[searched the web]"));
  expect(turn({ query: "bun" }).losses).toEqual(["server-tool", "server-tool"]);
});

describe("tools of providers", () => {
  const wire = { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} };
  const serverCall = (origin: "anthropic" | "openai-responses", id = "srvtoolu_1"): IrBlock => ({
    type: "server-tool-call",
    id,
    tool: "web-search",
    name: "web_search",
    input: {},
    origin,
    wire: origin === "anthropic" ? { ...wire, id } : {},
  });

  test("ours go back as they were, others' and those made up for clients do not", () => {
    const turn = (block: IrBlock) => encode([user(text("q")), assistant(block, text("a")), user(text("b"))]);
    expect(turn(serverCall("anthropic")).turns).toMatchObject([{}, { content: [wire, wireText("a")] }, {}]);
    const foreign = turn({ ...serverCall("openai-responses"), tool: "code-execution" } as IrBlock);
    expect(foreign.turns).toMatchObject([{}, { content: [wireText("a")] }, {}]);
    expect(foreign.losses).toEqual(["server-tool"]);
    expect(turn(serverCall("anthropic", "srvtoolu_apr1_ws_1")).losses).toEqual(["server-tool"]);
  });

  test("a paused turn stays the last one", () => {
    const { turns } = encode([user(text("q")), assistant(serverCall("anthropic"))], "claude-sonnet-5");
    expect(turns).toMatchObject([{}, { role: "assistant", content: [wire] }]);
  });
});
