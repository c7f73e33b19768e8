import { describe, expect, test } from "bun:test";
import type { Peer } from "../../server/peer.ts";
import { createLoginThrottle, peerKey } from "./login-throttle.ts";

function fakeClock() {
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  return { monotonicMs: () => now, wallMs: () => now, pass };
}

function peer(address: string, isLocal = false): Peer {
  return { address, isLocal, port: 1999, isTls: false };
}

describe("login throttle", () => {
  test("five tries are free, then each waits twice as long, up to a minute and no longer", () => {
    const clock = fakeClock();
    const throttle = createLoginThrottle(clock);
    const one = peer("192.0.2.7");
    const waits: number[] = [];
    for (let n = 0; n < 14; n++) {
      throttle.failed(one);
      const wait = throttle.waitMs(one);
      waits.push(wait);
      clock.pass(wait);
      expect(throttle.waitMs(one)).toBe(0);
    }
    expect(waits).toEqual([0, 0, 0, 0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  test("a success and an hour of silence forget the failures", () => {
    const clock = fakeClock();
    const throttle = createLoginThrottle(clock);
    const one = peer("192.0.2.7");
    for (let n = 0; n < 8; n++) throttle.failed(one);
    throttle.succeeded(one);
    expect(throttle.waitMs(one)).toBe(0);
    for (let n = 0; n < 20; n++) throttle.failed(one);
    clock.pass(3_600_000);
    throttle.failed(one);
    expect(throttle.waitMs(one)).toBe(0);
  });

  test("all other machines together get 30 tries a minute, whatever their addresses", () => {
    const clock = fakeClock();
    const throttle = createLoginThrottle(clock);
    let tries = 0;
    for (let second = 0; second < 600; second++) {
      for (let n = 0; n < 100; n++) {
        const one = peer(`198.51.${n}.${second % 256}`);
        if (throttle.waitMs(one) > 0) continue;
        tries += 1;
        throttle.failed(one);
      }
      clock.pass(1000);
    }
    expect(tries).toBeLessThanOrEqual(300);
    expect(tries).toBeGreaterThanOrEqual(270);
  });

  test("a flood from outside locks out neither this machine nor a peer that has logged in before", () => {
    const clock = fakeClock();
    const throttle = createLoginThrottle(clock);
    const owner = peer("192.0.2.99");
    throttle.succeeded(owner);
    for (let n = 0; n < 1000; n++) throttle.failed(peer(`203.0.113.${n % 256}`));
    expect(throttle.waitMs(peer("198.51.100.1"))).toBeGreaterThan(0);
    expect(throttle.waitMs(owner)).toBe(0);
    expect(throttle.waitMs(peer("127.0.0.1", true))).toBe(0);
  });

  test("this machine through a proxy is not this machine", () => {
    const throttle = createLoginThrottle(fakeClock());
    for (let n = 0; n < 50; n++) throttle.failed(peer("127.0.0.1"));
    expect(throttle.waitMs(peer("127.0.0.1"))).toBeGreaterThan(0);
    expect(throttle.waitMs(peer("127.0.0.1", true))).toBe(0);
  });

  test("a million peers leave ten thousand entries at most", () => {
    const throttle = createLoginThrottle(fakeClock());
    for (let n = 0; n < 1_000_000; n++) throttle.failed(peer(`${n >> 16}.${(n >> 8) & 255}.${n & 255}.1`));
    expect(throttle.size).toBeLessThanOrEqual(10_000);
  });
});

test("one IPv6 network of 64 bits is one peer, in every spelling", () => {
  const same = ["2001:db8:0:1::5", "2001:db8::1:0:0:0:9", "2001:0db8:0000:0001:ffff::1", "2001:DB8:0:1:a:b:c:d%eth0"];
  expect(new Set(same.map((address) => peerKey(peer(address)))).size).toBe(1);
  expect(peerKey(peer("2001:db8:0:2::5"))).not.toBe(peerKey(peer(same[0] as string)));
  expect(peerKey(peer("::ffff:192.0.2.1"))).toBe("192.0.2.1");
  expect(peerKey(peer("fe80::1"))).toBe("fe80:0:0:0::/64");
});
