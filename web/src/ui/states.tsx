// What a page shows while there is nothing, not yet anything, or something went wrong.

import { CloudOff, type LucideIcon, RefreshCw } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "../api/describe-failure.ts";
import { cx } from "../lib/cx.ts";
import { Button } from "./button.tsx";

/** A grey shape where something will be. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <div aria-hidden className={cx("animate-pulse rounded-control bg-line", className)} />;
}

/** Several rows that are still loading; says so to screen readers. */
export function SkeletonRows({ rows = 4, className }: { readonly rows?: number; readonly className?: string }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("loading")} className="flex flex-col gap-3">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows without content have nothing else
        <Skeleton key={index} className={className ?? "h-16"} />
      ))}
    </div>
  );
}

export interface EmptyStateProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** Nothing there yet, and what to do about it. */
export function EmptyState({ icon: Icon, title, children, actions }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-card border border-dashed border-line-strong/50 px-6 py-12 text-center">
      <div className="rounded-full bg-accent-soft p-3 text-accent">
        <Icon className="size-6" aria-hidden />
      </div>
      <h2 className="text-base font-semibold">{title}</h2>
      {children && <div className="max-w-prose text-muted">{children}</div>}
      {actions && <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

/** Something could not be loaded: what happened, and a way to try again. */
export function ErrorState({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div
      role="alert"
      className="flex flex-col items-center gap-2 rounded-card border border-line bg-surface px-6 py-10 text-center"
    >
      <div className="rounded-full bg-bad-soft p-3 text-bad">
        <CloudOff className="size-6" aria-hidden />
      </div>
      <h2 className="text-base font-semibold">{t("error.title")}</h2>
      <p className="max-w-prose text-muted">{describeFailure(error, t)}</p>
      {onRetry && (
        <Button icon={RefreshCw} onClick={onRetry} className="mt-2">
          {t("retry")}
        </Button>
      )}
    </div>
  );
}

export interface QueryViewProps<Data> {
  /** As `useQuery` returns it. */
  readonly query: {
    readonly data: Data | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  readonly skeleton?: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** The three states of loaded data; old data stays on show while it is loaded anew or that fails. */
export function QueryView<Data>({ query, skeleton, children }: QueryViewProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return skeleton ?? <SkeletonRows />;
}
