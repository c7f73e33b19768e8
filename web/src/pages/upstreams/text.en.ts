// What the page "upstreams" says, in English.

export const en = {
  description: "Where requests go. The first in the list is tried first.",
} as const;
