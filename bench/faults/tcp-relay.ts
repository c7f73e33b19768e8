// The least that anything between client and upstream can cost: bytes from one socket to another and back.
// Started by `held-streams.ts` with the upstream's port; prints its own.

const upstreamPort = Number(process.argv[2]);

interface Side {
  other: Bun.Socket<Side> | undefined;
  waiting: Buffer[];
}

const pass = {
  data(socket: Bun.Socket<Side>, bytes: Buffer): void {
    if (socket.data.other) socket.data.other.write(bytes);
    else socket.data.waiting.push(Buffer.from(bytes));
  },
  close(socket: Bun.Socket<Side>): void {
    socket.data.other?.end();
  },
  error: () => undefined,
};

const listener = Bun.listen<Side>({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    ...pass,
    open(client) {
      client.data = { other: undefined, waiting: [] };
      void Bun.connect<Side>({
        hostname: "127.0.0.1",
        port: upstreamPort,
        data: { other: client, waiting: [] },
        socket: pass,
      }).then((upstream) => {
        client.data.other = upstream;
        for (const bytes of client.data.waiting.splice(0)) upstream.write(bytes);
      });
    },
  },
});
console.log(listener.port);
