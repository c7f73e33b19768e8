// The keys of an upstream: masked ones that stay, are replaced or removed, and new ones.

import { ArrowUp, Eye, Replace, Trash2, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { UpstreamKeyView } from "../../../../src/admin/contract/upstreams.ts";
import { useFormat } from "../../lib/use-format.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { IconButton } from "../../ui/button.tsx";
import { Section } from "../../ui/card.tsx";
import { Mono } from "../../ui/code.tsx";
import { Field, TextArea, TextInput } from "../../ui/field.tsx";
import { Badge, Notice, type Tone } from "../../ui/status.tsx";
import { cleanKeyLines, type KeyDraft, NEW_KEYS, problemsAt } from "./draft.ts";
import { RevealDialog } from "./reveal-dialog.tsx";
import type { SectionProps } from "./section-props.ts";

const TONES: Readonly<Record<UpstreamKeyView["state"], Tone>> = {
  ok: "ok",
  cooling: "warn",
  failing: "bad",
  missing: "bad",
};

/** The section. `isHostChanged`: masked keys would go to another machine. */
export function KeysSection({
  draft,
  change,
  problems,
  local,
  view,
  isHostChanged,
}: SectionProps & { readonly isHostChanged: boolean }) {
  const { t } = useTranslation("upstreams");
  const [revealed, setRevealed] = useState<UpstreamKeyView>();
  const set = (keys: readonly KeyDraft[]) => change({ keys });
  const errorAt = (path: string) => (local.get(path) === "key-bad" ? t("keys.bad") : problemsAt(problems, path));
  const viewOf = ({ masked }: KeyDraft) => view?.keys.find((key) => key.masked === masked);
  return (
    <Section title={t("keys.title")} description={t("keys.description")}>
      <div className="flex flex-col gap-4">
        {isHostChanged && (
          <div data-attention tabIndex={-1}>
            <Notice tone="warn">{t("keys.hostChanged")}</Notice>
          </div>
        )}
        {draft.keys.length > 0 && (
          <ol className="flex flex-col divide-y divide-line rounded-control border border-line">
            {draft.keys.map((key, index) => (
              <KeyRow
                key={key.rowId}
                entry={key}
                number={index + 1}
                view={viewOf(key)}
                error={errorAt(`keys[${index}]`)}
                onText={(text) => set(draft.keys.map((other) => (other === key ? { ...key, text } : other)))}
                onRemove={() => set(draft.keys.filter((other) => other !== key))}
                onUp={() => set(draft.keys.toSpliced(index, 1).toSpliced(index - 1, 0, key))}
                onReveal={setRevealed}
              />
            ))}
          </ol>
        )}
        <Field
          label={t("keys.add")}
          hint={
            draft.keys.length === 0 && draft.newKeys === ""
              ? `${t("keys.addHint")} ${t("keys.none")}`
              : t("keys.addHint")
          }
          error={
            local.has(NEW_KEYS) || problems.every(({ path }) => path !== "keys")
              ? (newKeyProblems(problems, draft.keys.length) ?? errorAt(NEW_KEYS))
              : problemsAt(problems, "keys")
          }
        >
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              autoComplete="off"
              className="font-mono"
              value={draft.newKeys}
              onChange={(event) => change({ newKeys: event.target.value })}
              onBlur={() => {
                const newKeys = cleanKeyLines(draft.newKeys).join("\n");
                if (newKeys !== draft.newKeys) change({ newKeys });
              }}
            />
          )}
        </Field>
      </div>
      {revealed && view && (
        <RevealDialog upstreamId={view.definition.id} entry={revealed} onClose={() => setRevealed(undefined)} />
      )}
    </Section>
  );
}

// Problems of keys behind those that have a row of their own: they came from the text field.
function newKeyProblems(problems: SectionProps["problems"], rows: number): string | undefined {
  const found = problems.filter(({ path }) => {
    const index = /^keys\[(\d+)\]/.exec(path)?.[1];
    return index !== undefined && Number(index) >= rows;
  });
  return found.length === 0 ? undefined : found.map(({ message }) => message).join("; ");
}

interface KeyRowProps {
  readonly entry: KeyDraft;
  readonly number: number;
  readonly view: UpstreamKeyView | undefined;
  readonly error: string | undefined;
  readonly onText: (text: string) => void;
  readonly onRemove: () => void;
  readonly onUp: () => void;
  readonly onReveal: (view: UpstreamKeyView) => void;
}

function KeyRow({ entry, number, view, error, onText, onRemove, onUp, onReveal }: KeyRowProps) {
  const { t } = useTranslation("upstreams");
  const format = useFormat();
  const outcome = useOutcome();
  const [isReplacing, setReplacing] = useState(false);
  const keep = () => {
    setReplacing(false);
    onText(entry.masked ?? "");
  };
  const replace = () => {
    setReplacing(true);
    onText("");
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5">
      <span className="w-5 text-xs text-faint tabular-nums">{number}</span>
      <div className="min-w-0 flex-1 basis-48">
        {isReplacing ? (
          <TextInput
            aria-label={t("keys.replaceLabel", { number })}
            aria-invalid={error !== undefined}
            autoFocus
            className="font-mono"
            value={entry.text}
            onChange={(event) => onText(event.target.value)}
          />
        ) : (
          <div className="flex flex-wrap items-center gap-2">
            <Mono className="truncate">{entry.text}</Mono>
            {view && (
              <Badge tone={TONES[view.state]} withIcon>
                {t(`key.${view.state}`, { time: format.duration(view.remaining_ms) })}
              </Badge>
            )}
            {view && view.source !== "plain" && <Badge>{t(`keys.source.${view.source}`)}</Badge>}
          </div>
        )}
        {error && (
          <p role="alert" className="text-xs text-bad">
            {error}
          </p>
        )}
        {view?.last_error && <p className="text-xs text-muted">{outcome(view.last_error).text}</p>}
      </div>
      <div className="flex">
        {number > 1 && <IconButton size="small" icon={ArrowUp} label={t("keys.up", { number })} onClick={onUp} />}
        {!isReplacing && view?.source === "plain" && view.id !== "" && (
          <IconButton size="small" icon={Eye} label={t("keys.reveal")} onClick={() => onReveal(view)} />
        )}
        {isReplacing ? (
          <IconButton size="small" icon={Undo2} label={t("keys.keep")} onClick={keep} />
        ) : (
          <IconButton size="small" icon={Replace} label={t("keys.replace")} onClick={replace} />
        )}
        <IconButton
          size="small"
          icon={Trash2}
          kind="danger-quiet"
          label={t("keys.remove", { number })}
          onClick={onRemove}
        />
      </div>
    </li>
  );
}
