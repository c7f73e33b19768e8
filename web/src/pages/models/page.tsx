// The page "models": which name leads to which model, at every upstream.

import { useQuery } from "@tanstack/react-query";
import { Boxes } from "lucide-react";
import { useTranslation } from "react-i18next";
import { queries } from "../../api/queries.ts";
import { Link, usePlace } from "../../app/router.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { PageHeader } from "../../ui/card.tsx";
import { EmptyState, QueryView, SkeletonRows } from "../../ui/states.tsx";
import { inOrder } from "../upstreams/draft.ts";
import { MapEditor } from "./map-editor.tsx";
import { OfferedList } from "./offered-list.tsx";
import { Tester } from "./tester.tsx";

/** Registered in app/pages.ts. `/models?upstream=ID` opens the editor of one. */
export function ModelsPage() {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation();
  const { query: place } = usePlace();
  const query = useQuery(queries.upstreams());
  const wanted = place.get("upstream");
  return (
    <div className="flex flex-col gap-4">
      <PageHeader title={common("nav.models")} description={t("description")} />
      <QueryView query={query} skeleton={<SkeletonRows rows={4} className="h-24" />}>
        {({ upstreams, version }) =>
          upstreams.length === 0 ? (
            <EmptyState
              icon={Boxes}
              title={t("empty.title")}
              actions={
                <Link to="/upstreams" className={buttonClass("primary")}>
                  {t("empty.action")}
                </Link>
              }
            >
              {t("empty.body")}
            </EmptyState>
          ) : (
            <>
              <Tester />
              {inOrder(upstreams).map((view, index) => (
                <MapEditor
                  key={view.definition.id}
                  view={view}
                  version={version}
                  isOpenAtFirst={wanted === null ? index === 0 : wanted === view.definition.id}
                />
              ))}
              <OfferedList />
            </>
          )
        }
      </QueryView>
    </div>
  );
}
