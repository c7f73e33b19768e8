// Time limits of one upstream.

import { useTranslation } from "react-i18next";
import { Section } from "../../ui/card.tsx";
import { Field, NumberInput } from "../../ui/field.tsx";
import { problemsAt } from "./draft.ts";
import type { SectionProps } from "./section-props.ts";

const LIMITS = ["connect_ms", "first_byte_ms", "first_content_ms", "idle_ms", "request_ms", "stream_ms"] as const;

/** The section; values are shown in seconds and kept in milliseconds. */
export function LimitsSection({ draft, change, problems }: SectionProps) {
  const { t } = useTranslation("upstreams");
  return (
    <Section title={t("limits.title")} description={t("limits.description")}>
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        {LIMITS.map((name) => (
          <Field key={name} label={t(`limits.${name}`)} error={problemsAt(problems, `timeouts.${name}`)}>
            {(control) => (
              <NumberInput
                {...control}
                unit={t("limits.seconds")}
                value={secondsOf(draft.timeouts[name])}
                onValue={(seconds) => change({ timeouts: withMs(draft.timeouts, name, seconds) })}
              />
            )}
          </Field>
        ))}
      </div>
    </Section>
  );
}

/** Milliseconds as seconds; null when nothing is set. */
export function secondsOf(ms: unknown): number | null {
  return typeof ms === "number" ? ms / 1000 : null;
}

/** The record with one value set, or removed when it is null. */
export function withValue<Value>(
  record: Readonly<Record<string, Value>>,
  name: string,
  value: Value | null,
): Readonly<Record<string, Value>> {
  const entries = Object.entries(record).filter(([key]) => key !== name);
  return Object.fromEntries(value === null ? entries : [...entries, [name, value]]);
}

function withMs(
  record: Readonly<Record<string, number>>,
  name: string,
  seconds: number | null,
): Readonly<Record<string, number>> {
  return withValue(record, name, seconds === null ? null : Math.round(seconds * 1000));
}
