// Loads what the editor needs: the upstream, or a preset to begin with.

import { useQuery } from "@tanstack/react-query";
import { Server } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Preset, UpstreamInput, UpstreamList } from "../../../../src/admin/contract/upstreams.ts";
import { queries } from "../../api/queries.ts";
import { Link } from "../../app/router.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { EmptyState, QueryView } from "../../ui/states.tsx";
import { emptyUpstream } from "./draft.ts";
import { Editor } from "./editor.tsx";

export interface UpstreamEditorPageProps {
  /** Of the upstream to edit; absent for a new one. */
  readonly id?: string;
  readonly presetId?: string | null;
  /** Which of the preset's endpoints. */
  readonly endpoint?: string | null;
  /** Of the upstream that the new one is a copy of. */
  readonly copyOf?: string | null;
}

/** The editor, once everything is there. */
export function UpstreamEditorPage({ id, presetId, endpoint, copyOf }: UpstreamEditorPageProps) {
  const list = useQuery(queries.upstreams());
  const presets = useQuery({ ...queries.presets(), enabled: presetId !== undefined && presetId !== null });
  const needsPresets = presetId !== undefined && presetId !== null && presetId !== "custom";
  if (needsPresets && !presets.data && !presets.error) return <QueryView query={presets}>{() => null}</QueryView>;
  return (
    <QueryView query={list}>
      {(data) => {
        if (id === undefined) {
          const preset = presets.data?.presets.find((entry) => entry.id === presetId);
          const base = copyOf ? copyFrom(data, copyOf) : fromPreset(preset, Number(endpoint ?? 0), data);
          return <Editor base={base} version={data.version} list={data} preset={preset} />;
        }
        const view = data.upstreams.find(({ definition }) => definition.id === id);
        return view ? <Editor base={view.definition} view={view} version={data.version} list={data} /> : <Gone />;
      }}
    </QueryView>
  );
}

function Gone() {
  const { t } = useTranslation("upstreams");
  return (
    <EmptyState
      icon={Server}
      title={t("editor.gone")}
      actions={
        <Link to="/upstreams" className={buttonClass("primary")}>
          {t("editor.back")}
        </Link>
      }
    />
  );
}

function fromPreset(preset: Preset | undefined, endpoint: number, list: UpstreamList): UpstreamInput {
  const chosen = preset?.endpoints[endpoint] ?? preset?.endpoints[0];
  if (!preset || !chosen) return emptyUpstream({ id: freeId("upstream", list) });
  return emptyUpstream({
    id: freeId(preset.id, list),
    base_url: chosen.base_url,
    api_format: chosen.api_format,
    ...(chosen.auth && { auth: chosen.auth }),
    ...(chosen.quirks && { quirks: chosen.quirks }),
    ...(preset.model_map && { model_map: preset.model_map }),
  });
}

/** A copy without keys: masked ones mean nothing in another upstream. */
function copyFrom(list: UpstreamList, id: string): UpstreamInput {
  const original = list.upstreams.find(({ definition }) => definition.id === id)?.definition;
  if (!original) return emptyUpstream({ id: freeId("upstream", list) });
  const { priority: _, ...rest } = original;
  return { ...rest, id: freeId(id, list), keys: (original.keys ?? []).filter((key) => /^(env|file):/.test(key)) };
}

function freeId(wanted: string, list: UpstreamList): string {
  const taken = new Set(list.upstreams.map(({ definition }) => definition.id));
  for (let number = 1; ; number++) {
    const id = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(id)) return id;
  }
}
