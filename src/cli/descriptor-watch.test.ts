import { expect, test } from "bun:test";
import { DescriptorWatch } from "./descriptor-watch.ts";

/** A process that may have `limit` descriptors open beside those of others. */
function subject(limit: number) {
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
