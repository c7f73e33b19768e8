// Text that is cut in the middle of a character leaves half a surrogate pair behind. JavaScript writes it as an escape,
// and most providers refuse the whole request for it, with every later turn of the conversation.

/** Halves of pairs, which JSON.stringify writes as escapes only when they stand alone; escaped backslashes are passed over. */
const HALF = /\\\\|\\ud[89a-f][0-9a-f]{2}/g;
const REPLACEMENT = "\\ufffd";

/** A text from `JSON.stringify` in which halves of surrogate pairs are replacement characters; mostly the text itself. */
export function wellFormedJson(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replace(HALF, (found) => (found === "\\\\" ? found : REPLACEMENT));
}
