import { expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../config/defaults.ts";
import { LoadGuard } from "./load-guard.ts";

function subject() {
  const now = { lagMs: 0, memoryBytes: 100, nowMs: 0, afterCollect: 0, looks: 0, isOutOfFiles: false, isTight: false };
  const guard = (containerBytes?: number) =>
    new LoadGuard({
      lagMs: () => now.lagMs,
      memoryBytes: () => {
        now.looks += 1;
        return now.memoryBytes;
      },
      containerBytes,
      collect: () => {
        if (now.afterCollect > 0) now.memoryBytes = now.afterCollect;
      },
      isOutOfFiles: () => now.isOutOfFiles,
      isTightOfFiles: () => now.isTight,
      monotonicMs: () => now.nowMs,
    });
  return { now, guard };
}

test("turns requests away while the program is late, and takes them again when it has caught up", () => {
  const { now, guard } = subject();
  const watched = guard();
  expect(watched.refusal(DEFAULT_LIMITS)).toBeUndefined();
  now.lagMs = DEFAULT_LIMITS.maxLoopDelayMs + 1;
  expect(watched.refusal(DEFAULT_LIMITS)).toMatchObject({
    code: "gateway-overloaded",
    status: 503,
    retryAfterMs: 1000,
  });
  expect(watched.refusal({ ...DEFAULT_LIMITS, maxLoopDelayMs: 0 })).toBeUndefined();
  now.lagMs = DEFAULT_LIMITS.maxLoopDelayMs - 1;
  expect(watched.refusal(DEFAULT_LIMITS)).toBeUndefined();
});

test("turns requests away while no descriptor is left", () => {
  const { now, guard } = subject();
  const watched = guard();
  now.isOutOfFiles = true;
  expect(watched.refusal(DEFAULT_LIMITS)).toMatchObject({
    code: "gateway-overloaded",
    status: 503,
    retryAfterMs: 1000,
  });
  now.isOutOfFiles = false;
  expect(watched.refusal(DEFAULT_LIMITS)).toBeUndefined();
});

test("wants fewer connections while descriptors are tight, and refuses nobody for that", () => {
  const { now, guard } = subject();
  const watched = guard();
  expect(watched.wantsFewerConnections).toBe(false);
  now.isTight = true;
  expect(watched.wantsFewerConnections).toBe(true);
  expect(watched.refusal(DEFAULT_LIMITS)).toBeUndefined();
});

test("turns requests away from 85 % of the memory limit on, the operator's or the container's", () => {
  const { now, guard } = subject();
  const own = guard();
  const limits = { ...DEFAULT_LIMITS, maxMemoryBytes: 1000 };
  now.memoryBytes = 850;
  expect(own.refusal(limits)).toBeUndefined();
  now.memoryBytes = 851;
  now.nowMs = 1000;
  expect(own.refusal(limits)?.code).toBe("gateway-overloaded");
  expect(own.refusal(DEFAULT_LIMITS)).toBeUndefined();
  expect(guard(1000).refusal(DEFAULT_LIMITS)?.code).toBe("gateway-overloaded");
});

test("looks at the memory once a second and gives memory back before it refuses", () => {
  const { now, guard } = subject();
  const watched = guard(1000);
  now.memoryBytes = 900;
  now.afterCollect = 500;
  for (let n = 0; n < 100; n++) expect(watched.refusal(DEFAULT_LIMITS)).toBeUndefined();
  expect(now.looks).toBe(2);
});
