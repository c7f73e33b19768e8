// The configuration as a file: out of here, and into here.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download, FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ImportResult } from "../../../../src/admin/contract/settings.ts";
import { hasCode } from "../../api/api-failure.ts";
import { api } from "../../api/client.ts";
import { describeFailure } from "../../api/describe-failure.ts";
import { refreshConfig } from "../../api/save.ts";
import { saveFile } from "../../lib/save-file.ts";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { ChangeList } from "../../ui/change-list.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, PasswordInput } from "../../ui/field.tsx";
import { Notice } from "../../ui/status.tsx";
import { Switch } from "../../ui/switch.tsx";
import { useToast } from "../../ui/toast.tsx";

/** The tab. */
export function TransferTab() {
  return (
    <div className="flex flex-col gap-4">
      <ExportSection />
      <ImportSection />
    </div>
  );
}

function ExportSection() {
  const { t } = useTranslation("settings");
  const { t: session } = useTranslation("session");
  const toast = useToast();
  const [withSecrets, setWithSecrets] = useState(false);
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string>();
  const download = useMutation({
    mutationFn: () =>
      api.post<object>("/export", {
        body: { include_secrets: withSecrets, ...(withSecrets && { password }) },
      }),
    onSuccess: (document) => {
      setPassword("");
      const day = new Date().toISOString().slice(0, 10);
      saveFile(`apirouter-${day}.json`, `${JSON.stringify(document, null, 2)}\n`, "application/json");
    },
    onError: (failure) => {
      if (hasCode(failure, "unauthenticated") || hasCode(failure, "forbidden")) setError(t("export.wrong"));
      else toast.failed(failure);
    },
  });
  const submit = () => {
    setError(undefined);
    download.mutate();
  };
  return (
    <Section title={t("export.title")} description={t("export.body")}>
      <div className="flex max-w-md flex-col gap-4">
        <Switch
          checked={withSecrets}
          onChange={setWithSecrets}
          label={t("export.secrets")}
          hint={t("export.secretsHint")}
        />
        {withSecrets && (
          <Field label={session("login.password")} error={error}>
            {(control) => (
              <PasswordInput
                {...control}
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
                onKeyDown={(event) => {
                  // The form around all tabs saves the settings; here Enter means the download.
                  if (event.key !== "Enter") return;
                  event.preventDefault();
                  submit();
                }}
              />
            )}
          </Field>
        )}
        <Button icon={Download} busy={download.isPending} onClick={submit} className="self-start">
          {t("export.submit")}
        </Button>
      </div>
    </Section>
  );
}

interface Candidate {
  readonly name: string;
  readonly document: Record<string, unknown>;
  readonly preview: ImportResult;
}

function ImportSection() {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [candidate, setCandidate] = useState<Candidate>();
  const [error, setError] = useState<string>();

  const read = async (file: File) => {
    setError(undefined);
    try {
      const document = parseObject(await file.text());
      if (!document) return setError(t("import.notJson"));
      const preview = await api.post<ImportResult>("/import", { body: { document, dry_run: true } });
      setCandidate({ name: file.name, document, preview });
    } catch (failure) {
      setError(describeFailure(failure, common));
    }
  };

  return (
    <Section title={t("import.title")} description={t("import.body")}>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        aria-label={t("import.choose")}
        hidden
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = "";
          if (file) void read(file);
        }}
      />
      <Button icon={FileUp} onClick={() => input.current?.click()}>
        {t("import.choose")}
      </Button>
      {error && (
        <Notice tone="bad" className="mt-3">
          {error}
        </Notice>
      )}
      {candidate && <ImportDialog candidate={candidate} onClose={() => setCandidate(undefined)} />}
    </Section>
  );
}

function ImportDialog({ candidate, onClose }: { readonly candidate: Candidate; readonly onClose: () => void }) {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const { preview } = candidate;
  const apply = useMutation({
    mutationFn: () =>
      api.post("/import", { body: { document: candidate.document, dry_run: false }, version: preview.version }),
    onSuccess: () => {
      toast.ok(t("import.done"));
      onClose();
    },
    onError: (error) => toast.failed(error),
    onSettled: () => refreshConfig(client),
  });
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={candidate.name}
      footer={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button
            kind="primary"
            busy={apply.isPending}
            disabled={preview.problems.length > 0 || preview.changes.length === 0}
            onClick={() => apply.mutate()}
          >
            {t("import.apply")}
          </Button>
        </>
      }
    >
      {preview.problems.length > 0 ? (
        <Notice tone="bad" title={t("import.problems")}>
          {preview.problems.map(({ path, message }: { path: string; message: string }) => (
            <p key={path + message}>
              <code className="font-mono text-xs">{path}</code> {message}
            </p>
          ))}
        </Notice>
      ) : (
        <section className="flex flex-col gap-1.5">
          <h3 className="font-medium">{t("import.changes")}</h3>
          <ChangeList changes={preview.changes} />
        </section>
      )}
    </Dialog>
  );
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // told as "no JSON object"
  }
}
