// Whether somebody is at the page: what it asks for by itself must not keep a session alive for nobody.

/** Input that is longer ago than this says nothing any more. */
const AWAY_AFTER_MS = 60_000;
const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel"];

export interface Presence {
  isAway(): boolean;
}

/** Watches for input, for as long as the page is there; its opening counts as one. */
export function watchPresence(page: EventTarget, now: () => number): Presence {
  let lastInputAt = now();
  const saw = () => {
    lastInputAt = now();
  };
  for (const type of INPUTS) page.addEventListener(type, saw, { passive: true, capture: true });
  return { isAway: () => now() - lastInputAt > AWAY_AFTER_MS };
}
