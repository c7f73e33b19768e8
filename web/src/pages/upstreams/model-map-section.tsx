// The model names of one upstream inside its editor.

import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFailureText } from "../../outcomes/use-failure-text.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { problemsAt } from "./draft.ts";
import { MapRows } from "./map-rows.tsx";
import { type DraftUpstream, offeredModels } from "./offered-models.ts";
import type { SectionProps } from "./section-props.ts";

/** The section. `asked` is whose models are offered: as it is saved where it is undefined. */
export function ModelMapSection({
  draft,
  change,
  problems,
  view,
  asked,
}: SectionProps & { readonly asked: DraftUpstream | undefined }) {
  const { t } = useTranslation("upstreams");
  const reasonOf = useFailureText();
  const offered = useQuery({
    ...offeredModels(view?.definition.id ?? "", asked),
    // Not while an address or a key is being typed.
    enabled: asked === undefined && view?.health !== "disabled",
    retry: false,
  });
  const models = offered.data?.models ?? [];
  return (
    <Section
      title={t("map.title")}
      description={`${t("map.description")} ${t("map.star")}`}
      actions={
        <Button size="small" icon={RefreshCw} busy={offered.isFetching} onClick={() => void offered.refetch()}>
          {t("map.fetch")}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <MapRows
          rows={draft.modelMap}
          onChange={(modelMap) => change({ modelMap })}
          suggestions={models.map((model) => ({ value: model.id, note: model.display_name ?? undefined }))}
          error={problemsAt(problems, "model_map")}
        />
        <p role="status" className="text-xs text-muted">
          {offered.isFetching
            ? t("map.loading")
            : offered.error
              ? t("map.notOffered", { reason: reasonOf(offered.error) })
              : offered.data && t("map.offered", { count: models.length })}
        </p>
      </div>
    </Section>
  );
}
