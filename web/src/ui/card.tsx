// Surfaces that hold things together.

import type { ComponentProps, ReactNode } from "react";
import { cx } from "../lib/cx.ts";

/** A plain surface. */
export function Card({ className, ...props }: ComponentProps<"div">) {
  return <div {...props} className={cx("rounded-card border border-line bg-surface shadow-card", className)} />;
}

export interface SectionProps {
  readonly title: ReactNode;
  /** One sentence below the title. */
  readonly description?: ReactNode;
  /** At the right end of the title's line. */
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children?: ReactNode;
}

/** A surface with a heading. */
export function Section({ title, description, actions, className, children }: SectionProps) {
  return (
    <section className={cx("rounded-card border border-line bg-surface shadow-card", className)}>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-3.5 sm:px-5">
        <div className="min-w-0">
          <h2 className="text-base font-semibold">{title}</h2>
          {description && <p className="max-w-prose text-muted">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      <div className={cx("px-4 pb-4 sm:px-5", children && "pt-3 sm:pb-5")}>{children}</div>
    </section>
  );
}

export interface PageHeaderProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
}

/** Title and actions at the top of a page; also names the browser's tab. */
export function PageHeader({ title, description, actions }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <title>{`${title} · APIRouter`}</title>
      <div className="min-w-0">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {description && <p className="max-w-prose text-muted">{description}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}

export interface FactsProps {
  readonly items: readonly { readonly label: ReactNode; readonly value: ReactNode }[];
  readonly className?: string;
}

/** Names and values, in as many columns as there is room for. */
export function Facts({ items, className }: FactsProps) {
  return (
    <dl className={cx("grid grid-cols-[repeat(auto-fill,minmax(9rem,1fr))] gap-x-6 gap-y-3", className)}>
      {items.map(({ label, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is fixed for the component's life
        <div key={index} className="min-w-0">
          <dt className="text-xs text-muted">{label}</dt>
          <dd className="font-medium">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
