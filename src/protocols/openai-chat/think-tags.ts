// Splits `<think>…</think>` at the start of an answer's text into reasoning and text, for servers flagged so.

const OPEN = "<think>";
const CLOSE = "</think>";
/** White space that is held back at most: more of it is a model gone astray, and is content. */
const MAX_BLANKS = 200;

/** Receives text in any cut. */
export interface ThinkSplitter {
  push(text: string): void;
  /** The text is over: what was held back goes out. */
  flush(): void;
}

/**
 * Creates a splitter. Only a tag before any visible text counts, so that answers about the tag stay whole; white
 * space around the tags is dropped. Holds back at most the characters that may still become a tag, and a little white
 * space.
 */
export function createThinkSplitter(
  onText: (text: string) => void,
  onReasoning: (text: string) => void,
): ThinkSplitter {
  let state: "start" | "inside" | "after" | "text" = "start";
  let held = "";
  let hasThought = false;

  function think(text: string): void {
    if (text === "") return;
    hasThought = true;
    onReasoning(text);
  }

  function start(text: string): void {
    const trimmed = text.trimStart();
    if (trimmed.startsWith(OPEN)) {
      state = "inside";
      inside(trimmed.slice(OPEN.length));
    } else if (OPEN.startsWith(trimmed) && text.length <= MAX_BLANKS) {
      held = text;
    } else {
      state = "text";
      onText(text);
    }
  }

  function inside(whole: string): void {
    const text = hasThought ? whole : whole.trimStart();
    const end = text.indexOf(CLOSE);
    if (end >= 0) {
      think(text.slice(0, end).trimEnd());
      state = "after";
      after(text.slice(end + CLOSE.length));
      return;
    }
    const keep = heldSuffix(text);
    think(text.slice(0, text.length - keep));
    held = text.slice(text.length - keep);
  }

  function after(text: string): void {
    const trimmed = text.trimStart();
    if (trimmed === "") return;
    state = "text";
    onText(trimmed);
  }

  return {
    push(text) {
      if (state === "text") {
        onText(text);
        return;
      }
      const whole = held + text;
      held = "";
      if (state === "start") start(whole);
      else if (state === "inside") inside(whole);
      else after(whole);
    },
    flush() {
      if (held === "") return;
      if (state === "inside") onReasoning(held);
      else onText(held);
      held = "";
    },
  };
}

/** Characters at the end that may be the beginning of the closing tag, and white space before them. */
function heldSuffix(text: string): number {
  let keep = 0;
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length--) {
    if (CLOSE.startsWith(text.slice(text.length - length))) {
      keep = length;
      break;
    }
  }
  const before = text.slice(0, text.length - keep);
  const blanks = before.length - before.trimEnd().length;
  return blanks > MAX_BLANKS ? keep : keep + blanks;
}
