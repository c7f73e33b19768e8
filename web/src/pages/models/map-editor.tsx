// The model names of one upstream, folded away until they are wanted.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, Save } from "lucide-react";
import { Collapsible } from "radix-ui";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { UpstreamInput, UpstreamView } from "../../../../src/admin/contract/upstreams.ts";
import { api } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useSaver, type Versioned } from "../../api/save.ts";
import { Link, useUnsavedChanges } from "../../app/router.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ConflictDialog } from "../../ui/conflict-dialog.tsx";
import { Badge } from "../../ui/status.tsx";
import { useToast } from "../../ui/toast.tsx";
import { type Draft, isChanged, type Row, rowProblem, toDefinition, toDraft } from "../upstreams/draft.ts";
import { MapRows } from "../upstreams/map-rows.tsx";
import { offeredModels } from "../upstreams/offered-models.ts";

export interface MapEditorProps {
  readonly view: UpstreamView;
  readonly version: string;
  readonly isOpenAtFirst: boolean;
}

/** The editor with its head. */
export function MapEditor({ view, version, isOpenAtFirst }: MapEditorProps) {
  const { t } = useTranslation("models");
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const { id } = view.definition;
  const count = Object.keys(view.definition.model_map ?? {}).length;
  return (
    <Card>
      <Collapsible.Root open={isOpen} onOpenChange={setOpen}>
        <Collapsible.Trigger className="group flex w-full items-center gap-2 rounded-card px-4 py-3 text-left sm:px-5">
          <ChevronDown
            className="size-4 shrink-0 text-faint transition-transform group-data-[state=closed]:-rotate-90"
            aria-hidden
          />
          <span className="min-w-0 truncate text-base font-semibold">{id}</span>
          <Badge>{t("map.entries", { count })}</Badge>
          {view.health === "disabled" && (
            <Badge tone="off" withIcon>
              {t("map.off")}
            </Badge>
          )}
        </Collapsible.Trigger>
        <Collapsible.Content className="px-4 pb-4 sm:px-5">
          <MapForm view={view} version={version} />
        </Collapsible.Content>
      </Collapsible.Root>
    </Card>
  );
}

function MapForm({ view, version }: Omit<MapEditorProps, "isOpenAtFirst">) {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const { id } = view.definition;
  const [base, setBase] = useState<Versioned<UpstreamInput>>({ value: view.definition, version });
  const [draft, setDraft] = useState<Draft>(() => toDraft(view.definition));
  const offered = useQuery({ ...offeredModels(id), enabled: view.health !== "disabled", retry: false });
  const isDirty = isChanged(draft, base.value);
  const hasProblem = draft.modelMap.some((row) => rowProblem(row, draft.modelMap) !== undefined);
  useUnsavedChanges(isDirty);
  // While nothing is changed here, what others save is taken up.
  if (!isDirty && version !== base.version && !hasProblem) reset({ value: view.definition, version });

  function reset(next: Versioned<UpstreamInput>): void {
    setBase(next);
    setDraft((old) => (isChanged(old, next.value) ? toDraft(next.value) : old));
  }

  const reload = async (): Promise<Versioned<UpstreamInput> | null> => {
    const fresh = await client.fetchQuery({ ...queries.upstreams(), staleTime: 0 });
    const found = fresh.upstreams.find(({ definition }) => definition.id === id);
    return found ? { value: found.definition, version: fresh.version } : null;
  };
  const saver = useSaver<UpstreamInput>({
    send: (value, onVersion) => api.put(`/upstreams/${encodeURIComponent(id)}`, { body: value, version: onVersion }),
    reload,
  });
  const save = async (from: Versioned<UpstreamInput>, value: UpstreamInput) => {
    try {
      if (!(await saver.save(from, value))) return;
      toast.ok(t("map.saved", { id }));
      const fresh = await reload();
      if (fresh) reset(fresh);
    } catch (error) {
      toast.failed(error);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!hasProblem) void save(base, toDefinition(draft, base.value));
  };
  const setRows = (modelMap: readonly Row[]) => setDraft({ ...draft, modelMap });

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-3">
      {draft.modelMap.length === 0 && <p className="text-muted">{t("map.none")}</p>}
      <MapRows
        rows={draft.modelMap}
        onChange={setRows}
        suggestions={(offered.data?.models ?? []).map((model) => ({
          value: model.id,
          note: model.display_name ?? undefined,
        }))}
      />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Link to={`/upstreams/${encodeURIComponent(id)}`} className="text-accent hover:underline">
          {t("map.editUpstream")}
        </Link>
        {isDirty && (
          <div className="flex items-center gap-2">
            {hasProblem && <span className="text-xs text-bad">{t("map.fix")}</span>}
            <Button kind="quiet" onClick={() => setDraft(toDraft(base.value))}>
              {common("unsaved.discard")}
            </Button>
            <Button type="submit" kind="primary" icon={Save} busy={saver.isSaving} disabled={hasProblem}>
              {common("save")}
            </Button>
          </div>
        )}
      </div>
      <ConflictDialog
        saver={saver}
        onReload={(theirs) => {
          if (!theirs) return;
          setBase(theirs);
          setDraft(toDraft(theirs.value));
        }}
        onMerge={(theirs, merged) => void save(theirs, merged)}
      />
    </form>
  );
}
