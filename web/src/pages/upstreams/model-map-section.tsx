// The model names of one upstream inside its editor.

import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { UpstreamInput } from "../../../../src/admin/contract/upstreams.ts";
import { describeFailure } from "../../api/describe-failure.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { problemsAt } from "./draft.ts";
import { MapRows } from "./map-rows.tsx";
import { offeredModels } from "./offered-models.ts";
import type { SectionProps } from "./section-props.ts";

/** The section. `definition` is what would be saved now. */
export function ModelMapSection({
  draft,
  change,
  problems,
  view,
  definition,
}: SectionProps & { readonly definition: UpstreamInput }) {
  const { t } = useTranslation("upstreams");
  const { t: common } = useTranslation();
  // A saved upstream is asked as it is saved: its keys are masked here.
  const offered = useQuery({
    ...offeredModels(view?.definition.id ?? "", view ? undefined : definition),
    enabled: view !== undefined && view.health !== "disabled",
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
              ? t("map.notOffered", { reason: describeFailure(offered.error, common) })
              : offered.data && t("map.offered", { count: models.length })}
        </p>
      </div>
    </Section>
  );
}
