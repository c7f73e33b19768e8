// A recorded body: JSON indented, a stream as its events, long ones clipped until one asks for more. Always text.

import { ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../../lib/cx.ts";
import { useFormat } from "../../lib/use-format.ts";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/code.tsx";
import { Segments } from "../../ui/menu.tsx";
import { ScrollRegion } from "../../ui/scroll-region.tsx";
import { type BodyView, clip, SHOWN_CHARACTERS, viewBody } from "./body-view.ts";

/** Events shown before one asks for all. */
const SHOWN_EVENTS = 100;

/** Longer bodies are folded until one asks for them. */
const FOLDED_CHARACTERS = 8000;

/** Body with title, copy button and the choice between readable and recorded. */
export function BodyPanel({ title, body }: { readonly title: string; readonly body: string }) {
  const { t } = useTranslation("logs");
  const [mode, setMode] = useState<"readable" | "recorded">("readable");
  const [isOpen, setOpen] = useState(body.length <= FOLDED_CHARACTERS);
  const view = useMemo(() => viewBody(body), [body]);
  return (
    <section aria-label={title} className="overflow-hidden rounded-control border border-line">
      <div className="flex flex-wrap items-center justify-between gap-2 bg-sunken px-3 py-1">
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="flex min-h-7 items-center gap-1.5 text-xs"
        >
          <ChevronRight className={cx("size-4 text-faint transition-transform", isOpen && "rotate-90")} aria-hidden />
          <span className="font-medium">{title}</span>
          <span className="text-muted">{sizeOf(view, body, t)}</span>
        </button>
        <span className="flex items-center gap-1">
          {isOpen && view.type !== "text" && (
            <Segments
              label={title}
              value={mode}
              onChange={setMode}
              options={[
                { value: "readable", label: t("detail.formatted") },
                { value: "recorded", label: t("detail.asRecorded") },
              ]}
            />
          )}
          <CopyButton iconOnly text={body} />
        </span>
      </div>
      {isOpen && (
        <div className="border-t border-line">
          {mode === "readable" && view.type === "events" ? (
            <Events title={title} view={view} />
          ) : (
            <LongText title={title} text={mode === "readable" && view.type === "json" ? view.text : body} />
          )}
        </div>
      )}
    </section>
  );
}

function sizeOf(view: BodyView, body: string, t: ReturnType<typeof useTranslation<"logs">>["t"]): string {
  if (body === "") return t("detail.empty");
  if (view.type === "events") return t("detail.events", { count: view.events.length });
  return t("detail.characters", { count: body.length });
}

/** Text that is clipped at first. Used for raw streams too. */
export function LongText({ title, text }: { readonly title: string; readonly text: string }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? text : clip(text, SHOWN_CHARACTERS);
  return (
    <>
      <ScrollRegion label={title} className="max-h-96 overflow-auto px-3 py-2">
        <pre className="font-mono text-xs leading-5 whitespace-pre-wrap">
          {shown}
          {shown.length < text.length && "…"}
        </pre>
      </ScrollRegion>
      {shown.length < text.length && (
        <Button kind="quiet" size="small" onClick={() => setWhole(true)} className="m-1">
          {t("detail.showAll", { size: format.bytes(text.length) })}
        </Button>
      )}
    </>
  );
}

interface EventsProps {
  readonly title: string;
  readonly view: Extract<BodyView, { type: "events" }>;
}

function Events({ title, view }: EventsProps) {
  const { t } = useTranslation("logs");
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? view.events : view.events.slice(0, SHOWN_EVENTS);
  return (
    <>
      <ScrollRegion label={title} className="max-h-96 overflow-auto">
        <ol>
          {shown.map((event, index) => (
            <li
              // biome-ignore lint/suspicious/noArrayIndexKey: events have no other name and keep their order
              key={index}
              className="grid grid-cols-[2.5rem_1fr] gap-x-2 border-b border-line px-3 py-1 last:border-0"
            >
              <span className="text-right text-xs text-faint tabular-nums">{index + 1}</span>
              <div className="min-w-0 font-mono text-xs leading-5">
                {event.name && <p className="text-accent">{event.name}</p>}
                <pre className="whitespace-pre-wrap">{clip(event.data, SHOWN_CHARACTERS)}</pre>
              </div>
            </li>
          ))}
        </ol>
      </ScrollRegion>
      {shown.length < view.events.length && (
        <Button kind="quiet" size="small" onClick={() => setWhole(true)} className="m-1">
          {t("detail.showAll", { size: view.events.length })}
        </Button>
      )}
    </>
  );
}
