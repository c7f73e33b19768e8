// What leads a newcomer from an empty installation to the first answer.

import { Check, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Overview } from "../../../../src/admin/contract/usage.ts";
import { useLive } from "../../api/live.ts";
import { Link } from "../../app/router.tsx";
import { cx } from "../../lib/cx.ts";
import { buttonClass } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";

/** Whether anything of the four steps is still to be done. */
export function isNew(overview: Overview): boolean {
  return overview.upstreams.total === 0 || overview.log_rows === 0;
}

interface Step {
  readonly name: "upstream" | "key" | "connect" | "request";
  readonly isDone: boolean;
  readonly to: string;
}

/** The steps, the next one marked. */
export function FirstSteps({ overview }: { readonly overview: Overview }) {
  const { t } = useTranslation("overview");
  const { running } = useLive();
  const hasRequest = overview.log_rows > 0 || running.length > 0;
  const steps: readonly Step[] = [
    { name: "upstream", isDone: overview.upstreams.total > 0, to: "/upstreams" },
    { name: "key", isDone: overview.client_keys.total > 0, to: "/keys" },
    { name: "connect", isDone: hasRequest, to: "/connect" },
    { name: "request", isDone: hasRequest, to: "/playground" },
  ];
  const next = steps.find((step) => !step.isDone)?.name;
  return (
    <Section title={t("first.title")} description={t("first.description")}>
      <ol className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
        {steps.map((step, index) => (
          <li
            key={step.name}
            className={cx(
              "flex flex-col gap-2 rounded-control border p-3.5",
              step.name === next ? "border-accent bg-accent-soft/50" : "border-line",
            )}
          >
            <div className="flex items-center gap-2">
              <span
                aria-hidden
                className={cx(
                  "flex size-6 items-center justify-center rounded-full text-xs font-semibold",
                  step.isDone
                    ? "bg-ok-soft text-ok"
                    : step.name === next
                      ? "bg-accent text-on-accent"
                      : "bg-sunken text-muted",
                )}
              >
                {step.isDone ? <Check className="size-4" /> : index + 1}
              </span>
              <h3 className="font-medium">{t(`first.${step.name}`)}</h3>
              {step.isDone && <span className="sr-only">{t("first.done")}</span>}
            </div>
            <p className="flex-1 text-muted">{t(`first.${step.name}Text`)}</p>
            {step.name === "request" && !step.isDone && overview.upstreams.total > 0 && (
              <p role="status" className="flex items-center gap-1.5 text-xs text-muted">
                <LoaderCircle className="size-3.5 animate-spin" aria-hidden />
                {t("first.requestWaiting")}
              </p>
            )}
            {!step.isDone && (
              <Link
                to={step.to}
                className={cx(buttonClass(step.name === next ? "primary" : "secondary", "small"), "self-start")}
              >
                {t(`first.${step.name}Action`)}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </Section>
  );
}
