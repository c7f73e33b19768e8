// What a process has used, read from /proc. Linux only.

import { readFileSync } from "node:fs";

/** Clock ticks per second in /proc; fixed at 100 for programs on Linux. */
const TICKS_PER_SECOND = 100;

/** User and system time of a process with all its threads so far, milliseconds; it counts in steps of 10. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name in the second field may hold anything but ends with the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** Resident memory, bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Busy time of all cores together so far, milliseconds; time taken away by a hypervisor counts. */
export function busyMs(): number {
  const line = readFileSync("/proc/stat", "latin1").split("\n")[0] ?? "";
  const ticks = line.trim().split(/\s+/).slice(1).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks;
  return ((user + nice + system + irq + softirq + steal) * 1000) / TICKS_PER_SECOND;
}
