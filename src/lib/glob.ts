// Patterns as people write them for model names: `*` stands for any text, everything else for itself.

/** A test for texts by a pattern in which `*` stands for any text; linear, without regard to case. */
export function createGlob(pattern: string): (text: string) => boolean {
  const parts = pattern.toLowerCase().split("*");
  const first = parts[0] as string;
  const last = parts[parts.length - 1] as string;
  if (parts.length === 1) return (text) => text.toLowerCase() === first;
  return (original) => {
    const text = original.toLowerCase();
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length >= at + last.length && text.endsWith(last);
  };
}
