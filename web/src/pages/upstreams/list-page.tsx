// All upstreams in the order in which they are tried.

import { useQuery } from "@tanstack/react-query";
import { Plus, Server } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queries } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { PageHeader } from "../../ui/card.tsx";
import { EmptyState, QueryView, SkeletonRows } from "../../ui/states.tsx";
import { PresetDialog } from "./preset-dialog.tsx";
import { SortableList } from "./sortable-list.tsx";

/** The list with its header. */
export function UpstreamListPage() {
  const { t } = useTranslation("upstreams");
  const { t: common } = useTranslation();
  const query = useQuery({ ...queries.upstreams(), refetchInterval: 10_000 });
  const [isAdding, setAdding] = useState(false);
  const add = (
    <Button kind="primary" icon={Plus} onClick={() => setAdding(true)}>
      {t("add")}
    </Button>
  );
  return (
    <div className="flex flex-col gap-4">
      <PageHeader title={common("nav.upstreams")} description={t("description")} actions={add} />
      <QueryView query={query} skeleton={<SkeletonRows rows={3} className="h-28" />}>
        {({ upstreams, version }) =>
          upstreams.length === 0 ? (
            <EmptyState icon={Server} title={t("empty.title")} actions={add}>
              {t("empty.body")}
            </EmptyState>
          ) : (
            <SortableList upstreams={upstreams} version={version} />
          )
        }
      </QueryView>
      <PresetDialog open={isAdding} onClose={() => setAdding(false)} />
    </div>
  );
}
