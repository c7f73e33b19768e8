// Splits a streamed JSON array into its elements: Gemini's stream form without `alt=sse`.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Splits bytes in any cut; `handler` gets each element's text and the raw bytes since the previous element. */
export interface JsonArraySplitter {
  /** Returns false when an element grew beyond `maxElementBytes`; the splitter must not be used after that. */
  push(chunk: Uint8Array): boolean;
  /** The stream ended; hands over what is left (`]`, or the rest of a body that is no array) with data `""` or its text. */
  end(): void;
}

/**
 * Creates a splitter. A body that is a single object instead of an array is delivered as one element.
 * Linear in the bytes pushed.
 */
export function createJsonArraySplitter(
  handler: (name: string, data: string, raw: Uint8Array) => void,
  maxElementBytes: number,
): JsonArraySplitter {
  let store = Buffer.alloc(0);
  let held = 0;
  let searched = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let elementStart = -1;

  /** Walks the new bytes; returns the index behind the last complete element. */
  function walk(): number {
    let done = 0;
    for (; searched < held; searched++) {
      const byte = store[searched] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        continue;
      }
      if (byte === QUOTE) inString = true;
      else if (byte === 0x7b || byte === 0x5b) {
        if (depth === 0 && byte === 0x5b && elementStart < 0) continue; // the array's own bracket
        if (depth === 0) elementStart = searched;
        depth += 1;
      } else if ((byte === 0x7d || byte === 0x5d) && depth > 0) {
        depth -= 1;
        if (depth === 0) {
          const end = searched + 1;
          const raw = Buffer.from(store.subarray(done, end));
          const text = store.toString("utf8", elementStart, end);
          elementStart = -1;
          done = end;
          handler("", text, raw);
        }
      }
    }
    return done;
  }

  return {
    push(chunk) {
      if (held + chunk.length > store.length) {
        const grown = Buffer.allocUnsafe((held + chunk.length) * 2);
        store.copy(grown, 0, 0, held);
        store = grown;
      }
      store.set(chunk, held);
      held += chunk.length;
      const done = walk();
      if (done > 0) {
        store.copyWithin(0, done, held);
        held -= done;
        searched -= done;
        if (elementStart >= 0) elementStart -= done;
      }
      return held <= maxElementBytes;
    },
    end() {
      if (held === 0) return;
      const rest = Buffer.from(store.subarray(0, held));
      held = 0;
      handler("", rest.toString("utf8").replace(/[\s,\]]+/g, "") === "" ? "" : rest.toString("utf8"), rest);
    },
  };
}
