// Everything about an upstream that most people never touch.

import { ChevronDown } from "lucide-react";
import { Collapsible } from "radix-ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { buttonClass } from "../../ui/button.tsx";
import { Badge } from "../../ui/status.tsx";
import { BehaviourSection } from "./behaviour-section.tsx";
import { HeadersSection } from "./headers-section.tsx";
import { LimitsSection } from "./limits-section.tsx";
import { QuirksSection } from "./quirks-section.tsx";
import type { SectionProps } from "./section-props.ts";

/** The sections, folded away. Problems within unfold them. */
export function AdvancedSections(props: SectionProps) {
  const { t } = useTranslation("upstreams");
  const { draft, problems } = props;
  const [isOpen, setOpen] = useState(false);
  const hasProblem = problems.some(({ path }) =>
    /^(headers|timeouts|quirks|breaker|max_inflight|mid_stream|loss_policy)/.test(path),
  );
  const isShown = isOpen || hasProblem;
  const count =
    draft.headers.length +
    Object.keys(draft.timeouts).length +
    Object.keys(draft.quirks).length +
    Object.keys(draft.breaker).length +
    (draft.maxInflight === null ? 0 : 1) +
    (draft.midStream === "" ? 0 : 1) +
    (draft.lossPolicy === "allow" ? 0 : 1);
  return (
    <Collapsible.Root open={isShown} onOpenChange={setOpen} className="flex flex-col gap-4">
      <Collapsible.Trigger className={`${buttonClass("quiet")} group self-start`}>
        <ChevronDown className="size-4 transition-transform group-data-[state=open]:rotate-180" aria-hidden />
        {isShown ? t("advanced.hide") : t("advanced.show")}
        {count > 0 && <Badge>{t("advanced.changed", { count })}</Badge>}
      </Collapsible.Trigger>
      <Collapsible.Content className="flex flex-col gap-4">
        <LimitsSection {...props} />
        <BehaviourSection {...props} />
        <HeadersSection {...props} />
        <QuirksSection {...props} />
      </Collapsible.Content>
    </Collapsible.Root>
  );
}
