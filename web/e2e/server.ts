import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

/** The real binary; `make build` makes it. */
export const binary = resolve(process.env.BROS_BIN ?? join(import.meta.dirname, "../../bin/bros"));
export const adminPassword = "an-admin-password";

/** A real server on a port and a database of its own. */
export class Server {
  readonly folder: string;
  /** What follows `serve`. */
  args: string[] = [];
  /** More settings, by name. */
  env: Record<string, string> = {};
  port = 0;
  readonly #guest: boolean;
  #process: ChildProcess | undefined;

  /** With `host` another node on that one's database. */
  constructor(host?: Server) {
    this.folder = host?.folder ?? mkdtempSync(join(tmpdir(), "bros-e2e-"));
    this.#guest = host !== undefined;
  }

  /** Takes a free port, which it then has at every start. */
  async reserve(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it and waits until it listens; a second start has the same port and data. */
  async start(): Promise<void> {
    if (!existsSync(binary))
      throw new Error(`${binary} is missing: run \`make build\` first (or set BROS_BIN)`);
    await this.reserve();
    const child = spawn(binary, ["serve", ...this.args], {
      cwd: this.folder,
      env: {
        ...process.env,
        BROS_ADDR: `127.0.0.1:${this.port}`,
        BROS_DATABASE_URL: `sqlite:${join(this.folder, "bros.db")}`,
        BROS_DATA_DIR: this.folder,
        BROS_ADMIN_PASSWORD: adminPassword,
        ...this.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    await new Promise<void>((done, fail) => {
      let log = "";
      const hear = (line: string) => {
        log += `${line}\n`;
        if (line.includes("listening")) done();
      };
      for (const stream of [child.stdout, child.stderr]) {
        if (stream) createInterface({ input: stream }).on("line", hear);
      }
      child.on("error", fail);
      child.on("exit", (code) => fail(new Error(`bros ended with ${code}:\n${log}`)));
    });
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    if (!this.#guest) rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await gone;
  }
}

/** A real redis-server on a port of its own that keeps nothing. */
export class Redis {
  #port = 0;
  #process: ChildProcess | undefined;

  get url(): string {
    return `redis://127.0.0.1:${this.#port}/0`;
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    const keep = ["--save", "", "--appendonly", "no", "--dir", tmpdir()];
    const child = spawn("redis-server", ["--port", String(this.#port), "--bind", "127.0.0.1", ...keep], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = child;
    await new Promise<void>((done, fail) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (/ready to accept connections/i.test(line)) done();
      });
      child.on("error", fail);
      child.on("exit", (code) => fail(new Error(`redis-server ended with ${code}`)));
    });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => done(port));
    });
  });
}
