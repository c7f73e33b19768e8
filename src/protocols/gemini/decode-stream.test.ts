import { describe, expect, test } from "bun:test";
import { createResponseCollector } from "../../core/collect-response.ts";
import type { IrEvent } from "../../core/event.ts";
import type { IrResponse } from "../../core/response.ts";
import { decodeCount, decodeResponse } from "./decode-response.ts";
import { chunk, decodeChunks, decodeContext, grammarBreaches } from "./test-context.ts";

const STOP = { finishReason: "STOP" };
const functionCall = (name: string, more: object = {}) => ({ functionCall: { name, args: { a: 1 }, ...more } });

/** The answer that a stream adds up to; throws when it ended with an error or broke the grammar. */
function answer(events: readonly IrEvent[]): IrResponse {
  expect(grammarBreaches(events)).toEqual([]);
  const collector = createResponseCollector();
  for (const event of events) collector.event(event);
  const result = collector.result();
  if (!result || "error" in result) throw new Error(`no answer: ${JSON.stringify(result)}`);
  return result;
}

function failure(events: readonly IrEvent[]) {
  expect(grammarBreaches(events)).toEqual([]);
  const last = events.at(-1);
  if (last?.type !== "error") throw new Error(`no error but ${last?.type}`);
  return last.error;
}

