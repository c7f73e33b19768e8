// Families as the text that Prometheus reads.
// @source Prometheus exposition formats, text format 0.0.4, seen 2026-11

import type { Family, LabelValues } from "./families.ts";

export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function formatPrometheus(families: readonly Family[]): string {
  return families.map(formatFamily).join("");
}

function formatFamily(family: Family): string {
  const { name, help, type, labelNames } = family;
  let text = `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
  if (family.type !== "histogram") {
    for (const { labels, value } of family.collect()) text += line(name, labelNames, labels, value);
    return text;
  }
  for (const { labels, counts, sum, count } of family.collect()) {
    let below = 0;
    for (const [at, bound] of [...family.bounds, Number.POSITIVE_INFINITY].entries()) {
      below += counts[at] ?? 0;
      text += line(`${name}_bucket`, [...labelNames, "le"], [...labels, number(bound)], below);
    }
    text += line(`${name}_sum`, labelNames, labels, sum) + line(`${name}_count`, labelNames, labels, count);
  }
  return text;
}

function line(name: string, labelNames: readonly string[], labels: LabelValues, value: number): string {
  const pairs = labelNames.map((label, at) => `${label}="${escapeLabel(labels[at] ?? "")}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${number(value)}\n`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
