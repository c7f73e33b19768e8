// When an upstream is paused, how much it is given, and what happens to broken answers.

import { useTranslation } from "react-i18next";
import { Section } from "../../ui/card.tsx";
import { Field, NumberInput, Select } from "../../ui/field.tsx";
import { problemsAt } from "./draft.ts";
import { secondsOf, withValue } from "./limits-section.tsx";
import type { SectionProps } from "./section-props.ts";

const MID_STREAM = ["auto", "restart", "continue", "error"] as const;

/** The section. */
export function BehaviourSection({ draft, change, problems }: SectionProps) {
  const { t } = useTranslation("upstreams");
  const threshold = draft.breaker["failure_threshold"];
  return (
    <Section title={t("behaviour.title")} description={t("behaviour.description")}>
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
        <Field label={t("behaviour.failureThreshold")} error={problemsAt(problems, "breaker.failure_threshold")}>
          {(control) => (
            <NumberInput
              {...control}
              value={typeof threshold === "number" ? threshold : null}
              onValue={(value) => change({ breaker: withValue(draft.breaker, "failure_threshold", value) })}
            />
          )}
        </Field>
        <Field label={t("behaviour.openSeconds")} error={problemsAt(problems, "breaker.open_ms")}>
          {(control) => (
            <NumberInput
              {...control}
              unit={t("limits.seconds")}
              value={secondsOf(draft.breaker["open_ms"])}
              onValue={(seconds) =>
                change({
                  breaker: withValue(draft.breaker, "open_ms", seconds === null ? null : Math.round(seconds * 1000)),
                })
              }
            />
          )}
        </Field>
        <Field
          label={t("behaviour.maxInflight")}
          hint={t("behaviour.maxInflightHint")}
          error={problemsAt(problems, "max_inflight")}
        >
          {(control) => (
            <NumberInput {...control} value={draft.maxInflight} onValue={(maxInflight) => change({ maxInflight })} />
          )}
        </Field>
        <Field label={t("behaviour.midStream")} error={problemsAt(problems, "mid_stream")}>
          {(control) => (
            <Select
              {...control}
              value={draft.midStream}
              onValue={(midStream) => change({ midStream })}
              options={[
                { value: "", label: t("behaviour.midStreamOption.default") },
                ...MID_STREAM.map((value) => ({ value, label: t(`behaviour.midStreamOption.${value}`) })),
              ]}
            />
          )}
        </Field>
        <Field label={t("behaviour.lossPolicy")} error={problemsAt(problems, "loss_policy")}>
          {(control) => (
            <Select
              {...control}
              value={draft.lossPolicy}
              onValue={(value) => change({ lossPolicy: value === "strict" ? "strict" : "allow" })}
              options={[
                { value: "allow", label: t("behaviour.lossOption.allow") },
                { value: "strict", label: t("behaviour.lossOption.strict") },
              ]}
            />
          )}
        </Field>
      </div>
    </Section>
  );
}
