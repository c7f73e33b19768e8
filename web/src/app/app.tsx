// Puts the console together: providers around, the session's gate, the shell.

import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { LiveProvider } from "../api/live.ts";
import { createQueryClient } from "../api/query-client.ts";
import { SessionGate } from "../pages/session/session.tsx";
import { ConfirmProvider, useConfirm } from "../ui/confirm.tsx";
import { HintProvider } from "../ui/menu.tsx";
import { ToastProvider } from "../ui/toast.tsx";
import { PasswordQuestion } from "./password-question.tsx";
import { setLeaveQuestion } from "./router.tsx";
import { Shell } from "./shell.tsx";

/** The whole console. */
export function App() {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <HintProvider>
        <ToastProvider>
          <ConfirmProvider>
            <LeaveQuestion>
              <PasswordQuestion>
                <SessionGate>
                  <LiveProvider>
                    <Shell />
                  </LiveProvider>
                </SessionGate>
              </PasswordQuestion>
            </LeaveQuestion>
          </ConfirmProvider>
        </ToastProvider>
      </HintProvider>
    </QueryClientProvider>
  );
}

function LeaveQuestion({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  useEffect(() => {
    setLeaveQuestion(() =>
      confirm({
        title: t("unsaved.title"),
        body: t("unsaved.body"),
        confirmLabel: t("unsaved.leave"),
        cancelLabel: t("unsaved.stay"),
        isDangerous: true,
      }),
    );
  }, [confirm, t]);
  return children;
}
