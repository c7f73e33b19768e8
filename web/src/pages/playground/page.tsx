// The page "playground": a request by hand, its answer as it comes, and the way it would take.

import { useQuery } from "@tanstack/react-query";
import { MessageSquareText, Send, Square } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProtocolName } from "../../../../src/admin/contract/common.ts";
import type { UpstreamView } from "../../../../src/admin/contract/upstreams.ts";
import { queries } from "../../api/queries.ts";
import { useUpstreamOptions } from "../../api/use-upstream-options.ts";
import { usePlace } from "../../app/router.tsx";
import { Button } from "../../ui/button.tsx";
import { PageHeader, Section } from "../../ui/card.tsx";
import { Combobox } from "../../ui/combobox.tsx";
import { Field, Select, TextArea } from "../../ui/field.tsx";
import { Segments } from "../../ui/menu.tsx";
import { Switch } from "../../ui/switch.tsx";
import { ExplainPanel } from "./explain-panel.tsx";
import { checkBody, questionBody } from "./request-body.ts";
import { RunView } from "./run-view.tsx";
import { useRun } from "./use-run.ts";

const PROTOCOLS: readonly ProtocolName[] = ["anthropic", "openai-chat", "openai-responses", "gemini"];

/** Registered in app/pages.ts. `?upstream=…&model=…` fills in the form. */
export function PlaygroundPage() {
  const { t } = useTranslation("playground");
  const { t: common } = useTranslation();
  const { query } = usePlace();
  const [protocol, setProtocol] = useState<ProtocolName>(
    () => PROTOCOLS.find((name) => name === query.get("protocol")) ?? "anthropic",
  );
  const [upstream, setUpstream] = useState(query.get("upstream") ?? "");
  const [model, setModel] = useState(query.get("model") ?? "");
  const [prompt, setPrompt] = useState<string>(t("form.promptDefault"));
  const [isStream, setStream] = useState(true);
  const [mode, setMode] = useState<"simple" | "advanced">("simple");
  const [bodyText, setBodyText] = useState("");
  const [problem, setProblem] = useState<"model" | "prompt">();
  const { run, start, stop, isRunning } = useRun();
  const check = useMemo(
    () => (mode === "advanced" ? checkBody(protocol, bodyText) : undefined),
    [mode, protocol, bodyText],
  );

  const fillBody = (shape: ProtocolName) =>
    setBodyText(JSON.stringify(questionBody({ protocol: shape, model, prompt, stream: isStream }), null, 2));
  const changeMode = (next: "simple" | "advanced") => {
    if (next === "advanced" && bodyText === "") fillBody(protocol);
    setMode(next);
  };
  const send = () => {
    if (model.trim() === "") return setProblem("model");
    if (mode === "simple" && prompt.trim() === "") return setProblem("prompt");
    if (mode === "advanced" && check?.type !== "ok") return undefined;
    setProblem(undefined);
    return start("/playground", {
      protocol,
      model: model.trim(),
      stream: isStream,
      upstream_id: upstream || null,
      ...(mode === "advanced" && check?.type === "ok" ? { body: check.body } : { prompt }),
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
  };

  return (
    <div className="flex flex-col gap-4">
      <PageHeader title={common("nav.playground")} description={t("description")} />
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
        <Section title={t("form.title")}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              send();
            }}
            onKeyDown={onKeyDown}
            className="flex flex-col gap-3"
          >
            <div className="grid gap-3 sm:grid-cols-2">
              <UpstreamField value={upstream} onValue={setUpstream} />
              <Field label={t("form.protocol")} hint={t("form.protocolHint")}>
                {(control) => (
                  <Select
                    {...control}
                    value={protocol}
                    onValue={(value) => setProtocol(value as ProtocolName)}
                    options={PROTOCOLS.map((name) => ({ value: name, label: common(`protocol.${name}`) }))}
                  />
                )}
              </Field>
            </div>
            <ModelField
              value={model}
              upstream={upstream}
              error={problem === "model" ? t("form.needsModel") : undefined}
              onValue={setModel}
            />
            <div>
              <Segments
                label={t("form.mode")}
                value={mode}
                onChange={changeMode}
                options={[
                  { value: "simple", label: t("form.simple") },
                  { value: "advanced", label: t("form.advanced") },
                ]}
              />
            </div>
            {mode === "simple" ? (
              <Field
                label={t("form.prompt")}
                error={problem === "prompt" ? t("form.needsPrompt") : undefined}
                hint={t("form.shortcut")}
              >
                {(control) => (
                  <TextArea {...control} rows={5} value={prompt} onChange={(event) => setPrompt(event.target.value)} />
                )}
              </Field>
            ) : (
              <BodyField text={bodyText} check={check} onText={setBodyText} onFill={() => fillBody(protocol)} />
            )}
            <div className="flex flex-wrap items-center justify-between gap-3">
              <Switch checked={isStream} onChange={setStream} label={t("form.stream")} />
              {isRunning ? (
                // Keys keep the two apart: one element that turned into the submitting one amid a click would send.
                <Button key="stop" icon={Square} onClick={stop}>
                  {t("stop")}
                </Button>
              ) : (
                <Button
                  key="send"
                  type="submit"
                  kind="primary"
                  icon={Send}
                  disabled={check !== undefined && check.type !== "ok"}
                >
                  {t("form.send")}
                </Button>
              )}
            </div>
          </form>
        </Section>
        <Section title={t("result.title")}>
          {run.phase === "idle" ? (
            <div className="flex flex-col items-center gap-1.5 px-4 py-10 text-center">
              <MessageSquareText className="size-6 text-faint" aria-hidden />
              <p className="font-medium">{t("result.idle")}</p>
              <p className="max-w-prose text-muted">{t("result.idleHint")}</p>
            </div>
          ) : (
            <RunView run={run} />
          )}
        </Section>
      </div>
      <ExplainPanel protocol={protocol} model={model.trim()} />
    </div>
  );
}

