// One setting: the control that fits its type, its default, and the way back to it.

import { Undo2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SettingField } from "../../../../src/admin/contract/settings.ts";
import { useFormat } from "../../lib/use-format.ts";
import { IconButton } from "../../ui/button.tsx";
import { type ControlProps, Field, NumberInput, Select, TextArea, TextInput } from "../../ui/field.tsx";
import { Switch } from "../../ui/switch.tsx";
import { shownUnit, textKey } from "./fields.ts";
import { parseNumberList, RulesControl } from "./rules-control.tsx";
import { en } from "./text.en.ts";

export interface SettingControlProps {
  readonly field: SettingField;
  /** Null: the default holds. */
  readonly value: unknown;
  readonly error: string | undefined;
  readonly onChange: (value: unknown) => void;
}

/** The control. Settings that this console has no words for are called by their path. */
export function SettingControl({ field, value, error, onChange }: SettingControlProps) {
  const { t } = useTranslation("settings");
  const text = useFieldText(field);
  const defaultText = useDefaultText(field);
  // An empty field shows its default itself.
  const isDefaultSaid = value !== null || field.type === "enum";
  if (field.path === "failover.rules") {
    return (
      <div className="sm:col-span-2">
        <RulesControl label={text.label} hint={text.hint} value={value} error={error} onChange={onChange} />
      </div>
    );
  }
  if (field.type === "boolean") {
    return (
      <Switch
        checked={(value ?? field.default) === true}
        onChange={(checked) => onChange(checked === field.default ? null : checked)}
        label={text.label}
        hint={text.hint}
      />
    );
  }
  return (
    <Field
      label={text.label}
      hint={[text.hint, isDefaultSaid && t("default", { value: defaultText.withUnit })].filter(Boolean).join(" ")}
      error={error}
      className={field.type === "list" ? "sm:col-span-2" : ""}
      aside={
        value !== null && (
          <IconButton
            size="small"
            icon={Undo2}
            label={t("toDefault")}
            onClick={() => onChange(null)}
            className="-my-1"
          />
        )
      }
    >
      {(control) => (
        <Control field={field} value={value} onChange={onChange} control={control} defaultText={defaultText.plain} />
      )}
    </Field>
  );
}

interface InnerProps extends Omit<SettingControlProps, "error"> {
  readonly control: ControlProps;
  readonly defaultText: string;
}

function Control({ field, value, onChange, control, defaultText }: InnerProps): ReactNode {
  const { t } = useTranslation("settings");
  const { factor, unit } = shownUnit(field);
  switch (field.type) {
    case "integer":
    case "number":
      return (
        <NumberInput
          {...control}
          placeholder={defaultText}
          {...(unit && { unit: t(`unit.${unit}`) })}
          value={typeof value === "number" ? value / factor : null}
          onValue={(next) => onChange(next === null ? null : scaled(next, factor))}
        />
      );
    case "enum":
      return (
        <Select
          {...control}
          value={String(value ?? field.default)}
          onValue={(next) => onChange(next === field.default ? null : next)}
          options={(field.options ?? []).map((option) => ({
            value: option,
            label: isOption(option) ? t(`option.${option}`) : option,
          }))}
        />
      );
    case "list":
      return (
        <ListControl field={field} value={value} onChange={onChange} control={control} defaultText={defaultText} />
      );
    default:
      if (field.path === "otel.headers") return <HeadersControl value={value} onChange={onChange} control={control} />;
      return (
        <TextInput
          {...control}
          // A masked secret cannot be edited, only replaced.
          placeholder={isMasked(value) ? value : defaultText}
          value={typeof value === "string" && !isMasked(value) ? value : ""}
          onChange={(event) => onChange(event.target.value === "" ? null : event.target.value)}
        />
      );
  }
}

/** Numbers separated by commas, or texts one per line. */
function ListControl({ field, value, onChange, control, defaultText }: InnerProps) {
  const isNumeric = Array.isArray(field.default) && typeof field.default[0] === "number";
  const written = Array.isArray(value) ? value.join(isNumeric ? ", " : "\n") : "";
  const [text, setText] = useState(written);
  const parse = (next: string) =>
    isNumeric
      ? parseNumberList(next)
      : next
          .split("\n")
          .map((line) => line.trim())
          .filter(Boolean);
  // What is typed stays as it is typed, until the value becomes another one from outside.
  const shown = JSON.stringify(parse(text)) === JSON.stringify(value ?? []) ? text : written;
  return (
    <TextArea
      {...control}
      rows={isNumeric ? 2 : 3}
      className="font-mono"
      placeholder={defaultText}
      value={shown}
      onChange={(event) => {
        setText(event.target.value);
        const list = parse(event.target.value);
        onChange(list.length === 0 ? null : list);
      }}
    />
  );
}

/** Headers as lines of `name: value`. */
function HeadersControl({ value, onChange, control }: Pick<InnerProps, "value" | "onChange" | "control">) {
  const written = isRecord(value)
    ? Object.entries(value)
        .map(([name, text]) => `${name}: ${text}`)
        .join("\n")
    : "";
  const [text, setText] = useState(written);
  const shown = JSON.stringify(parseHeaders(text)) === JSON.stringify(value ?? {}) ? text : written;
  return (
    <TextArea
      {...control}
      rows={2}
      className="font-mono"
      placeholder="authorization: Bearer …"
      value={shown}
      onChange={(event) => {
        setText(event.target.value);
        const headers = parseHeaders(event.target.value);
        onChange(Object.keys(headers).length === 0 ? null : headers);
      }}
    />
  );
}

function parseHeaders(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return colon < 0 ? [line.trim(), ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMasked(value: unknown): value is string {
  return typeof value === "string" && value.includes("…");
}

function useFieldText(field: SettingField): { readonly label: string; readonly hint: string | undefined } {
  const { t } = useTranslation("settings");
  const key = textKey(field.path);
  return {
    label: isField(key) ? t(`field.${key}`) : field.path,
    hint: isHint(key) ? t(`hint.${key}`) : undefined,
  };
}

function useDefaultText(field: SettingField): { readonly plain: string; readonly withUnit: string } {
  const { t } = useTranslation("settings");
  const { number } = useFormat();
  const { factor, unit } = shownUnit(field);
  const { default: value } = field;
  if (typeof value === "number") {
    const plain = number(value / factor);
    return { plain, withUnit: unit ? `${plain} ${t(`unit.${unit}`)}` : plain };
  }
  const text = (): string => {
    if (Array.isArray(value) && value.length > 0) return value.join(", ");
    if (typeof value === "string" && value !== "") return isOption(value) ? t(`option.${value}`) : value;
    return t("nothing");
  };
  return { plain: text(), withUnit: text() };
}

function scaled(value: number, factor: number): number {
  return factor === 1 ? value : Math.round(value * factor);
}

function isField(key: string): key is keyof typeof en.field {
  return Object.hasOwn(en.field, key);
}

function isHint(key: string): key is keyof typeof en.hint {
  return Object.hasOwn(en.hint, key);
}

function isOption(key: string): key is keyof typeof en.option {
  return Object.hasOwn(en.option, key);
}
