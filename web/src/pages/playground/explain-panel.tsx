// Which upstreams a request would go to right now, in order, and why.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProtocolName } from "../../../../src/admin/contract/common.ts";
import type { Explanation, ExplanationStep } from "../../../../src/admin/contract/playground.ts";
import { api } from "../../api/client.ts";
import { useLive } from "../../api/live.ts";
import { queries } from "../../api/queries.ts";
import { cx } from "../../lib/cx.ts";
import { useFormat } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { Section } from "../../ui/card.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { QueryView } from "../../ui/states.tsx";
import { Badge, Notice } from "../../ui/status.tsx";

/** Asks anew when the model, the configuration or a breaker changes. */
export function ExplainPanel({ protocol, model }: { readonly protocol: ProtocolName; readonly model: string }) {
  const { t } = useTranslation("playground");
  const { breakers, version } = useLive();
  const keys = useQuery(queries.keys());
  const [keyId, setKeyId] = useState("");
  const state = breakers.map((breaker) => `${breaker.scope} ${breaker.id} ${breaker.state}`).join();
  const query = useQuery({
    queryKey: ["explain", protocol, model, keyId, version, state],
    queryFn: ({ signal }) =>
      api.post<Explanation>("/explain", { body: { protocol, model, client_key_id: keyId || null }, signal }),
    enabled: model !== "",
    placeholderData: (previous) => previous,
  });
  const keyOptions = keys.data?.keys.map((key) => ({ value: key.id, label: key.name || key.label })) ?? [];
  return (
    <Section title={t("explain.title")} description={t("explain.description")}>
      {keyOptions.length > 0 && (
        <Field label={t("explain.clientKey")} className="mb-3 max-w-72">
          {(control) => (
            <Select
              {...control}
              value={keyId}
              onValue={setKeyId}
              options={[{ value: "", label: t("explain.anyKey") }, ...keyOptions]}
            />
          )}
        </Field>
      )}
      {model === "" ? (
        <p className="text-muted">{t("explain.needsModel")}</p>
      ) : (
        <QueryView query={query}>{(explanation) => <Steps explanation={explanation} />}</QueryView>
      )}
    </Section>
  );
}

/** Behind the reason: which breaker, for how long, after what; or how many requests at once. */
function StepDetail({ step: { breaker, max_inflight: maxInflight } }: { readonly step: ExplanationStep }) {
  const { t } = useTranslation("playground");
  const format = useFormat();
  const outcome = useOutcome();
  if (breaker === null && maxInflight === null) return null;
  const parts =
    breaker === null
      ? [t("explain.atOnce", { number: format.number(maxInflight ?? 0) })]
      : [
          t(`explain.scope.${breaker.scope}`),
          breaker.remaining_ms === null
            ? t("explain.trying")
            : t("explain.left", { time: format.duration(Math.ceil(breaker.remaining_ms / 1000) * 1000) }),
          ...breaker.causes.map((cause) => outcome(cause).name),
        ];
  return <span className="text-faint"> ({parts.join(" · ")})</span>;
}

function Steps({ explanation }: { readonly explanation: Explanation }) {
  const { t } = useTranslation("playground");
  const { steps, refusal } = explanation;
  let turn = 0;
  return (
    <div className="flex flex-col gap-3">
      {refusal !== null && <Notice tone="warn">{t("explain.refusal", { message: refusal })}</Notice>}
      {steps.length === 0 && <p className="text-muted">{t("explain.none")}</p>}
      <ol className="flex flex-col gap-1.5">
        {steps.map((step, index) => {
          if (step.would_try) turn += 1;
          return (
            <li
              // biome-ignore lint/suspicious/noArrayIndexKey: the order is what is shown, and an upstream may be there several times
              key={index}
              className={cx(
                "grid grid-cols-[1.75rem_1fr] gap-x-2 rounded-control border border-line px-3 py-2",
                !step.would_try && "border-dashed",
              )}
            >
              <span
                aria-hidden
                className={cx(
                  "mt-0.5 flex size-5 items-center justify-center rounded-full text-xs",
                  step.would_try ? "bg-accent text-on-accent" : "bg-sunken text-faint",
                )}
              >
                {step.would_try ? turn : "–"}
              </span>
              <div className="min-w-0">
                <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
                  <span className={cx("font-medium", !step.would_try && "text-muted")}>{step.upstream_id}</span>
                  <span className="font-mono text-xs text-muted">{step.key_masked || t("explain.noKey")}</span>
                  {step.would_try ? (
                    step.lane && (
                      <Badge>{step.lane === "pass-through" ? t("explain.passThrough") : t("explain.converted")}</Badge>
                    )
                  ) : (
                    <Badge tone="warn">{t("explain.skipped")}</Badge>
                  )}
                </p>
                <p className="text-muted">
                  {t(`explain.reason.${step.reason}`)}
                  <StepDetail step={step} />
                </p>
                <p className="text-xs text-muted">
                  {t("explain.model")}: <span className="font-mono">{step.model}</span>
                  {step.model_map_entry !== null && `, ${t("explain.mapped", { entry: step.model_map_entry })}`}
                </p>
              </div>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
