// "Are you sure?" as a question that code can await.

import { AlertDialog } from "radix-ui";
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { buttonClass } from "./button.tsx";

export interface Question {
  readonly title: string;
  readonly body?: ReactNode;
  /** What the confirming button says: "Delete upstream", never "OK". */
  readonly confirmLabel: string;
  readonly cancelLabel?: string;
  /** Something is lost by confirming. */
  readonly isDangerous?: boolean;
}

type Ask = (question: Question) => Promise<boolean>;

const ConfirmContext = createContext<Ask>(async () => false);

/** Asks and resolves with the answer; false when the dialog is left. */
export function useConfirm(): Ask {
  return useContext(ConfirmContext);
}

/** Shows the questions that `useConfirm` asks below it. */
export function ConfirmProvider({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const [question, setQuestion] = useState<Question>();
  const [isOpen, setOpen] = useState(false);
  const resolveRef = useRef<(answer: boolean) => void>(undefined);

  const ask = useCallback<Ask>((asked) => {
    resolveRef.current?.(false);
    setQuestion(asked);
    setOpen(true);
    return new Promise((resolve) => {
      resolveRef.current = resolve;
    });
  }, []);

  const answer = (value: boolean) => {
    resolveRef.current?.(value);
    resolveRef.current = undefined;
    setOpen(false);
  };

  return (
    <ConfirmContext value={ask}>
      {children}
      <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && answer(false)}>
        <AlertDialog.Portal>
          <AlertDialog.Overlay className="fixed inset-0 z-60 animate-fade-in bg-black/45" />
          <AlertDialog.Content
            {...(!question?.body && { "aria-describedby": undefined })}
            className="fixed inset-x-4 top-1/2 z-60 mx-auto max-h-[85dvh] max-w-md -translate-y-1/2 animate-rise-in overflow-y-auto rounded-2xl border border-line bg-raised p-5 shadow-float outline-none"
          >
            <AlertDialog.Title className="text-base font-semibold">{question?.title}</AlertDialog.Title>
            {question?.body && (
              <AlertDialog.Description asChild>
                <div className="mt-1.5 text-muted">{question.body}</div>
              </AlertDialog.Description>
            )}
            <div className="mt-5 flex flex-wrap justify-end gap-2">
              <AlertDialog.Cancel className={buttonClass("secondary")}>
                {question?.cancelLabel ?? t("cancel")}
              </AlertDialog.Cancel>
              <AlertDialog.Action
                className={buttonClass(question?.isDangerous ? "danger" : "primary")}
                onClick={() => answer(true)}
              >
                {question?.confirmLabel}
              </AlertDialog.Action>
            </div>
          </AlertDialog.Content>
        </AlertDialog.Portal>
      </AlertDialog.Root>
    </ConfirmContext>
  );
}
