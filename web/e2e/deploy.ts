import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import { connect, type Socket } from "node:net";

/**
 * A server in front of the real one that can be given a second version of the pages: all of its
 * scripts have other names, those of the first are gone, and its pages and worker speak with
 * each other in other words. Whoever mixes the two hears nothing.
 */
export class Deployment {
  version: 1 | 2 = 1;
  readonly #target: number;
  readonly #server: HttpServer;
  readonly #sockets = new Set<Socket>();

  constructor(targetPort: number) {
    this.#target = targetPort;
    this.#server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));
    this.#server.on("upgrade", (incoming, browser: Socket, head) => {
      const server = connect(this.#target, "127.0.0.1");
      const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${value}`);
      server.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
      server.write(head);
      server.pipe(browser).pipe(server);
      for (const socket of [server, browser]) {
        this.#sockets.add(socket);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => this.#sockets.delete(socket));
      }
    });
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url = "/" } = incoming;
    const { version } = this;
    const script = /^\/assets\/.*\.js$/.test(url);
    if (script && url.endsWith("-v2.js") !== (version === 2)) {
      outgoing.writeHead(404).end();
      return;
    }
    // What is compressed or not modified can't be written anew.
    const headers = { ...incoming.headers, "accept-encoding": "identity" };
    delete (headers as IncomingMessage["headers"])["if-none-match"];
    const path = url.replace("-v2.js", ".js");
    const forward = request({ port: this.#target, host: "127.0.0.1", method, path, headers }, (answer) => {
      const page = answer.headers["content-type"]?.includes("text/html");
      if (version === 1 || !(script || page)) {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
      });
      answer.on("end", () => {
        const { "content-length": _, ...kept } = answer.headers;
        outgoing.writeHead(answer.statusCode ?? 502, kept);
        outgoing.end(second(text));
      });
    });
    forward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forward.destroy());
    incoming.pipe(forward);
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** The second version of a script or page. */
function second(text: string): string {
  return text
    .replace(/(assets\/|\.\/)([\w-]+)\.js/g, (_, folder, name) => `${folder}${name}-v2.js`)
    .replace(/(["'`])(update|ack)\1/g, (_, quote, word) => `${quote}${word} of v2${quote}`);
}
