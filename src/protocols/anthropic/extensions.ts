// Keys of `extensions.anthropic` that are no wire fields but our own notes; the `#` keeps them apart.

/** Attribution blocks taken out of `system`, in order. */
export const ATTRIBUTION_KEY = "#attribution";
/** By tool name: fields of a function tool, or the whole declaration of a client tool, that the IR has no place for. */
export const TOOLS_KEY = "#tools";

/** Whether a key of `extensions` is a wire field. */
export function isWireField(key: string): boolean {
  return !key.startsWith("#");
}
