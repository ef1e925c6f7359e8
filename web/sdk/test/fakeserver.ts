import type { LiveRecord, Reply, ResumeEvent } from "../src/line/protocol.ts";
import type { Backend, ChangesBody, Clock, FakeSocket } from "./world.ts";

export interface FakeRecord extends LiveRecord {
  version: number;
  value: number;
}

interface Entry {
  address: string;
  seq: number;
  key: string;
  /** Absent: the record left the room. */
  data?: FakeRecord;
}

interface Client {
  socket: FakeSocket;
  addresses: Set<string>;
  headsAt: Map<string, number>;
}

/** One center's log and its rooms, behind sockets and /changes, as the contract describes them. */
export class FakeServer implements Backend {
  epoch = "E1";
  log: Entry[] = [];
  seq = 0;
  /** Entries up to here have been pruned. */
  floor = 0;
  up = true;
  /** Sockets are opened and then say nothing. */
  silent = false;
  /** Sockets are refused while plain HTTP works. */
  noSockets = false;
  /** Polls get no answer at all. */
  deafHttp = false;
  httpStatus = 200;
  /** What stands between answers in its place. */
  proxied = false;
  partSize = 1000;
  /** Milliseconds that a subscribe takes to be answered. */
  slow = 0;
  /** Milliseconds from one part of a snapshot to the next. */
  partGap = 0;
  /** Milliseconds that a socket takes to open. */
  opening = 0;
  /** Milliseconds that a pong takes. */
  pongMs = 0;
  windowSec: number | undefined = 86_400;
  polls: ChangesBody[] = [];
  subscribes = 0;
  clients = new Set<Client>();
  #waiting = new Set<() => void>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    const beat = () => {
      this.heads();
      clock.setTimeout(beat, 5_000);
    };
    clock.setTimeout(beat, 5_000);
  }

  /** What a client should end up with. */
  state(address: string): Map<string, FakeRecord> {
    const records = new Map<string, FakeRecord>();
    for (const entry of this.log) {
      if (entry.address !== address) continue;
      if (entry.data) records.set(entry.key, entry.data);
      else records.delete(entry.key);
    }
    return records;
  }

  /** Commits a change; `lost` names the clients (by index) that the message never reaches. */
  commit(
    address: string,
    key: string,
    value: number | undefined,
    lost: (index: number) => boolean = () => false,
  ) {
    const prev = this.#newest(address);
    this.seq++;
    const data = value === undefined ? undefined : { id: key, version: this.seq, value };
    this.log.push({ address, seq: this.seq, key, data });
    let index = 0;
    for (const client of this.clients) {
      if (client.addresses.has(address) && !this.silent && !lost(index++)) {
        client.socket.say({
          address,
          prev,
          seq: this.seq,
          event: "delivery:changed",
          key,
          ...(data ? { data } : { op: "remove" }),
        });
      }
    }
    this.#wakePolls();
  }

  /** A number taken by another room of the center. */
  skip(): void {
    this.seq++;
  }

  newEpoch(epoch: string): void {
    this.epoch = epoch;
    this.log = [];
    this.seq = 0;
    // Messages carry no epoch: whoever listens must hear of it before the next one.
    if (this.silent) this.cut();
    else this.heads();
  }

  heads(): void {
    if (!this.up || this.silent) return;
    for (const client of this.clients) {
      const heads: Record<string, object> = {};
      for (const address of client.addresses) {
        heads[address] = { epoch: this.epoch, prev: this.#newest(address), seq: this.seq };
      }
      client.socket.say({ heads, now: new Date(this.#clock.now).toISOString() });
    }
  }

  kill(): void {
    this.up = false;
    for (const client of this.clients) client.socket.lose(1006);
    this.clients.clear();
    this.#wakePolls();
  }

  cut(code = 1006, reason = ""): void {
    for (const client of this.clients) client.socket.lose(code, reason);
    this.clients.clear();
  }

  connect(socket: FakeSocket): void {
    if (this.opening === 0) this.#connected(socket);
    else this.#clock.setTimeout(() => this.#connected(socket), this.opening);
  }

  #connected(socket: FakeSocket): void {
    if (socket.closed) return;
    if (!this.up || this.noSockets) {
      socket.lose(1006);
      return;
    }
    const client: Client = { socket, addresses: new Set(), headsAt: new Map() };
    this.clients.add(client);
    socket.hear = (command) => this.#command(client, command);
    socket.open();
    if (!this.silent) {
      socket.say({
        connection: { id: "c1", nodeId: "n1", userId: "u1" },
        now: new Date(this.#clock.now).toISOString(),
      });
    }
  }

  async changes(body: ChangesBody, signal: AbortSignal): Promise<Response> {
    if (!this.up) throw new TypeError("connection refused");
    this.polls.push(body);
    if (this.deafHttp) return new Promise(() => {});
    if (this.httpStatus !== 200) {
      const code = this.httpStatus === 401 ? "unauthenticated" : "internal";
      const headers = { "Content-Type": this.proxied ? "text/html" : "application/problem+json" };
      return new Response(JSON.stringify({ code }), { status: this.httpStatus, headers });
    }
    const anything = () => body.addresses.some((a) => !a.since || a.since.seq < this.#newest(a.address));
    if (body.wait > 0 && !anything()) {
      await new Promise<void>((done) => {
        this.#waiting.add(done);
        this.#clock.setTimeout(done, body.wait * 1000);
        signal.addEventListener("abort", () => done());
      });
      if (!this.up) throw new TypeError("connection reset");
    }
    const replies = body.addresses.map((a) => this.#reply(a.address, a.since));
    return new Response(JSON.stringify({ replies }), { status: 200 });
  }

  #command(client: Client, command: Record<string, unknown>): void {
    if (this.silent || !this.up) return;
    if (command.cmd === "ping") {
      const pong = () => client.socket.say({ id: command.id, pong: true });
      if (this.pongMs === 0) pong();
      else this.#clock.setTimeout(pong, this.pongMs);
      return;
    }
    if (command.cmd === "unsubscribe") {
      client.addresses.delete(command.address as string);
      client.socket.say({ id: command.id });
      return;
    }
    for (const { address, since } of command.addresses as ChangesBody["addresses"]) {
      this.subscribes++;
      if (address === "forbidden/x") {
        client.socket.say({ id: command.id, address, error: { code: "forbidden" } });
        continue;
      }
      const answer = () => {
        if (this.silent || !this.up || client.socket.closed) return;
        client.addresses.add(address);
        this.#sayParts(client.socket, { id: command.id as number, ...this.#reply(address, since) });
      };
      // Until then the address is as it was: a new one brings nothing, an old one goes on.
      if (this.slow === 0) answer();
      else this.#clock.setTimeout(answer, this.slow);
    }
  }

  #sayParts(socket: FakeSocket, reply: Reply): void {
    const records = reply.records ?? [];
    if (records.length <= this.partSize) {
      socket.say(reply);
      return;
    }
    const parts = Math.ceil(records.length / this.partSize);
    for (let i = 0; i < parts; i++) {
      const slice = records.slice(i * this.partSize, (i + 1) * this.partSize);
      const part = { ...reply, records: slice, part: i + 1, ...(i < parts - 1 ? { more: true } : {}) };
      if (this.partGap === 0) socket.say(part);
      else this.#clock.setTimeout(() => socket.say(part), i * this.partGap);
    }
  }

  #reply(address: string, since?: { epoch: string; seq: number }): Reply {
    const head = { address, epoch: this.epoch, seq: this.seq };
    if (!since || since.epoch !== this.epoch || since.seq > this.seq || since.seq < this.floor) {
      const records = [...this.state(address).values()];
      return { ...head, mode: "snapshot", windowSec: this.windowSec, records };
    }
    const newest = new Map<string, Entry>();
    for (const entry of this.log) {
      if (entry.address === address && entry.seq > since.seq) newest.set(entry.key, entry);
    }
    const events: ResumeEvent[] = [...newest.values()]
      .sort((a, b) => a.seq - b.seq)
      .map((e) => ({
        seq: e.seq,
        event: "x",
        key: e.key,
        ...(e.data ? { data: e.data } : { op: "remove" }),
      }));
    return { ...head, mode: "resume", events };
  }

  #newest(address: string): number {
    return this.log.findLast((entry) => entry.address === address)?.seq ?? 0;
  }

  #wakePolls(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
