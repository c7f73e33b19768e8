// The filters of the log: the frequent ones on show, the others behind a button, those that are set as chips.

import { ListFilter, Search, X } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useUpstreamOptions } from "../../api/use-upstream-options.ts";
import { OUTCOMES_EN } from "../../outcomes/en.ts";
import { useOutcome } from "../../outcomes/use-outcome.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Field, Select, TextInput } from "../../ui/field.tsx";
import { Popover } from "../../ui/menu.tsx";
import { Checkbox } from "../../ui/switch.tsx";
import {
  countFilters,
  LOG_RANGES,
  type LogFilters,
  type LogRange,
  NO_FILTERS,
  type TextFilter,
} from "./log-filters.ts";

export interface FilterBarProps {
  readonly filters: LogFilters;
  readonly onChange: (filters: LogFilters) => void;
}

const STATUSES = ["ok", "error", "2xx", "4xx", "5xx"] as const;
/** Filters behind the button. */
const MORE = ["model", "client_key", "key", "session"] as const;
const TYPING_MS = 350;

/** All filters; changes apply at once. */
export function FilterBar({ filters, onChange }: FilterBarProps) {
  const { t } = useTranslation("logs");
  const upstreams = useUpstreamOptions(t("filter.anyUpstream"), filters.upstream);
  const set = (change: Partial<LogFilters>) => onChange({ ...filters, ...change });
  return (
    <search aria-label={t("filter.more")} className="flex flex-col gap-2">
      <div className="grid grid-cols-2 gap-2 md:flex md:flex-wrap md:items-center">
        <SearchBox value={filters.search} onValue={(search) => set({ search })} />
        <Select
          aria-label={t("range.label")}
          value={filters.range}
          onValue={(range) => set({ range: range as LogRange })}
          options={LOG_RANGES.map((range) => ({ value: range, label: t(`range.${range}`) }))}
          className="md:w-44"
        />
        <Select
          aria-label={t("filter.upstream")}
          value={filters.upstream}
          onValue={(upstream) => set({ upstream })}
          options={upstreams}
          className="md:w-40"
        />
        <Select
          aria-label={t("filter.status")}
          value={filters.status}
          onValue={(status) => set({ status })}
          options={statusOptions(filters.status, t)}
          className="md:w-36"
        />
        <MoreFilters filters={filters} onChange={onChange} />
      </div>
      {filters.range === "custom" && <CustomRange filters={filters} onChange={onChange} />}
      <Chips filters={filters} onChange={onChange} />
    </search>
  );
}

function statusOptions(current: string, t: ReturnType<typeof useTranslation<"logs">>["t"]) {
  const options = [
    { value: "", label: t("filter.anyStatus") },
    ...STATUSES.map((status) => ({ value: status as string, label: t(`filter.${status}`) })),
  ];
  const isKnown = options.some(({ value }) => value === current);
  return isKnown ? options : [...options, { value: current, label: t("filter.exact", { status: current }) }];
}

