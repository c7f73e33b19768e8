// Small preferences of this browser. Never secrets. A browser that keeps nothing (private mode) is fine too.

const PREFIX = "apirouter.";

/** The stored text; null when there is none or the browser keeps nothing. */
export function readPreference(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // storage is switched off
  }
}

/** Keeps a text; does nothing where the browser keeps nothing. */
export function keepPreference(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    return; // storage is switched off or full: the preference lasts until the page is closed
  }
}
