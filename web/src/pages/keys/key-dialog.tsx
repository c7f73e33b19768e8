// Creates a client key, or changes its name, end and limits.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../../../../src/admin/contract/common.ts";
import type { CreatedKey, KeyView } from "../../../../src/admin/contract/keys.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { queries } from "../../api/queries.ts";
import { useSaver, type Versioned } from "../../api/save.ts";
import { Button } from "../../ui/button.tsx";
import { useConfirm } from "../../ui/confirm.tsx";
import { ConflictDialog } from "../../ui/conflict-dialog.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { Notice } from "../../ui/status.tsx";
import { useToast } from "../../ui/toast.tsx";
import { type KeyDraft, type KeyValue, toKeyDraft, toKeyValue } from "./key-draft.ts";
import { LimitFields } from "./limit-fields.tsx";

export interface KeyDialogProps {
  /** Absent for a new key. */
  readonly view: KeyView | undefined;
  readonly version: string;
  readonly onClose: () => void;
  readonly onCreated: (created: CreatedKey) => void;
}

/** The dialog. Leaving it with changes asks first. */
export function KeyDialog({ view, version, onClose, onCreated }: KeyDialogProps) {
  const { t } = useTranslation("keys");
  const { t: common } = useTranslation();
  const formId = useId();
  const client = useQueryClient();
  const toast = useToast();
  const confirm = useConfirm();
  const upstreams = useQuery(queries.upstreams());
  const [initial] = useState(() => toKeyDraft(view));
  const [base] = useState<Versioned<KeyValue>>(() => ({ value: toKeyValue(initial, view), version }));
  const [draft, setDraft] = useState<KeyDraft>(initial);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [isTried, setTried] = useState(false);
  const value = toKeyValue(draft, view);
  const isDirty = JSON.stringify(value) !== JSON.stringify(base.value);

  const created = useRef<CreatedKey>(undefined);
  const saver = useSaver<KeyValue>({
    send: async (next, onVersion) => {
      if (view) return api.patch(`/keys/${view.id}`, { body: next, version: onVersion });
      created.current = await api.post<CreatedKey>("/keys", { body: next });
      return undefined;
    },
    reload: async () => {
      const fresh = await client.fetchQuery({ ...queries.keys(), staleTime: 0 });
      const found = fresh.keys.find(({ id }) => id === view?.id);
      return found ? { value: toKeyValue(toKeyDraft(found), found), version: fresh.version } : null;
    },
  });

  const save = async (from: Versioned<KeyValue>, next: KeyValue) => {
    setProblems([]);
    try {
      if (!(await saver.save(from, next))) return;
      if (view) toast.ok(t("form.saved", { name: next.name }));
      onClose();
      // Only now: while this dialog were still there, Escape could reach it instead of the new key's.
      if (created.current) onCreated(created.current);
    } catch (error) {
      if (hasCode(error, "invalid") && error.problems.length > 0) setProblems(error.problems);
      else toast.failed(error);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (value.name !== "") void save(base, value);
  };
  const close = async () => {
    const mayClose =
      !isDirty ||
      (await confirm({
        title: common("unsaved.title"),
        body: common("unsaved.body"),
        confirmLabel: common("unsaved.leave"),
        cancelLabel: common("unsaved.stay"),
        isDangerous: true,
      }));
    if (mayClose) onClose();
  };
  if (saver.conflict) {
    return <ConflictDialog saver={saver} onReload={onClose} onMerge={(theirs, merged) => void save(theirs, merged)} />;
  }

  return (
    <Dialog
      open
      onClose={() => void close()}
      title={view ? t("form.editTitle", { name: view.name }) : t("form.createTitle")}
      footer={
        <>
          <Button kind="quiet" onClick={() => void close()}>
            {common("cancel")}
          </Button>
          <Button
            type="submit"
            form={formId}
            kind="primary"
            busy={saver.isSaving}
            disabled={view !== undefined && !isDirty}
          >
            {view ? t("form.save") : t("form.submit")}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label={t("form.name")}
            hint={t("form.nameHint")}
            error={
              isTried && value.name === "" ? t("form.nameEmpty") : problems.find(({ path }) => path === "name")?.message
            }
          >
            {(control) => (
              <TextInput
                {...control}
                autoFocus={view === undefined}
                maxLength={256}
                value={draft.name}
                onChange={(event) => setDraft({ ...draft, name: event.target.value })}
              />
            )}
          </Field>
          <Field
            label={t("form.expires")}
            hint={t("form.expiresHint")}
            optional
            error={problems.find(({ path }) => path === "expires_at")?.message}
          >
            {(control) => (
              <TextInput
                {...control}
                type="date"
                value={draft.expires}
                onChange={(event) => setDraft({ ...draft, expires: event.target.value })}
              />
            )}
          </Field>
        </div>
        <LimitFields
          draft={draft}
          onChange={(change) => setDraft({ ...draft, ...change })}
          problems={problems}
          upstreamIds={(upstreams.data?.upstreams ?? []).map(({ definition }) => definition.id)}
        />
        {problems.length > 0 && (
          <Notice tone="bad">
            {problems.map(({ path, message }) => (
              <p key={path + message}>{message}</p>
            ))}
          </Notice>
        )}
      </form>
    </Dialog>
  );
}
