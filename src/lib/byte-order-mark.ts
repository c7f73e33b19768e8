// The byte order mark that some servers put before their JSON, which JSON.parse refuses.

/** A byte order mark, read as UTF-8 or byte by byte. */
const MARKS = ["\ufeff", "\u00ef\u00bb\u00bf"];

/** A body's text without the mark at its beginning, as HTTP clients read it. Never throws. */
export function withoutByteOrderMark(text: string): string {
  const mark = MARKS.find((each) => text.startsWith(each));
  return mark === undefined ? text : text.slice(mark.length);
}