/** Waits until one stops typing. */
function SearchBox({ value, onValue }: { readonly value: string; readonly onValue: (value: string) => void }) {
  const { t } = useTranslation("logs");
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the callback is anew on every render
  useEffect(() => {
    if (text.trim() === value) return undefined;
    const timer = setTimeout(() => onValue(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onValue(text.trim());
  };
  return (
    <form onSubmit={submit} className="relative col-span-2 md:min-w-56 md:flex-1">
      <Search className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-faint" aria-hidden />
      <TextInput
        type="search"
        aria-label={t("search.label")}
        placeholder={t("search.placeholder")}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="pl-8"
      />
    </form>
  );
}

function MoreFilters({ filters, onChange }: FilterBarProps) {
  const { t } = useTranslation("logs");
  const explain = useOutcome();
  const count = countFilters(filters);
  const hints = { model: "modelHint", client_key: "clientHint", key: "keyHint", session: "sessionHint" } as const;
  return (
    <Popover
      label={t("filter.more")}
      trigger={
        <Button icon={ListFilter}>
          {t("filter.more")}
          {count > 0 && <span className="rounded-full bg-accent px-1.5 text-xs text-on-accent">{count}</span>}
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <Checkbox
          checked={filters.retried}
          onChange={(retried) => onChange({ ...filters, retried })}
          label={t("filter.retried")}
        />
        {MORE.map((field) => (
          <LazyText
            key={field}
            label={t(`filter.${field}`)}
            hint={t(`filter.${hints[field]}`)}
            value={filters[field]}
            onValue={(value) => onChange({ ...filters, [field]: value })}
          />
        ))}
        <Field label={t("filter.outcome")}>
          {(control) => (
            <Select
              {...control}
              value={filters.outcome}
              onValue={(outcome) => onChange({ ...filters, outcome })}
              options={[
                { value: "", label: t("filter.anyOutcome") },
                // Requests carry error codes; the finer names belong to attempts.
                ...Object.keys(OUTCOMES_EN)
                  .filter((outcome) => outcome.includes("-") || outcome === "ok" || outcome === "client_closed")
                  .map((outcome) => ({ value: outcome, label: `${explain(outcome).name} (${outcome})` })),
              ]}
            />
          )}
        </Field>
        <Button kind="quiet" onClick={() => onChange(NO_FILTERS)} disabled={count === 0}>
          {t("filter.clear")}
        </Button>
      </div>
    </Popover>
  );
}

interface LazyTextProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

/** Applies when one leaves the field or presses Enter. */
function LazyText({ label, hint, value, onValue }: LazyTextProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const apply = () => {
    if (text.trim() !== value) onValue(text.trim());
  };
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <TextInput
          {...control}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onBlur={apply}
          onKeyDown={(event) => event.key === "Enter" && apply()}
        />
      )}
    </Field>
  );
}

function CustomRange({ filters, onChange }: FilterBarProps) {
  const { t } = useTranslation("logs");
  const field = (name: "from" | "to") => (
    <Field label={t(`range.${name}`)}>
      {(control) => (
        <TextInput
          {...control}
          type="datetime-local"
          value={toLocal(filters[name])}
          onChange={(event) => onChange({ ...filters, [name]: toIso(event.target.value) })}
        />
      )}
    </Field>
  );
  return (
    <div className="grid max-w-md grid-cols-2 gap-2">
      {field("from")}
      {field("to")}
    </div>
  );
}

/** An ISO time as the browser's field wants it: local, to the minute. */
function toLocal(iso: string): string {
  if (iso === "") return "";
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function toIso(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}

interface Chip {
  readonly name: string;
  /** "" where the name says all. */
  readonly value: string;
  readonly without: LogFilters;
}

function Chips({ filters, onChange }: FilterBarProps) {
  const { t } = useTranslation("logs");
  const explain = useOutcome();
  const texts: readonly TextFilter[] = [...MORE, "outcome"];
  const chips = texts
    .filter((field) => filters[field] !== "")
    .map((field) => ({
      name: t(`filter.${field as (typeof MORE)[number] | "outcome"}`),
      value: field === "outcome" ? explain(filters.outcome).name : filters[field],
      without: { ...filters, [field]: "" },
    }));
  const retried = { name: t("filter.retried"), value: "", without: { ...filters, retried: false } };
  const shown: readonly Chip[] = filters.retried ? [...chips, retried] : chips;
  if (shown.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-1.5">
      {shown.map(({ name, value, without }) => (
        <li key={name} className="flex max-w-full items-center rounded-full bg-accent-soft pl-2.5 text-xs text-accent">
          <span className="truncate">{value === "" ? name : `${name}: ${value}`}</span>
          <IconButton
            icon={X}
            size="small"
            label={t("filter.remove", { name })}
            onClick={() => onChange(without)}
            className="text-accent"
          />
        </li>
      ))}
    </ul>
  );
}