describe("tool calls", () => {
  test("gemini trap 1: a call with finish reason STOP is tool-use", () => {
    const { content, stop } = answer(decodeChunks([chunk([functionCall("f")], STOP)]));
    expect(stop).toEqual({ reason: "tool-use", raw: "STOP" });
    expect(content).toMatchObject([{ type: "tool-call", name: "f", arguments: '{"a":1}', kind: "function" }]);
  });

  test("gemini trap 2: an empty STOP chunk after the call keeps tool-use and adds no block", () => {
    const { content, stop } = answer(decodeChunks([chunk([functionCall("f")]), chunk([{ text: "" }], STOP)]));
    expect([stop.reason, content.length]).toEqual(["tool-use", 1]);
  });

  test("gemini trap 3 and 4: parallel calls, in one chunk or several, have ids of their own", () => {
    const { content } = answer(
      decodeChunks([
        chunk([functionCall("f"), functionCall("f", { id: "x" })]),
        chunk([functionCall("f", { id: "x" })], STOP),
      ]),
    );
    const ids = content.map((block) => (block.type === "tool-call" ? block.id : ""));
    expect(new Set(ids).size).toBe(3);
    expect(ids[1]).toBe("x");
    // gemini trap 14: minted ids are legal everywhere
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  test("gemini trap 7 and 67: a broken or unknown end without content is an error, never an empty end", () => {
    for (const finishReason of ["MALFORMED_FUNCTION_CALL", "MISSING_THOUGHT_SIGNATURE", "OTHER", "SOMETHING_NEW"]) {
      const error = failure(decodeChunks([chunk([], { finishReason, finishMessage: "why" })]));
      expect(error).toEqual({ status: 502, type: finishReason, message: "why", gaveUp: true });
    }
  });

  test("gemini trap 8: the call of a malformed answer is suppressed", () => {
    const events = decodeChunks([
      chunk([{ text: "let me" }]),
      chunk([functionCall("f")], { finishReason: "MALFORMED_FUNCTION_CALL" }),
    ]);
    const { content, stop } = answer(events);
    expect(content.map((block) => block.type)).toEqual(["text"]);
    expect(stop).toMatchObject({ reason: "end-turn", raw: "MALFORMED_FUNCTION_CALL" });
  });

  test("thinking alone is no answer to a broken end", () => {
    const chunks = [chunk([{ text: "hm", thought: true }]), chunk([], { finishReason: "MALFORMED_FUNCTION_CALL" })];
    expect(failure(decodeChunks(chunks)).type).toBe("MALFORMED_FUNCTION_CALL");
  });

  test("a call goes out as soon as it comes when its tool is declared or nothing is known", () => {
    for (const declared of [undefined, ["f"]]) {
      const events: IrEvent[] = decodeChunks([chunk([functionCall("f")])], decodeContext(declared));
      expect(events.map((event) => event.type)).toContain("block-end");
      expect(failure(events).truncated).toBe(true);
    }
  });

  test("a function that the provider answers itself becomes a server tool", () => {
    const chunks = [
      chunk([functionCall("mcp_weather")], STOP),
      chunk([{ functionResponse: { name: "mcp_weather", response: { result: "sun" } } }]),
      chunk([{ text: "It is sunny." }], STOP),
    ];
    const { content, stop } = answer(decodeChunks(chunks, decodeContext([])));
    expect(content.map((block) => block.type)).toEqual(["server-tool-call", "server-tool-result", "text"]);
    expect(stop.reason).toBe("end-turn");
    const whole = decodeResponse(
      chunk([functionCall("m"), { functionResponse: { name: "m", response: {} } }], STOP),
      decodeContext(),
    );
    if ("error" in whole) throw new Error(whole.error.message);
    expect(whole.content.map((block) => block.type)).toEqual(["server-tool-call", "server-tool-result"]);
  });

  test("an undeclared function that nobody answers is still the client's", () => {
    const { content, stop } = answer(decodeChunks([chunk([functionCall("typo")], STOP)], decodeContext(["f"])));
    expect(content).toMatchObject([{ type: "tool-call", name: "typo" }]);
    expect(stop.reason).toBe("tool-use");
  });

  test("calls that are held keep their own arguments, also beside an empty envelope", () => {
    const calls = Array.from({ length: 60 }, (_, at) => ({
      response: {},
      candidates: [{ content: { parts: [{ functionCall: { name: "typo", args: { a: at } } }] } }],
    }));
    const { content } = answer(decodeChunks([...calls, chunk([], STOP)], decodeContext(["f"])));
    expect(content.map((block) => "arguments" in block && block.arguments)).toEqual(
      calls.map((_, at) => JSON.stringify({ a: at })),
    );
  });

  test("names are mapped back, default_api: is taken off", () => {
    const context = { ...decodeContext(), toolNames: new Map([["long_0", "mcp/long"]]) };
    const { content } = answer(decodeChunks([chunk([functionCall("default_api:long_0")], STOP)], context));
    expect(content).toMatchObject([{ name: "mcp/long" }]);
  });

  test("gemini trap 74: a call without args is complete; partial arguments need no terminator", () => {
    expect(answer(decodeChunks([chunk([{ functionCall: { name: "f" } }], STOP)])).content).toMatchObject([
      { arguments: "{}" },
    ]);
    const chunks = [
      chunk([{ functionCall: { name: "f", willContinue: true }, thoughtSignature: "s" }]),
      chunk([
        {
          functionCall: {
            partialArgs: [{ jsonPath: "$.ops[0].go", stringValue: "no", willContinue: true }],
            willContinue: true,
          },
        },
      ]),
      chunk([
        {
          functionCall: {
            partialArgs: [
              { jsonPath: "$.ops[0].go", stringValue: "w" },
              { jsonPath: "$.n", numberValue: 2 },
              { jsonPath: "$.b", boolValue: false },
              { jsonPath: "$.z", nullValue: "NULL_VALUE" },
            ],
            willContinue: true,
          },
        },
      ]),
    ];
    const last = chunk([], STOP);
    const { content } = answer(decodeChunks([...chunks, last]));
    expect(content).toMatchObject([
      { name: "f", arguments: '{"ops":[{"go":"now"}],"n":2,"b":false,"z":null}', opaque: { payload: "s" } },
    ]);
    expect(answer(decodeChunks([...chunks, chunk([{ functionCall: {} }]), last])).content).toEqual(content);
    const broken = decodeChunks(chunks);
    expect(failure(broken).truncated).toBe(true);
    expect(broken.some((event) => event.type === "block-delta")).toBe(false);
  });

  test("trap 44: the call of a free-text tool is unwrapped, whole and in pieces, under any name", () => {
    const context = {
      ...decodeContext(),
      toolNames: new Map([["patch_0", "a.patch"]]),
      wrappedTools: new Set(["patch_0"]),
    };
    const args = { input: "*** Begin\n" };
    const pieces = [{ jsonPath: "$.input", stringValue: "*** " }];
    for (const name of ["patch_0", "default_api:patch_0"]) {
      expect(answer(decodeChunks([chunk([{ functionCall: { name, args } }], STOP)], context)).content).toMatchObject([
        { type: "tool-call", kind: "custom", name: "a.patch", arguments: "*** Begin\n" },
      ]);
    }
    const partial = { functionCall: { name: "patch_0", partialArgs: pieces } };
    expect(answer(decodeChunks([chunk([partial], STOP)], context)).content).toMatchObject([
      { kind: "custom", arguments: "*** " },
    ]);
    const odd = [{ functionCall: { name: "patch_0", args: { text: "x" } } }, functionCall("f")];
    expect(answer(decodeChunks([chunk(odd, STOP)], context)).content).toMatchObject([
      { kind: "custom", arguments: '{"text":"x"}' },
      { kind: "function", arguments: '{"a":1}' },
    ]);
  });

  test("the terminator of no call is ignored", () => {
    expect(answer(decodeChunks([chunk([{ text: "a" }, { functionCall: {} }], STOP)])).content).toHaveLength(1);
  });
});

describe("ends", () => {
  test("gemini trap 5: a candidate without content", () => {
    expect(answer(decodeChunks([chunk([{ text: "a" }]), { candidates: [{ finishReason: "STOP" }] }])).stop.reason).toBe(
      "end-turn",
    );
    expect(answer(decodeChunks([{ candidates: [{ content: {}, finishReason: "SAFETY" }] }])).stop).toMatchObject({
      reason: "refusal",
      category: "SAFETY",
    });
  });

  test("gemini trap 6: a blocked prompt is a refusal", () => {
    const body = {
      promptFeedback: { blockReason: "MODEL_ARMOR", blockReasonMessage: "no" },
      usageMetadata: { trafficType: "ON_DEMAND" },
    };
    const expected = { reason: "refusal", raw: "MODEL_ARMOR", category: "MODEL_ARMOR", explanation: "no" };
    expect(answer(decodeChunks([body])).stop).toEqual(expected as never);
    expect(decodeResponse(body, decodeContext())).toMatchObject({ content: [], stop: expected });
  });

  test("gemini trap 9: an empty STOP is an empty end-turn for the gateway to judge", () => {
    expect(answer(decodeChunks([chunk([{ text: "" }], STOP)]))).toMatchObject({
      content: [],
      stop: { reason: "end-turn" },
    });
  });

  test("gemini trap 10 and 50: an answer without parts at MAX_TOKENS is a success", () => {
    expect(
      answer(
        decodeChunks([
          { candidates: [{ finishReason: "MAX_TOKENS" }], usageMetadata: { promptTokenCount: 3, totalTokenCount: 4 } },
        ]),
      ),
    ).toMatchObject({
      content: [],
      stop: { reason: "max-tokens" },
      usage: { inputTokens: 3, outputTokens: 1 },
    });
  });

  test("a stream without a finish reason is truncated, also with text", () => {
    expect(failure(decodeChunks([])).truncated).toBe(true);
    expect(failure(decodeChunks([chunk([{ text: "half" }])])).truncated).toBe(true);
  });

  test("content after a finish reason still counts", () => {
    const { content } = answer(decodeChunks([chunk([{ text: "a" }], STOP), chunk([{ text: "b" }], STOP)]));
    expect(content).toMatchObject([{ type: "text", text: "ab" }]);
  });

  test("where every piece brings the finish reason, none is taken for a repeated end", () => {
    const texts = ["The", " end", "The", ".", "."];
    const { content } = answer(decodeChunks([...texts, "", ""].map((text) => chunk([{ text }], STOP))));
    expect(content).toMatchObject([{ type: "text", text: texts.join("") }]);
    const repeated = [chunk([{ text: "Hi" }]), ...[1, 2, 3].map(() => chunk([{ text: "." }], STOP))];
    expect(answer(decodeChunks(repeated)).content).toMatchObject([{ text: "Hi." }]);
  });

  test("numeric finish reasons are read", () => {
    const { stop } = decodeResponse(chunk([{ text: "a" }], { finishReason: 2 }), decodeContext()) as IrResponse;
    expect(stop).toEqual({ reason: "max-tokens", raw: "MAX_TOKENS" });
  });
});

describe("signatures", () => {
  test("gemini trap 11: signed answer text stays text", () => {
    const { content } = answer(decodeChunks([chunk([{ text: "hello", thoughtSignature: "s" }], STOP)]));
    expect(content).toMatchObject([
      { type: "text", text: "hello", opaque: { payload: "s", origin: { protocol: "gemini", upstreamId: "up" } } },
    ]);
  });

  test("gemini trap 12: a signature in an empty part is kept without an empty text block", () => {
    expect(
      answer(decodeChunks([chunk([{ text: "a" }]), chunk([{ text: "", thoughtSignature: "s" }], STOP)])).content,
    ).toMatchObject([{ type: "text", text: "a", opaque: { payload: "s" } }]);
    expect(answer(decodeChunks([chunk([{ text: "", thoughtSignature: "s" }], STOP)])).content).toMatchObject([
      { type: "reasoning", text: "", opaque: { payload: "s" } },
    ]);
  });

  test("gemini trap 13: a signed thought before a call keeps its signature", () => {
    const { content } = answer(
      decodeChunks([
        chunk(
          [{ text: "think", thought: true }, { text: "", thought: true, thoughtSignature: "s" }, functionCall("f")],
          STOP,
        ),
      ]),
    );
    expect(content).toMatchObject([
      { type: "reasoning", text: "think", isSummary: true, opaque: { payload: "s" } },
      { type: "tool-call" },
    ]);
  });

  test("text after a signed part starts a new block", () => {
    expect(
      answer(decodeChunks([chunk([{ text: "a", thoughtSignature: "s" }, { text: "b" }], STOP)])).content,
    ).toHaveLength(2);
  });
});

describe("framing", () => {
  test("gemini trap 46: arrays, envelopes and a single object are read", () => {
    const one = chunk([{ text: "a" }]);
    const two = chunk([{ text: "b" }], STOP);
    for (const chunks of [[[one, two]], [{ response: one }, { response: two }], [one, two, "[DONE]"], [one, "", two]]) {
      expect(answer(decodeChunks(chunks)).content).toMatchObject([{ text: "ab" }]);
    }
  });

  test("gemini trap 71 and 53: an error object or an array with one is an error", () => {
    const body = { error: { code: 404, message: "no such model", status: "NOT_FOUND" } };
    const expected = { status: 404, type: "NOT_FOUND", message: "no such model" };
    for (const data of [body, [body], { response: body }])
      expect(failure(decodeChunks([data]))).toMatchObject(expected);
    expect(failure(decodeChunks([chunk([{ text: "a" }]), body]))).toMatchObject(expected);
    expect(decodeResponse(body, decodeContext())).toMatchObject({ error: expected });
    expect(decodeResponse([body], decodeContext())).toMatchObject({ error: expected });
  });

  test("garbage is malformed and ends the stream", () => {
    for (const data of ["<html>", '"text"', "12", "null"]) {
      const events = decodeChunks([data, chunk([{ text: "late" }], STOP)]);
      expect(failure(events)).toMatchObject({ malformed: true });
      expect(events).toHaveLength(1);
    }
  });

  test("bodies that are no answer are malformed", () => {
    for (const body of [
      {},
      [],
      [{}],
      "text",
      null,
      1,
      { candidates: [] },
      { candidates: [{}] },
      { usageMetadata: { promptTokenCount: 1 } },
      { candidates: "x" },
    ]) {
      expect(decodeResponse(body, decodeContext())).toMatchObject({ error: { malformed: true } });
    }
  });

  test("a whole answer without a finish reason is complete", () => {
    expect(decodeResponse(chunk([{ text: "a" }]), decodeContext())).toMatchObject({ stop: { reason: "end-turn" } });
  });

  test("odd parts never throw", () => {
    const parts = [
      null,
      5,
      {},
      { text: 5 },
      { functionCall: "x" },
      { functionCall: { name: 5, args: "y" } },
      { inlineData: {} },
      { inlineData: "z" },
      { novel: 1 },
      { thoughtSignature: 5 },
    ];
    const { content } = answer(
      decodeChunks([
        chunk([{ text: "a" }]),
        chunk(
          parts,
          { ...STOP, groundingMetadata: 5, logprobsResult: { chosenCandidates: [null] } },
          { usageMetadata: "x", promptFeedback: 5 },
        ),
      ]),
    );
    expect(content[0]).toMatchObject({ type: "text", text: "a" });
  });
});

describe("usage", () => {
  test("gemini trap 47: the last value of each field wins", () => {
    const metadata = (fields: object) => ({ usageMetadata: fields });
    const { usage } = answer(
      decodeChunks([
        chunk([{ text: "a" }], {}, metadata({ trafficType: "ON_DEMAND" })),
        chunk([{ text: "b" }], {}, metadata({ promptTokenCount: 10, candidatesTokenCount: 1, totalTokenCount: 11 })),
        chunk(
          [{ text: "c" }],
          STOP,
          metadata({
            promptTokenCount: 10,
            candidatesTokenCount: 7,
            thoughtsTokenCount: 3,
            cachedContentTokenCount: 4,
            toolUsePromptTokenCount: 2,
            totalTokenCount: 22,
            serviceTier: "standard",
          }),
        ),
      ]),
    );
    // gemini trap 48: input without cached tokens, output with thoughts
    expect(usage).toEqual({
      inputTokens: 8,
      cacheReadTokens: 4,
      outputTokens: 10,
      reasoningTokens: 3,
      serviceTier: "standard",
    });
  });

  test("gemini trap 49: the first chunk's input tokens come with message-start", () => {
    const [first] = decodeChunks([
      chunk([{ text: "a" }], STOP, { usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 } }),
    ]);
    expect(first).toEqual({
      type: "message-start",
      id: "r1",
      model: "gemini-test",
      usage: { inputTokens: 5, outputTokens: 0 },
    });
  });
});

describe("other content", () => {
  test("only the first candidate is read, the second is a loss", () => {
    const context = decodeContext();
    const body = {
      candidates: [
        { index: 1, content: { parts: [{ text: "two" }] }, finishReason: "STOP" },
        { content: { parts: [{ text: "one" }] }, finishReason: "STOP" },
      ],
    };
    expect(answer(decodeChunks([body], context)).content).toMatchObject([{ text: "one" }]);
    expect(context.losses).toHaveLength(1);
  });

  test("code execution and server-side tool calls are server tools", () => {
    const parts = [
      { executableCode: { language: "PYTHON", code: "1+1", id: "c1" } },
      { codeExecutionResult: { outcome: "OUTCOME_FAILED", output: "no", id: "c1" } },
      { toolCall: { toolType: "GOOGLE_SEARCH_WEB", args: { queries: ["q"] }, id: "t1" } },
      { toolResponse: { toolType: "GOOGLE_SEARCH_WEB", response: {}, id: "t1" } },
      { inlineData: { mimeType: "image/png", data: "AA" } },
    ];
    const { content, stop } = answer(decodeChunks([chunk(parts, STOP)]));
    expect(content).toMatchObject([
      { type: "server-tool-call", id: "c1", tool: "code-execution", input: { code: "1+1" } },
      { type: "server-tool-result", callId: "c1", isError: true, text: "no" },
      { type: "server-tool-call", tool: "web-search", name: "google_search_web" },
      { type: "server-tool-result", callId: "t1", tool: "web-search" },
      { type: "image", source: { type: "base64", data: "AA" } },
    ]);
    expect(stop.reason).toBe("end-turn");
  });

  test("gemini trap 62: byte offsets of sources become code points", () => {
    const text = "Größe ✅: 3 m. Ende";
    const bytes = (part: string) => Buffer.byteLength(part);
    const groundingMetadata = {
      webSearchQueries: ["q"],
      groundingChunks: [{ web: { uri: "https://x.test", title: "X" } }],
      groundingSupports: [
        {
          segment: { startIndex: bytes("Größe ✅: "), endIndex: bytes("Größe ✅: 3 m."), text: "3 m." },
          groundingChunkIndices: [0, 7],
        },
      ],
    };
    const { content, usage } = answer(
      decodeChunks([
        chunk([{ text: text.slice(0, 7) }], { groundingMetadata: {} }),
        chunk([{ text: text.slice(7) }], { ...STOP, groundingMetadata }),
      ]),
    );
    const [block] = content;
    if (block?.type !== "text") throw new Error("no text");
    const [citation] = block.citations ?? [];
    expect(Array.from(text).slice(citation?.startIndex, citation?.endIndex).join("")).toBe("3 m.");
    expect(citation).toMatchObject({ url: "https://x.test", title: "X", citedText: "3 m." });
    expect(content.slice(1)).toMatchObject([
      { type: "server-tool-call", input: { queries: ["q"] } },
      { type: "server-tool-result", sources: [{ url: "https://x.test" }] },
    ]);
    expect(usage?.webSearchRequests).toBe(1);
  });

  test("pages fetched by url context are a server tool", () => {
    const urlContextMetadata = {
      urlMetadata: [{ retrievedUrl: "https://y.test", urlRetrievalStatus: "URL_RETRIEVAL_STATUS_SUCCESS" }],
    };
    expect(
      answer(decodeChunks([chunk([{ text: "a" }], { ...STOP, urlContextMetadata })])).content.slice(1),
    ).toMatchObject([{ tool: "web-fetch" }, { tool: "web-fetch", sources: [{ url: "https://y.test" }] }]);
  });

  test("log probabilities take the shape of chat completions", () => {
    const logprobsResult = {
      chosenCandidates: [{ token: "é", logProbability: -0.5 }],
      topCandidates: [{ candidates: [{ token: "e", logProbability: -1 }] }],
    };
    expect(answer(decodeChunks([chunk([{ text: "é" }], { ...STOP, logprobsResult })])).logprobs).toEqual([
      { token: "é", logprob: -0.5, bytes: [195, 169], top_logprobs: [{ token: "e", logprob: -1, bytes: [101] }] },
    ]);
  });
});

test("counts are read bare and enveloped", () => {
  expect(
    [{ totalTokens: 7 }, { response: { totalTokens: 8 } }, {}, null, { totalTokens: "x" }].map(decodeCount),
  ).toEqual([7, 8, null, null, null]);
});

describe("parts that are none", () => {
  test("null stands for nothing, and text that is no text is dropped with a loss", () => {
    const context = decodeContext();
    const parts = [{ text: null }, { text: 17 }, { text: null, thought: null }, { text: "a" }];
    expect(answer(decodeChunks([chunk(parts, STOP)], context)).content).toMatchObject([{ type: "text", text: "a" }]);
    expect(context.losses.map((loss) => loss.feature)).toEqual(["malformed-part"]);
  });

  test("a call that begins behind the finish reason ends with the answer", () => {
    const late = { functionCall: { name: "f", willContinue: true } };
    const { content } = answer(decodeChunks([chunk([{ text: "a" }], STOP), chunk([late])]));
    expect(content).toMatchObject([{ type: "text" }, { type: "tool-call", arguments: "{}" }]);
  });
});

test("what is cut off behind the finish reason is no failure", () => {
  expect(answer(decodeChunks([chunk([{ text: "a" }], STOP), '{"candidates":[{"con'])).content).toMatchObject([
    { type: "text", text: "a" },
  ]);
  expect(failure(decodeChunks([chunk([{ text: "a" }]), '{"candidates":[{"con']))).toMatchObject({ malformed: true });
});

test("arguments that nest too deep to be written again are malformed, streamed and whole", () => {
  const deep = `${'{"a":'.repeat(60_000)}1${"}".repeat(60_000)}`;
  const body = `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${deep}}}]},"finishReason":"STOP"}]}`;
  expect(failure(decodeChunks([body]))).toMatchObject({ malformed: true });
  expect(decodeResponse(JSON.parse(body), decodeContext())).toMatchObject({ error: { malformed: true } });
});

test("a grounding index of any shape is no page", () => {
  const groundingMetadata = {
    groundingChunks: [{ web: { uri: "https://x.example", title: "x" } }],
    groundingSupports: [{ segment: { endIndex: 1, text: "a" }, groundingChunkIndices: [null, [0], {}, "x", 7] }],
  };
  const { content } = answer(decodeChunks([chunk([{ text: "a" }], { ...STOP, groundingMetadata })]));
  expect(content.filter((block) => block.type === "text")).toMatchObject([{ text: "a", citations: undefined }]);
});

test("a failure told behind the finish reason does not undo an answer with content, only an empty one", () => {
  const failed = { error: { code: 500, message: "late", status: "INTERNAL" } };
  const { content, stop } = answer(decodeChunks([chunk([{ text: "a" }], STOP), failed]));
  expect([content, stop.reason]).toMatchObject([[{ type: "text", text: "a" }], "end-turn"]);
  expect(failure(decodeChunks([chunk([], STOP), failed]))).toMatchObject({ message: "late" });
  expect(failure(decodeChunks([chunk([{ text: "a" }]), failed]))).toMatchObject({ message: "late" });
});
