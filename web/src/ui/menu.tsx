// Menus, tabs, pop-overs, hints and small choices.

import type { LucideIcon } from "lucide-react";
import { DropdownMenu, Popover as RadixPopover, Tabs as RadixTabs, ToggleGroup, Tooltip } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "../lib/cx.ts";

const FLOAT = "z-50 animate-fade-in rounded-control border border-line bg-raised shadow-float outline-none";

export interface MenuItem {
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly onSelect: () => void;
  readonly isDangerous?: boolean;
  readonly disabled?: boolean;
  /** Marks the current one of several. */
  readonly isChecked?: boolean;
}

export interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactNode;
  readonly label?: string;
  /** Groups are set apart by a line. */
  readonly groups: readonly (readonly MenuItem[])[];
  readonly align?: "start" | "end";
}

/** A menu of actions. */
export function Menu({ trigger, label, groups, align = "end" }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align={align} sideOffset={4} className={cx(FLOAT, "min-w-44 p-1")}>
          {label && <DropdownMenu.Label className="px-2 py-1 text-xs text-faint">{label}</DropdownMenu.Label>}
          {groups.map((items, group) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: groups have no other name and keep their order
            <DropdownMenu.Group key={group}>
              {group > 0 && <DropdownMenu.Separator className="my-1 h-px bg-line" />}
              {items.map(({ label: text, icon: Icon, onSelect, isDangerous, disabled, isChecked }) => (
                <DropdownMenu.Item
                  key={text}
                  disabled={disabled ?? false}
                  onSelect={onSelect}
                  className={cx(
                    "flex h-8 items-center gap-2 rounded-md px-2 outline-none select-none data-[disabled]:opacity-50 data-[highlighted]:bg-sunken",
                    isDangerous && "text-bad data-[highlighted]:bg-bad-soft",
                    isChecked && "font-medium text-accent",
                  )}
                >
                  {Icon && <Icon className="size-4 shrink-0" aria-hidden />}
                  {text}
                </DropdownMenu.Item>
              ))}
            </DropdownMenu.Group>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export interface PopoverProps {
  /** What it holds, read out when it opens. */
  readonly label: string;
  readonly trigger: ReactNode;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A small surface beside the button that opens it. */
export function Popover({ label, trigger, open, onOpenChange, className, children }: PopoverProps) {
  return (
    <RadixPopover.Root {...(open !== undefined && { open })} {...(onOpenChange && { onOpenChange })}>
      <RadixPopover.Trigger asChild>{trigger}</RadixPopover.Trigger>
      <RadixPopover.Portal>
        <RadixPopover.Content
          aria-label={label}
          align="start"
          sideOffset={4}
          collisionPadding={12}
          className={cx(FLOAT, "max-h-[70dvh] w-80 max-w-[calc(100vw-1.5rem)] overflow-y-auto p-3", className)}
        >
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  );
}

/** More about the thing inside, when the pointer rests on it or it has the focus. Never the only place of a fact. */
export function Hint({ text, children }: { readonly text: ReactNode; readonly children: ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content sideOffset={4} collisionPadding={8} className={cx(FLOAT, "max-w-72 px-2.5 py-1.5 text-xs")}>
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

/** Needed once around everything that uses `Hint`. */
export function HintProvider({ children }: { readonly children: ReactNode }) {
  return <Tooltip.Provider delayDuration={350}>{children}</Tooltip.Provider>;
}

export interface TabsProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label: string;
  readonly tabs: readonly { readonly value: string; readonly label: ReactNode; readonly content: ReactNode }[];
}

/** Several views in one place. */
export function Tabs({ value, onChange, label, tabs }: TabsProps) {
  return (
    <RadixTabs.Root value={value} onValueChange={onChange}>
      <RadixTabs.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <RadixTabs.Trigger
            key={tab.value}
            value={tab.value}
            className="-mb-px shrink-0 border-b-2 border-transparent px-3 py-2 font-medium text-muted hover:text-text data-[state=active]:border-accent data-[state=active]:text-text"
          >
            {tab.label}
          </RadixTabs.Trigger>
        ))}
      </RadixTabs.List>
      {tabs.map((tab) => (
        <RadixTabs.Content key={tab.value} value={tab.value} className="pt-4">
          {tab.content}
        </RadixTabs.Content>
      ))}
    </RadixTabs.Root>
  );
}

export interface SegmentsProps<Value extends string> {
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly label: string;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly icon?: LucideIcon }[];
}

/** A choice of a few, all on show. */
export function Segments<Value extends string>({ value, onChange, label, options }: SegmentsProps<Value>) {
  return (
    <ToggleGroup.Root
      type="single"
      value={value}
      aria-label={label}
      // An empty value means that the pressed one was pressed again: it stays.
      onValueChange={(next) => next && onChange(next as Value)}
      className="inline-flex max-w-full self-start overflow-x-auto rounded-control border border-line bg-sunken p-0.5"
    >
      {options.map(({ value: option, label: text, icon: Icon }) => (
        <ToggleGroup.Item
          key={option}
          value={option}
          className="inline-flex h-7.5 items-center gap-1.5 rounded-md px-2.5 text-sm whitespace-nowrap text-muted hover:text-text data-[state=on]:bg-surface data-[state=on]:font-medium data-[state=on]:text-text data-[state=on]:shadow-card"
        >
          {Icon && <Icon className="size-4" aria-hidden />}
          {text}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
