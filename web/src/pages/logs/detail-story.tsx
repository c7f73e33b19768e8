// What happened, line by line.

import { useTranslation } from "react-i18next";
import type { LogDetail } from "../../../../src/admin/contract/logs.ts";
import { cx } from "../../lib/cx.ts";
import { useFormat } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { ForeignText } from "../../ui/foreign-text.tsx";
import { type StoryTone, tellStory } from "./story.ts";

const DOTS: Readonly<Record<StoryTone, string>> = {
  neutral: "border-line-strong bg-surface",
  good: "border-ok bg-ok",
  warning: "border-warn bg-warn",
  bad: "border-bad bg-bad",
};

/** The story as a list, with the time since the request came in before each line. */
export function StoryList({ detail }: { readonly detail: LogDetail }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const explain = useOutcome();
  return (
    <ol className="flex flex-col">
      {tellStory(detail).map(({ atMs, tone, sentence, values, detail: words }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: what has happened keeps its order
        <li key={index} className="group grid grid-cols-[4.5rem_1rem_1fr] gap-x-2">
          <span className="pt-px text-right text-xs text-muted tabular-nums">{format.duration(atMs)}</span>
          <span aria-hidden className="flex flex-col items-center">
            <span className={cx("mt-1.5 size-2.5 shrink-0 rounded-full border-2", DOTS[tone])} />
            <span className="w-px flex-1 bg-line group-last:hidden" />
          </span>
          <div className="min-w-0 pb-2.5">
            <p>
              {t(`story.${sentence}`, {
                ...values,
                outcome: explain(values.outcome).name,
                reason: values.stoppedBy === null ? "" : t(`stoppedBy.${values.stoppedBy}`),
              })}
            </p>
            {words && <ForeignText text={words} />}
          </div>
        </li>
      ))}
    </ol>
  );
}
