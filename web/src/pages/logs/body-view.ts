// How a recorded body is shown: JSON indented, a stream as its events, anything else as it is.

export type BodyView =
  | { readonly type: "json"; readonly text: string }
  | { readonly type: "events"; readonly events: readonly StreamEvent[] }
  | { readonly type: "text"; readonly text: string };

export interface StreamEvent {
  /** The event's name; "" for none. */
  readonly name: string;
  /** Its data, indented when it is JSON. */
  readonly data: string;
}

/** Characters that are shown before one asks for all. */
export const SHOWN_CHARACTERS = 20_000;

/** Decides by the text itself: what was recorded may be cut off in the middle, and then stays as it is. */
export function viewBody(body: string): BodyView {
  const start = body.trimStart();
  if (start.startsWith("{") || start.startsWith("[")) return { type: "json", text: indentJson(start) };
  if (/^(?:event|data|id|retry|)?:/.test(start)) {
    const events = readEvents(body);
    if (events.length > 0) return { type: "events", events };
  }
  return { type: "text", text: body };
}

/** The beginning of a long text, never half a character. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function readEvents(body: string): StreamEvent[] {
  const events: StreamEvent[] = [];
  for (const block of body.split(/\r?\n\r?\n/)) {
    let name = "";
    const data: string[] = [];
    for (const line of block.split(/\r?\n/)) {
      if (line.startsWith("event:")) name = line.slice("event:".length).trim();
      else if (line.startsWith("data:")) data.push(line.slice("data:".length).replace(/^ /, ""));
    }
    if (data.length === 0 && name === "") continue;
    const text = data.join("\n");
    events.push({ name, data: /^\s*(?:\{|\[\s*[[{"\d\]-])/.test(text) ? indentJson(text) : text });
  }
  return events;
}

/**
 * Indents JSON without reading it: bodies are recorded up to a limit, so that most of an agent's end in the middle, and
 * large numbers stay as they are. Text that is no JSON comes out readable too.
 */
export function indentJson(text: string): string {
  let out = "";
  let depth = 0;
  let at = 0;
  const breakLine = () => `\n${"  ".repeat(depth)}`;
  while (at < text.length) {
    const character = text[at] as string;
    if (character === '"') {
      const end = endOfString(text, at);
      out += text.slice(at, end);
      at = end;
      continue;
    }
    at += 1;
    if (character === "{" || character === "[") {
      const close = nextVisible(text, at);
      if (text[close] === "}" || text[close] === "]") {
        out += character + text[close];
        at = close + 1;
        continue;
      }
      depth = Math.min(depth + 1, MAX_INDENT);
      out += character + breakLine();
    } else if (character === "}" || character === "]") {
      depth = Math.max(depth - 1, 0);
      out += breakLine() + character;
    } else if (character === ",") out += character + breakLine();
    else if (character === ":") out += ": ";
    else if (!/\s/.test(character)) out += character;
  }
  return out;
}

/** Deeper than any body a person reads; keeps hostile nesting from growing without bound. */
const MAX_INDENT = 40;

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function nextVisible(text: string, start: number): number {
  let at = start;
  while (at < text.length && /\s/.test(text[at] as string)) at += 1;
  return at;
}
