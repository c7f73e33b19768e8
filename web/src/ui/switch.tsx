// On/off switches and tick boxes.

import { Check } from "lucide-react";
import { Checkbox as RadixCheckbox, Switch as RadixSwitch } from "radix-ui";
import { type ReactNode, useId } from "react";
import { cx } from "../lib/cx.ts";

export interface SwitchProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  /** Read out; shown beside the switch unless `hideLabel`. */
  readonly label: string;
  readonly hint?: ReactNode;
  readonly hideLabel?: boolean;
  readonly disabled?: boolean;
}

/** Something that is on or off, at once. */
export function Switch({ checked, onChange, label, hint, hideLabel = false, disabled = false }: SwitchProps) {
  const id = useId();
  const control = (
    <RadixSwitch.Root
      id={id}
      checked={checked}
      onCheckedChange={onChange}
      disabled={disabled}
      aria-label={hideLabel ? label : undefined}
      aria-describedby={hint ? `${id}-hint` : undefined}
      className={cx(
        "relative h-5 w-9 shrink-0 rounded-full border transition-colors disabled:opacity-50",
        checked ? "border-accent bg-accent" : "border-line-strong bg-sunken",
      )}
    >
      <RadixSwitch.Thumb
        className={cx(
          "block size-3.5 rounded-full transition-transform",
          checked ? "translate-x-[18px] bg-on-accent" : "translate-x-0.5 bg-line-strong",
        )}
      />
    </RadixSwitch.Root>
  );
  if (hideLabel) return control;
  return (
    <div className="flex items-start gap-3">
      <div className="pt-px">{control}</div>
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-xs text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

export interface CheckboxProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly label: ReactNode;
  readonly disabled?: boolean;
}

/** A tick box with its label. */
export function Checkbox({ checked, onChange, label, disabled = false }: CheckboxProps) {
  const id = useId();
  return (
    <div className="flex items-center gap-2">
      <RadixCheckbox.Root
        id={id}
        checked={checked}
        onCheckedChange={(value) => onChange(value === true)}
        disabled={disabled}
        className="flex size-4.5 shrink-0 items-center justify-center rounded border border-line-strong bg-surface data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      >
        <RadixCheckbox.Indicator>
          <Check className="size-3.5 text-on-accent" strokeWidth={3} aria-hidden />
        </RadixCheckbox.Indicator>
      </RadixCheckbox.Root>
      <label htmlFor={id}>{label}</label>
    </div>
  );
}
