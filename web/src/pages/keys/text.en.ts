// What the page "keys" says, in English.

export const en = {
  description: "Who may use this gateway, and how much.",
} as const;
