// What the page "playground" says, in English.

export const en = {
  description: "Send a request through the gateway and watch.",
} as const;
