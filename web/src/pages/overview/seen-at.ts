// When this page first saw an object: what the gateway's durations are counted on from, whatever its clock says.

import { useRef } from "react";

/** A function from an object to when it was first asked about, milliseconds since 1970. */
export function useSeenAt(): (value: object) => number {
  const seen = useRef(new WeakMap<object, number>());
  return (value) => {
    const at = seen.current.get(value) ?? Date.now();
    seen.current.set(value, at);
    return at;
  };
}
