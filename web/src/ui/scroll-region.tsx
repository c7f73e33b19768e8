// A part of a page that scrolls by itself.

import type { ComponentProps } from "react";

export interface ScrollRegionProps extends ComponentProps<"section"> {
  /** What it holds, read out. */
  readonly label: string;
}

/** Takes the focus, so that it can be scrolled with the keyboard too. */
export function ScrollRegion({ label, ...props }: ScrollRegionProps) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll it
  return <section {...props} aria-label={label} tabIndex={0} />;
}
