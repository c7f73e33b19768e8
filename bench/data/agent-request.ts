// Requests like those of a coding agent in the Anthropic format: system prompt, tool declarations, and a conversation
// of tool calls that edit code and of files that come back, so that quotes and line breaks are escaped as they are
// in real ones (about one quote in forty bytes, two thirds of them escaped).

import { createSeededRandom } from "./seeded-random.ts";

export interface AgentRequestOptions {
  /** Aimed size of the body as JSON; the result is within 2 kB of it. */
  readonly bytes: number;
  readonly model: string;
  readonly stream: boolean;
  readonly seed?: number;
}

/** An agent's request late in its work: as many turns as the size takes. */
export function buildAgentRequest(options: AgentRequestOptions): Record<string, unknown> {
  const random = createSeededRandom(options.seed ?? 1);
  const messages: unknown[] = [{ role: "user", content: [{ type: "text", text: TASK }] }];
  const request = {
    model: options.model,
    max_tokens: 32_000,
    temperature: 1,
    system: [
      { type: "text", text: "You are a coding agent that works in a terminal." },
      { type: "text", text: prose(random, 60), cache_control: { type: "ephemeral" } },
    ],
    tools: TOOLS,
    messages,
    metadata: { user_id: "user_7d1f_account__session_0b7c4c1e-6a55-4f61-9d0e-1234567890ab" },
    stream: options.stream,
  };
  let size = jsonBytes(request);
  for (let turn = 0; size < options.bytes; turn++) {
    const lines = Math.min(60, Math.max(1, Math.floor((options.bytes - size) / 140)));
    const pair = toolTurn(random, turn, lines);
    messages.push(...pair);
    size += jsonBytes(pair) - 1;
  }
  return request;
}

/** A small request: one question, no tools, padded with prose to about `bytes`. */
export function buildSmallRequest(options: AgentRequestOptions): Record<string, unknown> {
  const random = createSeededRandom(options.seed ?? 1);
  let text = "What does this paragraph say?";
  while (text.length < options.bytes - 250) text += `\n${sentence(random)}`;
  return {
    model: options.model,
    max_tokens: 1024,
    system: "You answer in one short sentence.",
    messages: [{ role: "user", content: text }],
    stream: options.stream,
  };
}

/**
 * Pieces of an answer as a model streams them: words and parts of words of code and prose. Four in ten are rare ones, so
 * that as many come anew as in recorded answers.
 */
export function answerPieces(count: number, seed = 7): string[] {
  const random = createSeededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    if (index % 24 === 23) return '";\n';
    const word = pick(random, WORDS);
    return ` ${random() < 0.4 ? word.slice(0, 4) + pick(random, WORDS).slice(-4) : word}`;
  });
}

/** Prose of about so many characters. */
export function answerText(length: number, seed = 9): string {
  const random = createSeededRandom(seed);
  let text = "";
  while (text.length < length) text += `${sentence(random)} `;
  return text.slice(0, length);
}

function toolTurn(random: () => number, turn: number, lines: number): unknown[] {
  const id = `toolu_01${String(turn).padStart(22, "A")}`;
  const path = `/home/dev/project/src/${pick(random, WORDS)}/${pick(random, WORDS)}.ts`;
  const isEdit = turn % 3 === 2;
  const input = isEdit
    ? { file_path: path, old_string: codeLine(random), new_string: code(random, Math.ceil(lines / 6)) }
    : { file_path: path, offset: turn, limit: 200 };
  return [
    {
      role: "assistant",
      content: [
        { type: "text", text: sentence(random) },
        { type: "tool_use", id, name: isEdit ? "Edit" : "Read", input },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: id, content: [{ type: "text", text: numbered(code(random, lines)) }] },
      ],
    },
  ];
}

/** As a file comes back from the Read tool. */
function numbered(text: string): string {
  return text
    .split("\n")
    .map((line, index) => `${String(index + 1).padStart(6)}\t${line}`)
    .join("\n");
}

function code(random: () => number, lines: number): string {
  return Array.from({ length: lines }, () => codeLine(random)).join("\n");
}

function codeLine(random: () => number): string {
  const [a, b, c] = [pick(random, WORDS), pick(random, WORDS), pick(random, WORDS)];
  const depth = "  ".repeat(Math.floor(random() * 4));
  switch (Math.floor(random() * 9)) {
    case 0:
      return `${depth}import { ${a}${b} } from "./${c}.ts";`;
    case 1:
      return `${depth}if (${a}.${b} === "${c}") return { ${a}: "${b}", ${c}: ${a}.length > 0 };`;
    case 2:
      return `${depth}const ${a} = ${b}.map((${c}) => ${c}.id).filter(Boolean); // ${sentence(random)}`;
    case 3:
      return `${depth}  throw new Error(\`${a}: expected ${b}, found \${JSON.stringify(${c})}\`);`;
    case 4:
      return `${depth}log.info("${a} ${b}", { "${c}": "\\t${a}", path: ".\\\\${b}" });`;
    case 5:
      return `${depth}}`;
    default:
      return `${depth}${a}.${b}(${c}, ${Math.floor(random() * 1000)}); // ${sentence(random)}`;
  }
}

function prose(random: () => number, sentences: number): string {
  return Array.from({ length: sentences }, () => sentence(random)).join("\n");
}

function sentence(random: () => number): string {
  const words = Array.from({ length: 6 + Math.floor(random() * 12) }, () => pick(random, WORDS));
  return `${words.join(" ")}.`;
}

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

const TASK =
  'The test "keeps the order of tool results" fails since yesterday. Find out why, fix it and run the tests again.';

const WORDS = (
  "account answer array before breaker buffer candidate client commit config connection content cursor decode " +
  "deliver encode event failure file first flush frame gateway handler header index input kind later limit line " +
  "message model number option order output parser path pending queue reader record reply request result retry " +
  "route sample scan schema session signal size socket source span state status stream string system target text " +
  "token tool turn update upstream usage value window worker write straße größe naïve"
).split(" ");

const TOOLS = [
  tool("Read", "Reads a file from the local file system. Results have line numbers.", {
    file_path: { type: "string", description: 'The absolute path, for example "/home/dev/a.ts"' },
    offset: { type: "number", description: "The line to start at" },
    limit: { type: "number", description: "The number of lines" },
  }),
  tool("Edit", 'Replaces text in a file. "old_string" must occur exactly once.', {
    file_path: { type: "string", description: "The absolute path" },
    old_string: { type: "string", description: "The text to replace" },
    new_string: { type: "string", description: "The text to put there" },
    replace_all: { type: "boolean", default: false },
  }),
  tool("Bash", "Runs a shell command and returns its output.", {
    command: { type: "string", description: 'The command; quote paths that hold spaces with "' },
    timeout: { type: "number", description: "Milliseconds" },
    description: { type: "string", description: "What it does, in five to ten words" },
  }),
  tool("Grep", "Searches files with a regular expression.", {
    pattern: { type: "string", description: "The expression" },
    glob: { type: "string", description: 'Files to search, for example "*.{ts,tsx}"' },
    output_mode: { type: "string", enum: ["content", "files_with_matches", "count"] },
  }),
];

function tool(name: string, description: string, properties: Record<string, unknown>): Record<string, unknown> {
  return {
    name,
    description,
    input_schema: {
      type: "object",
      properties,
      required: Object.keys(properties).slice(0, 1),
      additionalProperties: false,
    },
  };
}
