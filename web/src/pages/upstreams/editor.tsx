// Edits one upstream: all fields, with what is wrong shown beside them, and without overwriting others.

import { useQueryClient } from "@tanstack/react-query";
import { ArrowLeft, FlaskConical, Save } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../../../../src/admin/contract/common.ts";
import type { Preset, UpstreamInput, UpstreamList, UpstreamView } from "../../../../src/admin/contract/upstreams.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useSaver, type Versioned } from "../../api/save.ts";
import { Link, navigate, useUnsavedChanges } from "../../app/router.tsx";
import { Button, buttonClass } from "../../ui/button.tsx";
import { PageHeader } from "../../ui/card.tsx";
import { ConflictDialog } from "../../ui/conflict-dialog.tsx";
import { SaveBar } from "../../ui/save-bar.tsx";
import { Notice } from "../../ui/status.tsx";
import { useToast } from "../../ui/toast.tsx";
import { AdvancedSections } from "./advanced-sections.tsx";
import { BasicsSection } from "./basics-section.tsx";
import { BreakerNotices } from "./breaker-notices.tsx";
import { type Draft, isChanged, localProblems, needsKeysAgain, toDefinition, toDraft } from "./draft.ts";
import { KeysSection } from "./keys-section.tsx";
import { ModelMapSection } from "./model-map-section.tsx";
import { connectionOf, type DraftUpstream } from "./offered-models.ts";
import { PresetNotes } from "./preset-notes.tsx";
import type { SectionProps } from "./section-props.ts";
import { TestDialog } from "./test-dialog.tsx";

export interface EditorProps {
  /** What is edited, keys masked. */
  readonly base: UpstreamInput;
  readonly version: string;
  readonly list: UpstreamList;
  readonly view?: UpstreamView;
  readonly preset?: Preset | undefined;
}

/** The editor of one upstream, new or there already. */
export function Editor({ base: initialBase, version, list, view, preset }: EditorProps) {
  const { t } = useTranslation("upstreams");
  const client = useQueryClient();
  const toast = useToast();
  // The version the user began with: what comes in later is compared when saving.
  const [base, setBase] = useState<Versioned<UpstreamInput>>({ value: initialBase, version });
  const [draft, setDraft] = useState<Draft>(() => toDraft(initialBase));
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [isTried, setTried] = useState(false);
  const [isTesting, setTesting] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  // Counts the times that something wrong is to be shown: the form is longer than a screen.
  const [lead, setLead] = useState(0);
  useEffect(() => {
    if (lead > 0) form.current?.querySelector<HTMLElement>("[aria-invalid=true], [data-attention]")?.focus();
  }, [lead]);
  const isNew = view === undefined;
  const isDirty = isNew || isChanged(draft, base.value);
  useUnsavedChanges(isDirty && (!isNew || isChanged(draft, base.value)));

  const otherIds = new Set(
    list.upstreams.map(({ definition }) => definition.id).filter((id) => isNew || id !== base.value.id),
  );
  const local = localProblems(draft, otherIds);
  const saver = useSaver<UpstreamInput>({
    send: (value, onVersion) =>
      isNew
        ? api.post("/upstreams", { body: value })
        : api.put(`/upstreams/${encodeURIComponent(base.value.id)}`, { body: value, version: onVersion }),
    reload: async () => {
      const fresh = await client.fetchQuery({ ...queries.upstreams(), staleTime: 0 });
      const found = fresh.upstreams.find(({ definition }) => definition.id === base.value.id);
      return found ? { value: found.definition, version: fresh.version } : null;
    },
  });

  const reset = (next: Versioned<UpstreamInput>) => {
    setBase(next);
    setDraft(toDraft(next.value));
    setProblems([]);
    setTried(false);
  };
  const save = async (from: Versioned<UpstreamInput>, definition: UpstreamInput) => {
    setProblems([]);
    try {
      if (!(await saver.save(from, definition))) return;
      toast.ok(t("editor.saved", { id: definition.id }));
      await navigate("/upstreams", { isSettled: true });
    } catch (error) {
      if (hasCode(error, "invalid") && error.problems.length > 0) {
        setProblems(error.problems);
        setLead((lead) => lead + 1);
      } else toast.failed(error);
    }
  };
  /** Whether it can be sent to the gateway; if not, the user is led to the first thing that is wrong. */
  const isComplete = () => {
    setTried(true);
    if (local.size === 0 && !needsKeysAgain(draft, base.value)) return true;
    setLead((lead) => lead + 1);
    return false;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isComplete()) void save(base, toDefinition(draft, base.value));
  };
  const definition = toDefinition(draft, base.value);
  const asDraft: DraftUpstream = { upstream: definition, ...(!isNew && { keys_of: base.value.id }) };
  // Whether the upstream is still reached as it is saved, so that what it offers is known.
  const isReached = !isNew && JSON.stringify(connectionOf(definition)) === JSON.stringify(connectionOf(base.value));
  const section: SectionProps = {
    draft,
    change: (change) => {
      setDraft((old) => ({ ...old, ...change }));
      setProblems([]);
    },
    problems,
    local: isTried ? local : new Map(),
    view,
  };

  return (
    <form ref={form} onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Link to="/upstreams" className={`${buttonClass("quiet", "small")} -ml-2 self-start`}>
        <ArrowLeft className="size-4" aria-hidden />
        {t("editor.back")}
      </Link>
      <PageHeader
        title={isNew ? t("editor.newTitle") : t("editor.editTitle", { id: base.value.id })}
        actions={
          <Button icon={FlaskConical} onClick={() => (isComplete() ? setTesting(true) : undefined)}>
            {t("menu.test")}
          </Button>
        }
      />
      {preset && <PresetNotes preset={preset} />}
      {view && <BreakerNotices breakers={view.breakers} />}
      <BasicsSection {...section} />
      <KeysSection {...section} isHostChanged={needsKeysAgain(draft, base.value)} />
      <ModelMapSection {...section} asked={isReached ? undefined : asDraft} />
      <AdvancedSections {...section} />
      {(problems.length > 0 || (isTried && local.size > 0)) && (
        <Notice tone="bad" title={t("editor.problems")}>
          {problems.map(({ path, message }) => (
            <p key={path + message}>
              {path && <code className="font-mono text-xs">{path}: </code>}
              {message}
            </p>
          ))}
        </Notice>
      )}
      <SaveBar
        isShown={isDirty}
        isBusy={saver.isSaving}
        icon={Save}
        label={isNew ? t("editor.create") : t("editor.save")}
        onDiscard={isNew ? () => void navigate("/upstreams", { isSettled: true }) : () => reset(base)}
      />
      {isTesting && (
        <TestDialog
          id={isNew ? draft.id : base.value.id}
          {...(isDirty && { draft: asDraft })}
          keys={view?.keys}
          onClose={() => setTesting(false)}
        />
      )}
      <ConflictDialog
        saver={saver}
        onReload={(theirs) => (theirs ? reset(theirs) : void navigate("/upstreams", { isSettled: true }))}
        onMerge={(theirs, merged) => void save(theirs, merged)}
      />
    </form>
  );
}
