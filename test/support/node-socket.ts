import { connect as connectTcp, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import type { Connect, TcpSocket } from "../../src/adapters/smtp-session.ts";

/** Node's sockets in the shape of `cloudflare:sockets`, trusting the certificate of the test's server. */
export const connectNode: Connect = ({ hostname, port }, { secureTransport }) => {
  if (secureTransport === "on") return wrap(connectTls({ host: hostname, port, rejectUnauthorized: false }));
  return wrap(connectTcp({ host: hostname, port }));
};

function wrap(socket: Socket): TcpSocket {
  socket.on("error", () => undefined); // the streams report it
  const { readable, writable } = Duplex.toWeb(socket) as Pick<TcpSocket, "readable" | "writable">;
  return {
    readable,
    writable,
    startTls: () => wrap(connectTls({ socket, rejectUnauthorized: false })),
    close: async () => void socket.destroy(),
  };
}
