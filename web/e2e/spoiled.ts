import { createServer, type Server as HttpServer, request } from "node:http";
import { connect, type Socket } from "node:net";

/** A line between browser and server that a test can spoil. */
export class SpoiledLine {
  port = 0;
  /** Sockets are refused, plain HTTP works. */
  noSockets = false;
  /** Open sockets stay open and carry nothing. */
  silent = false;
  readonly #target: number;
  readonly #server: HttpServer;
  readonly #sockets = new Set<Socket>();

  constructor(targetPort: number) {
    this.#target = targetPort;
    this.#server = createServer((incoming, outgoing) => {
      const { method, url, headers } = incoming;
      const forward = request(
        { port: this.#target, host: "127.0.0.1", method, path: url, headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      forward.on("error", () => outgoing.destroy());
      outgoing.on("close", () => forward.destroy());
      incoming.pipe(forward);
    });
    this.#server.on("upgrade", (incoming, browser: Socket, head) => {
      if (this.noSockets) {
        browser.destroy();
        return;
      }
      const server = connect(this.#target, "127.0.0.1");
      const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${value}`);
      server.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      server.write(head);
      for (const [from, to] of [
        [server, browser],
        [browser, server],
      ] as const) {
        this.#sockets.add(from);
        from.on("data", (bytes) => {
          if (!this.silent) to.write(bytes);
        });
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.on("error", () => to.destroy());
      }
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    const address = this.#server.address();
    this.port = typeof address === "object" && address ? address.port : 0;
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends every open socket. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  stop(): void {
    this.cut();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
