// Keeps a page that breaks from taking the console with it.

import { RotateCw } from "lucide-react";
import { Component, type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "../api/live.ts";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/status.tsx";

interface State {
  readonly error?: unknown;
}

/** Shows what went wrong in place of the page. */
export class PageErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = {};

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    return "error" in this.state ? <Broken error={this.state.error} /> : this.props.children;
  }
}

function Broken({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  const { isConnected, isLost } = useLive();
  const wasLost = useRef(false);
  // A part of the console that could not be fetched is not asked for twice by the browser.
  useEffect(() => {
    if (isLost) wasLost.current = true;
    else if (isConnected && wasLost.current) location.reload();
  }, [isConnected, isLost]);
  return (
    <Notice
      tone="bad"
      title={t("error.page")}
      actions={
        <Button icon={RotateCw} onClick={() => location.reload()}>
          {t("error.reload")}
        </Button>
      }
    >
      <p className="font-mono text-xs">{String(error)}</p>
    </Notice>
  );
}
