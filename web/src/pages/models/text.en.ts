// What the page "models" says, in English.

export const en = {
  description: "Which model an upstream is asked for when a client asks for another.",
} as const;
