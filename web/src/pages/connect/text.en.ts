// What the page "connect" says, in English.

export const en = {
  description: "Set up your clients in a minute.",
} as const;
