// A text field that suggests values, and takes others too.

import { type KeyboardEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../lib/cx.ts";
import { type ControlProps, TextInput } from "./field.tsx";

export interface Suggestion {
  readonly value: string;
  /** Beside the value, in small print. */
  readonly note?: string | undefined;
}

export interface ComboboxProps extends Partial<ControlProps> {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly suggestions: readonly Suggestion[];
  readonly placeholder?: string;
  /** Needed where no label element names the field. */
  readonly label?: string;
  readonly disabled?: boolean;
  readonly className?: string;
}

const MAX_SHOWN = 60;

/** Suggestions that hold every word of the text, the ones that begin with it first. */
export function matchSuggestions(suggestions: readonly Suggestion[], text: string): readonly Suggestion[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return suggestions.slice(0, MAX_SHOWN);
  const found = suggestions.filter(({ value, note }) => {
    const haystack = `${value} ${note ?? ""}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
  const begins = (entry: Suggestion) => entry.value.toLowerCase().startsWith(words[0] as string);
  return [...found.filter(begins), ...found.filter((entry) => !begins(entry))].slice(0, MAX_SHOWN);
}

/** The field with its list. Arrow keys, Enter and Escape work as everywhere. */
export function Combobox({
  value,
  onChange,
  suggestions,
  placeholder,
  label,
  disabled,
  className,
  ...control
}: ComboboxProps) {
  const { t } = useTranslation();
  const listId = useId();
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  // Before something is typed the whole list is on offer, whatever stands in the field.
  const [isTyped, setTyped] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const shown = matchSuggestions(suggestions, isTyped ? value : "");
  const isListShown = isOpen && shown.length > 0;

  const choose = (next: string) => {
    onChange(next);
    setOpen(false);
    setTyped(false);
  };
  const move = (step: number) => {
    const next = (active + step + shown.length) % shown.length;
    setActive(next);
    list.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isListShown) setOpen(true);
      else move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && isListShown && shown[active]) {
      event.preventDefault();
      choose(shown[active].value);
    } else if (event.key === "Escape" && isListShown) {
      event.stopPropagation();
      setOpen(false);
    }
  };

  return (
    <div className={cx("relative", className)}>
      <TextInput
        {...control}
        role="combobox"
        aria-label={label}
        aria-expanded={isListShown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isListShown && active >= 0 ? `${listId}-${active}` : undefined}
        placeholder={placeholder}
        disabled={disabled}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          setTyped(true);
          setActive(-1);
          setOpen(true);
        }}
        onFocus={() => setTyped(false)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
        onKeyDown={onKeyDown}
        className="font-mono"
      />
      {isListShown && (
        <div
          ref={list}
          id={listId}
          role="listbox"
          aria-label={label ?? t("suggestions")}
          className="absolute inset-x-0 top-full z-20 mt-1 max-h-56 min-w-48 overflow-y-auto rounded-control border border-line bg-raised p-1 shadow-float"
        >
          {shown.map((entry, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field takes the keys, as the pattern asks
            // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, as the pattern asks
            <div
              key={entry.value}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === active}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(entry.value)}
              onMouseEnter={() => setActive(index)}
              className={cx(
                "flex cursor-pointer items-baseline justify-between gap-3 rounded-md px-2 py-1",
                index === active && "bg-sunken",
              )}
            >
              <span className="font-mono text-xs">{entry.value}</span>
              {entry.note && <span className="truncate text-xs text-muted">{entry.note}</span>}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
