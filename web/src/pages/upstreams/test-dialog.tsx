// Sends one short question to one upstream and shows what came back.

import { useMutation, useQuery } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { TestResult, UpstreamKeyView } from "../../../../src/admin/contract/upstreams.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { useFormat } from "../../lib/use-format.ts";
import { useFailureText } from "../../outcomes/use-failure-text.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { Button } from "../../ui/button.tsx";
import { Facts } from "../../ui/card.tsx";
import { Combobox } from "../../ui/combobox.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Notice } from "../../ui/status.tsx";
import { type DraftUpstream, offeredModels } from "./offered-models.ts";

export interface TestDialogProps {
  /** Of a saved upstream. */
  readonly id: string;
  /** Tested in place of what is saved. */
  readonly draft?: DraftUpstream;
  /** Of what is saved: which of them is tried can be chosen. */
  readonly keys?: readonly UpstreamKeyView[] | undefined;
  readonly onClose: () => void;
}

/** The dialog. */
export function TestDialog({ id, draft, keys = [], onClose }: TestDialogProps) {
  const { t } = useTranslation("upstreams");
  const { t: common } = useTranslation();
  const reasonOf = useFailureText();
  const [model, setModel] = useState("");
  const choices = draft ? [] : keys.filter((key) => key.id !== "");
  const [keyId, setKeyId] = useState("");
  const offered = useQuery({ ...offeredModels(id, draft, true), retry: false });
  const test = useMutation({
    mutationFn: () => {
      const named = model.trim() === "" ? {} : { model: model.trim() };
      return draft
        ? api.post<TestResult>("/upstreams/test", { body: { ...draft, ...named } })
        : api.post<TestResult>(`/upstreams/${encodeURIComponent(id)}/test`, {
            body: { ...named, ...(keyId !== "" && { key_id: keyId }) },
          });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("test.title", { id })}
      description={t("test.body")}
      footer={
        <>
          <Button onClick={onClose}>{common("close")}</Button>
          <Button kind="primary" icon={FlaskConical} busy={test.isPending} onClick={() => test.mutate()}>
            {t("test.run")}
          </Button>
        </>
      }
    >
      <div className="flex min-h-64 flex-col gap-4">
        <Field label={t("test.model")} hint={t("test.modelHint")} optional>
          {(control) => (
            <Combobox
              {...control}
              value={model}
              onChange={setModel}
              suggestions={(offered.data?.models ?? []).map((entry) => ({
                value: entry.id,
                note: entry.display_name ?? undefined,
              }))}
            />
          )}
        </Field>
        {choices.length > 1 && (
          <Field label={t("test.key")}>
            {(control) => (
              <Select
                {...control}
                value={keyId || choices[0]?.id}
                onValue={setKeyId}
                options={choices.map((key) => ({ value: key.id, label: key.masked }))}
              />
            )}
          </Field>
        )}
        {test.error &&
          (lacksModel(test.error) ? (
            <Notice tone="warn">{t("test.needsModel")}</Notice>
          ) : (
            <Notice tone="bad" title={t("test.failed")}>
              {reasonOf(test.error)}
            </Notice>
          ))}
        {test.data && <Result result={test.data} />}
      </div>
    </Dialog>
  );
}

function lacksModel(error: unknown): boolean {
  return hasCode(error, "invalid") && error.problems.some(({ path }) => path === "model");
}

function Result({ result }: { readonly result: TestResult }) {
  const { t } = useTranslation("upstreams");
  const format = useFormat();
  const outcome = useOutcome();
  const failure = result.ok ? null : outcome(result.outcome);
  return (
    <Notice tone={result.ok ? "ok" : "bad"} title={failure ? `${t("test.failed")} · ${failure.name}` : t("test.ok")}>
      <div className="mt-1 flex flex-col gap-3">
        {failure?.text && <p>{failure.text}</p>}
        <Facts
          items={[
            { label: t("test.model"), value: <span className="font-mono">{result.model}</span> },
            { label: t("test.status"), value: result.status ?? t("test.noAnswer") },
            { label: t("test.time"), value: format.duration(result.duration_ms) },
          ]}
        />
        {result.error && result.status !== null && (
          <div>
            <p className="text-xs text-muted">{t("test.said")}</p>
            <p className="max-h-40 overflow-y-auto font-mono text-xs break-words whitespace-pre-wrap">{result.error}</p>
          </div>
        )}
        {result.text && (
          <div>
            <p className="text-xs text-muted">{t("test.answer")}</p>
            <p className="max-h-40 overflow-y-auto whitespace-pre-wrap">{result.text}</p>
          </div>
        )}
      </div>
    </Notice>
  );
}
