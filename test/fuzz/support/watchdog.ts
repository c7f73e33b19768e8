// The watching thread of run-cases.ts: ends the process when the same case is running for too long.

/** A case that is still running after this long never ends. */
const HANG_MS = 60_000;

addEventListener("message", (message) => {
  const { shared, kind, seed } = (message as MessageEvent<{ shared: Int32Array; kind: string; seed: number }>).data;
  let seen = -1;
  setInterval(() => {
    const step = Atomics.load(shared, 1);
    const number = Atomics.load(shared, 0);
    if (step === seen && number >= 0) {
      console.error(
        `case hangs: APIROUTER_FUZZ_SEED=${seed} APIROUTER_FUZZ_CASE=${number} bun test test/fuzz -t "${kind}"`,
      );
      process.kill(process.pid, "SIGKILL");
    }
    seen = step;
  }, HANG_MS);
});
