// What the page "logs" says, in English.

export const en = {
  description: "Every request, with everything that was tried for it.",
} as const;
