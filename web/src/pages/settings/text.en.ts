// What the page "settings" says, in English.

export const en = {
  description: "How this gateway behaves.",
} as const;
