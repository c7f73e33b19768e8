// Free-text tools where a protocol or a server has functions only: they go out as a function with one string, `input`.

import { parseJsonText } from "./json-depth.ts";

/**
 * The free text inside `{"input": …}`, the arguments of a free-text tool that went out as a function. Anything else
 * comes back as it is: the model has ignored the wrapper, and its text is the input. Never throws.
 */
export function unwrapInput(argumentsText: string): string {
  const value = parseJsonText(argumentsText);
  if (typeof value !== "object" || value === null || !("input" in value)) return argumentsText;
  return typeof value.input === "string" ? value.input : argumentsText;
}
