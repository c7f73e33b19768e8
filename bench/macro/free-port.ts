// Ports for programs that have to be told one. Above the kernel's range for outgoing connections (32768 to 60999), so
// that no connection of the benchmark itself takes the port in between.

const LOWEST = 61_001;
const HIGHEST = 65_500;

let next = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));

/** A port that nobody listens on now; never the same twice in a row. */
export function freePort(): number {
  for (let tries = 0; tries < HIGHEST - LOWEST; tries++) {
    next = next >= HIGHEST ? LOWEST : next + 1;
    try {
      Bun.listen({ hostname: "127.0.0.1", port: next, socket: { data: () => undefined } }).stop(true);
      return next;
    } catch {
      // In use: try the one after it.
    }
  }
  throw new Error("no free port found");
}
