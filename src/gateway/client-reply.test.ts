import { expect, test } from "bun:test";
import { ClientReply } from "./client-reply.ts";

const ENDINGS: readonly (readonly [string, (reply: ClientReply) => void])[] = [
  ["a whole answer", (reply) => reply.sendWhole(200, {}, "{}")],
  ["the end of a stream", (reply) => reply.close()],
  ["a stream that breaks off", (reply) => reply.reset()],
];

// Bun 1.4.5 sets no time limit once the last byte is out: the client's idle connection would stay for good.
for (const [name, end] of ENDINGS) {
  test(`${name} is told of before it goes out`, async () => {
    const order: string[] = [];
    const reply = new ClientReply(new AbortController().signal, () => order.push("ending"));
    if (name !== "a whole answer") reply.openStream(200, {});
    const read = reply.response
      .then((response) => response.text())
      .catch(() => undefined)
      .then(() => order.push("client has it"));
    await Promise.resolve();
    end(reply);
    expect(order).toEqual(["ending"]);
    await read;
    expect(order).toEqual(["ending", "client has it"]);
  });
}
