// From the model a client asks for to the model an upstream is asked for.

/** Clients ask for dated snapshots (`claude-sonnet-4-5-20250929`) where people write the alias into their map. */
const DATE_SUFFIX = /-20\d{6}$/;

/**
 * Maps a model name: exact entry first (with, then without a date suffix), then patterns with `*` (longest pattern first), else the name itself.
 * A `*` in the target is replaced by what the pattern's first `*` matched. Comparison is case-sensitive.
 */
export function mapModel(map: ReadonlyMap<string, string>, model: string): string {
  if (map.size === 0) return model;
  const exact = map.get(model) ?? map.get(model.replace(DATE_SUFFIX, ""));
  if (exact !== undefined) return exact;
  const best = bestPattern(map, model);
  return best ? best.target.replace("*", () => best.captured) : model;
}

/** The entry of the map that `mapModel` goes by, as written there; undefined when none applies. */
export function modelMapEntry(map: ReadonlyMap<string, string>, model: string): string | undefined {
  const alias = model.replace(DATE_SUFFIX, "");
  if (map.has(model)) return model;
  return map.has(alias) ? alias : bestPattern(map, model)?.pattern;
}

function bestPattern(map: ReadonlyMap<string, string>, model: string) {
  let best: { pattern: string; captured: string; target: string } | undefined;
  for (const [pattern, target] of map) {
    if (!pattern.includes("*") || (best && pattern.length <= best.pattern.length)) continue;
    const captured = matchGlob(pattern, model);
    if (captured !== undefined) best = { pattern, captured, target };
  }
  return best;
}

/** Whether a model name is one of these names or matches one of these patterns; a date suffix may be left out of both. */
export function isModelAmong(names: readonly string[], model: string): boolean {
  const alias = model.replace(DATE_SUFFIX, "");
  return names.some((name) => {
    if (!name.includes("*")) return name === model || name === alias;
    return matchGlob(name, model) !== undefined || matchGlob(name, alias) !== undefined;
  });
}

/** What the first `*` of a pattern matched in `text`, or undefined. Linear: pieces between stars are searched in order. */
function matchGlob(pattern: string, text: string): string | undefined {
  const pieces = pattern.split("*");
  const first = pieces[0] as string;
  const last = pieces[pieces.length - 1] as string;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return undefined;
  const end = text.length - last.length;
  let at = first.length;
  let captured: string | undefined;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return undefined;
    captured ??= text.slice(at, found);
    at = found + piece.length;
  }
  return captured ?? text.slice(at, end);
}
