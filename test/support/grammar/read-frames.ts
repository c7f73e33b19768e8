// Splits a whole stream into SSE frames for the checkers. Written for them alone, apart from the gateway's reader.

/** One frame: the lines between two blank lines. */
export interface WireFrame {
  readonly number: number;
  /** The frame's text without its blank line. */
  readonly text: string;
  readonly event: string;
  /** Values of the `data:` lines. */
  readonly data: readonly string[];
  /** Comment lines only. */
  readonly isComment: boolean;
}

/** The frames of a stream, and whether the last one had its blank line. */
export function readFrames(stream: string): { readonly frames: readonly WireFrame[]; readonly isComplete: boolean } {
  const text = stream.startsWith("\ufeff") ? stream.slice(1) : stream;
  const blocks = text.split(/(?:\r\n|(?<!\r)\n|\r(?!\n)){2}/);
  const last = blocks.pop() ?? "";
  const isComplete = last === "";
  if (!isComplete) blocks.push(last);
  const frames = blocks.filter((block) => block.replace(/[\r\n]/g, "") !== "").map(readFrame);
  return { frames, isComplete };
}

function readFrame(text: string, number: number): WireFrame {
  const data: string[] = [];
  let event = "";
  let isComment = true;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === "" || line.startsWith(":")) continue;
    isComment = false;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    if (name === "event") event = value;
  }
  return { number, text, event, data, isComment };
}