function UpstreamField({ value, onValue }: { readonly value: string; readonly onValue: (value: string) => void }) {
  const { t } = useTranslation("playground");
  const options = useUpstreamOptions(t("form.automatic"), value);
  return (
    <Field label={t("form.upstream")} hint={t("form.upstreamHint")}>
      {(control) => <Select {...control} value={value} onValue={onValue} options={options} />}
    </Field>
  );
}

interface ModelFieldProps {
  readonly value: string;
  readonly upstream: string;
  readonly error: string | undefined;
  readonly onValue: (value: string) => void;
}

function ModelField({ value, upstream, error, onValue }: ModelFieldProps) {
  const { t } = useTranslation("playground");
  const models = useQuery(queries.models());
  const upstreams = useQuery(queries.upstreams());
  const chosen = upstreams.data?.upstreams.find(({ definition }) => definition.id === upstream);
  const offered = models.data?.models
    .filter((model) => upstream === "" || model.upstreams.includes(upstream))
    .map(({ id }) => id);
  const names = [...new Set([...mappedNames(chosen), ...(offered ?? [])])];
  return (
    <Field label={t("form.model")} hint={t("form.modelHint")} error={error}>
      {(control) => (
        <>
          <Combobox
            {...control}
            value={value}
            onChange={onValue}
            suggestions={names.map((name) => ({ value: name }))}
          />
          {value === "" && names.length > 0 && (
            <div className="flex flex-wrap gap-1">
              {names.slice(0, 6).map((name) => (
                <Button key={name} size="small" onClick={() => onValue(name)} className="max-w-full">
                  <span className="truncate">{name}</span>
                </Button>
              ))}
            </div>
          )}
        </>
      )}
    </Field>
  );
}

/** Both sides of an upstream's map: what clients ask for, and what is sent. */
function mappedNames(upstream: UpstreamView | undefined): string[] {
  const map = upstream?.definition.model_map ?? {};
  return Object.entries(map).flat();
}

interface BodyFieldProps {
  readonly text: string;
  readonly check: ReturnType<typeof checkBody> | undefined;
  readonly onText: (text: string) => void;
  readonly onFill: () => void;
}

function BodyField({ text, check, onText, onFill }: BodyFieldProps) {
  const { t } = useTranslation("playground");
  const error =
    check?.type === "not-json"
      ? t("form.notJson", { line: check.line, column: check.column })
      : check?.type === "not-object"
        ? t("form.notObject")
        : undefined;
  const missing = check?.type === "ok" && check.missing.length > 0 ? check.missing.join(", ") : undefined;
  return (
    <div className="flex flex-col gap-1.5">
      <Field
        label={t("form.body")}
        error={error}
        hint={missing ? t("form.missing", { fields: missing }) : t("form.bodyHint")}
      >
        {(control) => (
          <TextArea
            {...control}
            rows={14}
            value={text}
            onChange={(event) => onText(event.target.value)}
            className="font-mono text-xs leading-5"
          />
        )}
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button
          size="small"
          disabled={check?.type !== "ok"}
          onClick={() => onText(JSON.stringify(JSON.parse(text), null, 2))}
        >
          {t("form.format")}
        </Button>
        <Button size="small" onClick={onFill}>
          {t("form.fromPrompt")}
        </Button>
      </div>
    </div>
  );
}
