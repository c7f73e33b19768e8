// Picks a provider to begin a new upstream with.

import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, ExternalLink, Search } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Preset } from "../../../../src/admin/contract/upstreams.ts";
import { queries } from "../../api/queries.ts";
import { navigate } from "../../app/router.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextInput } from "../../ui/field.tsx";
import { QueryView } from "../../ui/states.tsx";
import { Badge } from "../../ui/status.tsx";
import { searchPresets } from "./search-presets.ts";

/** What the address of a new upstream's editor says when there is no preset. */
export const NO_PRESET = "custom";

/** The dialog: a searchable list, then the format where a provider has several. */
export function PresetDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation("upstreams");
  const [chosen, setChosen] = useState<Preset>();
  const begin = (presetId: string, endpoint: number) => {
    close();
    void navigate(`/upstreams?new=${encodeURIComponent(presetId)}&endpoint=${endpoint}`);
  };
  const close = () => {
    setChosen(undefined);
    onClose();
  };
  const choose = (preset: Preset) => (preset.endpoints.length > 1 ? setChosen(preset) : begin(preset.id, 0));
  return (
    <Dialog open={open} onClose={close} title={t("preset.title")} size="large">
      {chosen ? (
        <Endpoints preset={chosen} onBack={() => setChosen(undefined)} onChoose={(index) => begin(chosen.id, index)} />
      ) : (
        <PresetList onChoose={choose} onCustom={() => begin(NO_PRESET, 0)} />
      )}
    </Dialog>
  );
}

function PresetList({
  onChoose,
  onCustom,
}: {
  readonly onChoose: (preset: Preset) => void;
  readonly onCustom: () => void;
}) {
  const { t, i18n } = useTranslation("upstreams");
  const query = useQuery(queries.presets());
  const [text, setText] = useState("");
  return (
    <div className="flex min-h-96 flex-col gap-3">
      <div className="relative">
        <Search className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-faint" aria-hidden />
        <TextInput
          type="search"
          autoFocus
          aria-label={t("preset.search")}
          placeholder={t("preset.search")}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="pl-8"
        />
      </div>
      <QueryView query={query}>
        {({ presets }) => (
          <Groups presets={presets} text={text} isChinese={i18n.language === "zh"} onChoose={onChoose} />
        )}
      </QueryView>
      <button type="button" onClick={onCustom} className={TILE}>
        <span className="font-medium">{t("preset.custom")}</span>
        <span className="text-xs text-muted">{t("preset.customBody")}</span>
      </button>
    </div>
  );
}

const TILE =
  "flex flex-col items-start gap-0.5 rounded-control border border-line px-3 py-2 text-left hover:border-accent hover:bg-accent-soft";

interface GroupsProps {
  readonly presets: readonly Preset[];
  readonly text: string;
  readonly isChinese: boolean;
  readonly onChoose: (preset: Preset) => void;
}

function Groups({ presets, text, isChinese, onChoose }: GroupsProps) {
  const { t } = useTranslation("upstreams");
  const groups = useMemo(() => Map.groupBy(searchPresets(presets, text), ({ group }) => group), [presets, text]);
  if (groups.size === 0) return <p className="text-muted">{t("preset.none")}</p>;
  return [...groups].map(([group, members]) => (
    <section key={group} className="flex flex-col gap-1.5">
      <h3 className="text-xs text-muted">{t(`preset.group.${group}`)}</h3>
      <div className="grid grid-cols-1 gap-2 sm:grid-cols-2 lg:grid-cols-3">
        {members.map((preset) => (
          <button key={preset.id} type="button" onClick={() => onChoose(preset)} className={TILE}>
            <span className="font-medium">{(isChinese && preset.name_zh) || preset.name}</span>
            <span className="w-full truncate font-mono text-xs text-muted">{preset.endpoints[0]?.base_url}</span>
          </button>
        ))}
      </div>
    </section>
  ));
}

interface EndpointsProps {
  readonly preset: Preset;
  readonly onBack: () => void;
  readonly onChoose: (index: number) => void;
}

function Endpoints({ preset, onBack, onChoose }: EndpointsProps) {
  const { t, i18n } = useTranslation("upstreams");
  const { t: common } = useTranslation();
  const isChinese = i18n.language === "zh";
  return (
    <div className="flex min-h-96 flex-col gap-3">
      <Button kind="quiet" icon={ArrowLeft} onClick={onBack} className="self-start">
        {common("back")}
      </Button>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h3 className="text-base font-semibold">{(isChinese && preset.name_zh) || preset.name}</h3>
        <PresetLinks preset={preset} />
      </div>
      {preset.notes && <p className="max-w-prose text-muted">{isChinese ? preset.notes.zh : preset.notes.en}</p>}
      <p className="font-medium">{t("preset.endpoints")}</p>
      {preset.endpoints.map((endpoint, index) => (
        <button key={endpoint.label + endpoint.base_url} type="button" onClick={() => onChoose(index)} className={TILE}>
          <span className="flex items-center gap-2 font-medium">
            {endpoint.label} <Badge>{common(`format.${endpoint.api_format}`)}</Badge>
          </span>
          <span className="font-mono text-xs text-muted">{endpoint.base_url}</span>
        </button>
      ))}
      <p className="text-xs text-faint">{t("preset.seen", { date: preset.seen })}</p>
    </div>
  );
}

/** Where to read more and where to get a key; only http(s) addresses become links. */
export function PresetLinks({ preset }: { readonly preset: Preset }) {
  const { t } = useTranslation("upstreams");
  const links = [
    [preset.site, t("preset.site")],
    [preset.key_url, t("preset.keyPage")],
  ] as const;
  return links.map(
    ([url, label]) =>
      url &&
      /^https?:\/\//.test(url) && (
        <a
          key={label}
          href={url}
          target="_blank"
          rel="noreferrer"
          className="inline-flex items-center gap-1 text-accent hover:underline"
        >
          {label} <ExternalLink className="size-3.5" aria-hidden />
        </a>
      ),
  );
}
