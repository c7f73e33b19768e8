// Stands in for the package react-remove-scroll in the bundle: keeps the page behind a dialog still. The
// original writes a style element into the page, which the content security policy forbids.

import { Slot } from "radix-ui";
import { type ComponentProps, type ElementType, useLayoutEffect } from "react";

interface RemoveScrollProps extends ComponentProps<"div"> {
  readonly as?: ElementType;
  readonly enabled?: boolean;
  /** Taken and left alone: what the original needs to let parts of the page scroll. */
  readonly allowPinchZoom?: boolean;
  readonly shards?: unknown;
}

// Several dialogs can lie above each other; the page is freed by the last one.
const lock = { count: 0 };

/** Locks the page's scrolling while it is mounted. */
export function RemoveScroll({ as, enabled = true, allowPinchZoom: _, shards: __, ...props }: RemoveScrollProps) {
  useLayoutEffect(() => {
    if (!enabled) return undefined;
    lock.count += 1;
    document.documentElement.classList.add("page-locked");
    return () => {
      lock.count -= 1;
      if (lock.count === 0) document.documentElement.classList.remove("page-locked");
    };
  }, [enabled]);
  const Element = as ?? Slot.Root;
  return <Element {...props} />;
}
