// What the page "overview" says, in English.

export const en = {
  description: "What is going on at this gateway, and what it costs.",
} as const;
