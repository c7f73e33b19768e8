// The page "keys": who may use the gateway.

import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CreatedKey, KeyView } from "../../../../src/admin/contract/keys.ts";
import { queries } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { PageHeader } from "../../ui/card.tsx";
import { EmptyState, QueryView, SkeletonRows } from "../../ui/states.tsx";
import { AccessControl } from "./access-control.tsx";
import { CreatedKeyDialog } from "./created-key-dialog.tsx";
import { KeyCard } from "./key-card.tsx";
import { KeyDialog } from "./key-dialog.tsx";

/** Registered in app/pages.ts. */
export function KeysPage() {
  const { t } = useTranslation("keys");
  const { t: common } = useTranslation();
  const query = useQuery({ ...queries.keys(), refetchInterval: 15_000 });
  const [editing, setEditing] = useState<KeyView | "new">();
  const [created, setCreated] = useState<CreatedKey>();
  const create = (
    <Button kind="primary" icon={Plus} onClick={() => setEditing("new")}>
      {t("create")}
    </Button>
  );
  return (
    <div className="flex flex-col gap-4">
      <PageHeader title={common("nav.keys")} description={t("description")} actions={create} />
      <QueryView query={query} skeleton={<SkeletonRows rows={3} className="h-28" />}>
        {(list) => (
          <>
            <AccessControl list={list} />
            {list.keys.length === 0 ? (
              <EmptyState icon={KeyRound} title={t("empty.title")} actions={create}>
                {t("empty.body")}
              </EmptyState>
            ) : (
              <ul className="grid gap-3 lg:grid-cols-2">
                {list.keys.map((key) => (
                  <li key={key.id}>
                    <KeyCard view={key} onEdit={() => setEditing(key)} />
                  </li>
                ))}
              </ul>
            )}
            {editing && (
              <KeyDialog
                view={editing === "new" ? undefined : editing}
                version={list.version}
                onClose={() => setEditing(undefined)}
                onCreated={setCreated}
              />
            )}
          </>
        )}
      </QueryView>
      {created && <CreatedKeyDialog created={created} onClose={() => setCreated(undefined)} />}
    </div>
  );
}
