// Whether a media query matches, for layouts that differ in more than style.

import { useSyncExternalStore } from "react";

/** True on screens too narrow for tables. */
export function useIsPhone(): boolean {
  return useMedia("(max-width: 767px)");
}

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}
