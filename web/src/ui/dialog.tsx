// Dialogs in the middle of the page and sheets at its side.

import { X } from "lucide-react";
import { Dialog as RadixDialog } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../lib/cx.ts";
import { IconButton } from "./button.tsx";

export interface DialogProps {
  readonly open: boolean;
  /** Called when the user wants it closed; the owner decides. */
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly description?: ReactNode;
  /** Buttons at the bottom, the main one last. */
  readonly footer?: ReactNode;
  readonly size?: "small" | "medium" | "large";
  /** Cannot be left without an answer. */
  readonly isBlocking?: boolean;
  /** `side`: a sheet at the right edge, the whole screen on phones. */
  readonly place?: "centre" | "side";
  readonly children?: ReactNode;
}

const WIDTHS = { small: "sm:max-w-md", medium: "sm:max-w-xl", large: "sm:max-w-3xl" } as const;

/** A modal dialog. Its content scrolls, title and footer stay. */
export function Dialog(props: DialogProps) {
  const { open, onClose, title, description, footer, size = "medium", isBlocking = false, place = "centre" } = props;
  const { t } = useTranslation();
  return (
    <RadixDialog.Root
      open={open}
      onOpenChange={(isOpen) => {
        if (!isOpen && !isBlocking) onClose();
      }}
    >
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="fixed inset-0 z-40 animate-fade-in bg-black/45" />
        <RadixDialog.Content
          {...(description === undefined && { "aria-describedby": undefined })}
          onPointerDownOutside={(event) => event.preventDefault()}
          className={cx(
            "fixed z-50 flex flex-col bg-raised shadow-float outline-none",
            place === "side"
              ? "inset-y-0 right-0 w-full animate-slide-in-right sm:border-l sm:border-line"
              : "inset-x-0 bottom-0 max-h-[92dvh] animate-rise-in rounded-t-2xl border-line sm:inset-x-4 sm:top-1/2 sm:bottom-auto sm:mx-auto sm:max-h-[88dvh] sm:-translate-y-1/2 sm:rounded-2xl sm:border",
            WIDTHS[size],
          )}
        >
          <div className="flex items-start justify-between gap-4 px-5 pt-4 pb-2">
            <div className="min-w-0">
              <RadixDialog.Title className="text-base font-semibold">{title}</RadixDialog.Title>
              {description !== undefined && (
                <RadixDialog.Description asChild>
                  <div className="text-muted">{description}</div>
                </RadixDialog.Description>
              )}
            </div>
            {!isBlocking && (
              <IconButton icon={X} label={t("close")} size="small" onClick={onClose} className="-mr-1.5" />
            )}
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-2">{props.children}</div>
          {footer ? (
            <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-5 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
              {footer}
            </div>
          ) : (
            <div className="pb-3" />
          )}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
