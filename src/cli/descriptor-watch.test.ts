import { expect, test } from "bun:test";
import { DescriptorWatch } from "./descriptor-watch.ts";

/** A process that may have `limit` descriptors open beside those of others. */
function subject(limit: number, known?: number) {
  const world = { limit, open: 0, told: 0 };
  const watch = new DescriptorWatch({
    onShortage: () => {
      world.told += 1;
    },
    open: () => {
      if (world.open >= world.limit) throw new Error("EMFILE");
      return ++world.open;
    },
    close: () => {
      world.open -= 1;
    },
    limit: known,
  });
  return { world, watch };
}

test("keeps a reserve while there is enough", () => {
  const { world, watch } = subject(20);
  watch.look();
  expect([watch.isShort, world.open, world.told]).toEqual([false, 8, 0]);
  watch.look();
  expect(world.open).toBe(8);
  watch.stop();
  expect(world.open).toBe(0);
});

test("lets the reserve go when nothing is left, and is content only when it has it again", () => {
  const { world, watch } = subject(20);
  watch.look();
  world.limit = 8;
  watch.look();
  expect([watch.isShort, world.open, world.told]).toEqual([true, 0, 1]);
  watch.look();
  expect([watch.isShort, world.open, world.told]).toEqual([true, 0, 2]);
  world.limit = 9;
  watch.look();
  expect([watch.isShort, world.open, world.told]).toEqual([false, 8, 2]);
});

test("tells when three of four are in use, and when there is room again", () => {
  const { world, watch } = subject(40, 40);
  const states = [12, 21, 25, 12, 60].map((others) => {
    world.open = others;
    watch.look();
    const state = [watch.isTight, watch.isShort];
    watch.stop();
    return state;
  });
  expect(states).toEqual([
    [false, false],
    [true, false],
    [true, false],
    [false, false],
    [true, true],
  ]);
});

test("without a known limit nothing is tight before all is in use", () => {
  const { world, watch } = subject(1_000_000);
  world.open = 900_000;
  watch.look();
  expect(watch.isTight).toBe(false);
});
