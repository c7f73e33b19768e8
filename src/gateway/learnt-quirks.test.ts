import { expect, test } from "bun:test";
import type { UpstreamConfig } from "../config/config.ts";
import { LearntQuirks } from "./learnt-quirks.ts";

const upstream = (): UpstreamConfig => ({ quirks: { thinkTags: true, streamOptions: true } }) as UpstreamConfig;
const CHAT = { protocol: "openai-chat", isSound: () => true } as const;
const REFUSED = { ...CHAT, name: "stream_options", quirks: { streamOptions: false } };

test("what one upstream refuses is learnt once, and is known of that one only", () => {
  const learnt = new LearntQuirks();
  const [one, other] = [upstream(), upstream()];
  expect(learnt.known(one)).toEqual([]);
  for (let n = 0; n < 2; n++) learnt.learn(one, REFUSED);
  expect([learnt.known(one), learnt.known(other)]).toEqual([[REFUSED], []]);
  expect(learnt.of(one)).toEqual({ thinkTags: true, streamOptions: false });
  expect(learnt.of(other)).toBe(other.quirks);
  learnt.learn(one, { ...CHAT, name: "tools", quirks: { toolsNeedNoEffort: true } });
  expect(learnt.of(one)).toEqual({ thinkTags: true, streamOptions: false, toolsNeedNoEffort: true });
  const body = Buffer.from('{"stream_options":{}}');
  expect([learnt.concerns(one, body), learnt.concerns(other, body)]).toEqual([true, false]);
  expect(learnt.concerns(one, Buffer.from('{"stream":true}'))).toBe(false);
});

test("what was a mistake is taken back, and nothing else", () => {
  const learnt = new LearntQuirks();
  const one = upstream();
  const tools = { ...CHAT, name: "tools", quirks: { toolsNeedNoEffort: true } };
  learnt.learn(one, REFUSED);
  learnt.learn(one, tools);
  const before = learnt.known(one);
  learnt.forget(one, [REFUSED]);
  expect([learnt.known(one), before.length]).toEqual([[tools], 2]);
  learnt.forget(one, [REFUSED, tools]);
  expect(learnt.of(one)).toBe(one.quirks);
});
