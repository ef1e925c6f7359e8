import type { Api, ChatMessage, ChatRead, Live, ReadEvent, User } from "@bros/sdk";
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from "solid-js";
import { followRecords } from "./solid.ts";

interface Needs {
  api: Api;
  live: Live;
  user: Pick<User, "id" | "createdAt">;
  centers: Accessor<string[]>;
  /** The panel is on the screen. */
  open: Accessor<boolean>;
}

/** What is said in some centers, and how far everybody has read; the marks are the server's. */
export interface Talk {
  /** The center that the panel shows, and choosing another one. */
  center: Accessor<string>;
  setCenter(id: string): void;
  /** Whether the panel shows the newest lines: those below what is looked at are not read yet. */
  setAtEnd(atEnd: boolean): void;
  /** A center's lines, the private ones of this user among them, oldest first. */
  lines(centerId: string): ChatMessage[];
  /** Takes in what this user has just said to one person. */
  said(message: ChatMessage): void;
  /** Lines of all centers, or of one, that this user has not read on any screen. */
  unread(centerId?: string): number;
  /** Who, other than its author, has read a line of a center's room. */
  readers(line: ChatMessage): ChatRead[];
  /** How far one's own private line has come. */
  state(line: ChatMessage): "sent" | "delivered" | "read";
}

type Mark = { seq?: number; with?: string; deliveredAt?: string; readAt?: string };

const later = (a = "", b = "") => (a > b ? a : b);
const keyOf = (centerId: string, userId: string, peer = "") => `${centerId} ${userId} ${peer}`;

/** Follows the talk of some centers. */
export function followTalk({ api, live, user, centers, open }: Needs): Talk {
  const userId = user.id;
  const [chosen, setCenter] = createSignal("");
  const center = () => (centers().includes(chosen()) ? chosen() : (centers()[0] ?? ""));
  const [privates, setPrivates] = createSignal<ChatMessage[]>([]);
  const [marks, setMarks] = createSignal<ReadonlyMap<string, ChatRead>>(new Map());
  const [known, setKnown] = createSignal<ReadonlySet<string>>(new Set());
  const [atEnd, setAtEnd] = createSignal(true);
  const [seen, setSeen] = createSignal(document.visibilityState === "visible");
  const look = () => setSeen(document.visibilityState === "visible");
  document.addEventListener("visibilitychange", look);
  onCleanup(() => document.removeEventListener("visibilitychange", look));

  const room = followRecords<ChatMessage>(live, () => centers().map((id) => `chat/${id}`));
  // A line that is loaded again stays the object that it was, and so its element in the page.
  let kept = new Map<string, ChatMessage>();
  const byCenter = createMemo(() => {
    const all = new Map<string, ChatMessage[]>();
    const next = new Map<string, ChatMessage>();
    for (const fresh of [...room.list(), ...privates()]) {
      const was = kept.get(fresh.id);
      const line = was && was.seq === fresh.seq && was.text === fresh.text ? was : fresh;
      next.set(line.id, line);
      const lines = all.get(line.centerId);
      if (lines) lines.push(line);
      else all.set(line.centerId, [line]);
    }
    kept = next;
    for (const lines of all.values()) lines.sort((a, b) => (a.at ?? "").localeCompare(b.at ?? ""));
    return all;
  });
  const lines = (id: string) => byCenter().get(id) ?? [];
  const newest = (id: string) => lines(id).reduce((seq, line) => Math.max(seq, line.seq ?? 0), 0);
  const own = (id: string, peer?: string) => marks().get(keyOf(id, userId, peer));

  const said = (...messages: ChatMessage[]) => {
    const ids = new Set(messages.map((message) => message.id));
    setPrivates([...privates().filter((line) => !ids.has(line.id)), ...messages]);
  };
  const learn = (centerId: string, reads: ChatRead[]) => {
    const next = new Map(marks());
    for (const read of reads) {
      const key = keyOf(centerId, read.user.id, read.with);
      const was = next.get(key);
      next.set(key, {
        ...read,
        seq: Math.max(read.seq ?? 0, was?.seq ?? 0),
        deliveredAt: later(read.deliveredAt, was?.deliveredAt),
        readAt: later(read.readAt, was?.readAt),
      });
    }
    setMarks(next);
  };

  // One request at a time for each talk; the server answers about once a second.
  const wanted = new Map<string, { mark?: Mark; busy: boolean }>();
  const mark = (centerId: string, what: Mark) => {
    learn(centerId, [{ user: { id: userId, name: "", role: "agent" }, ...what }]);
    const key = keyOf(centerId, userId, what.with);
    const slot = wanted.get(key) ?? { busy: false };
    wanted.set(key, slot);
    slot.mark = { ...slot.mark, ...what };
    const next = async () => {
      slot.busy = true;
      while (slot.mark) {
        const now = slot.mark;
        slot.mark = undefined;
        // What does not arrive is said again with the next line.
        await api.markRead(centerId, now).catch(() => {});
      }
      slot.busy = false;
    };
    if (!slot.busy) void next();
  };

  // Private lines and marks are volatile: they are read whenever the line is new.
  let round = 0;
  const load = async () => {
    const mine = ++round;
    for (const id of centers()) {
      try {
        const [page, reads] = await Promise.all([api.chat(id), api.reads(id)]);
        if (mine !== round) return;
        said(...page.items.filter((message) => message.to));
        learn(id, reads.items);
        setKnown(new Set([...known(), id]));
      } catch {
        // The room's own lines are there all the same.
      }
    }
  };
  createEffect(
    on([() => centers().join(), room.ready], ([, ready]) => {
      if (ready) void load();
    }),
  );
  let mode = live.status.mode;
  onCleanup(
    live.onStatus((status) => {
      if (status.mode === "live" && mode === "offline" && room.ready()) void load();
      mode = status.mode;
    }),
  );
  onCleanup(
    live.onEvent(({ address, event, data }) => {
      if (event === "chat:message" && address === `user/${user.id}` && (data as ChatMessage).to)
        said(data as ChatMessage);
      // One's own marks, set in another browser, come to oneself alone.
      const marks = [`user/${user.id}`, `chat-read/${(data as ReadEvent)?.centerId}`];
      if (event === "chat:read" && marks.includes(address))
        learn((data as ReadEvent).centerId, (data as ReadEvent).items);
    }),
  );
  // How far others have read is looked at in the panel alone.
  createEffect(
    on([open, center], ([on, id]) => {
      if (!on || !id) return;
      const stop = live.follow(`chat-read/${id}`, { changed: () => {} });
      onCleanup(stop);
      api.reads(id).then(
        (reads) => learn(id, reads.items),
        () => {},
      );
    }),
  );

  createEffect(() => {
    for (const id of centers()) {
      if (!known().has(id)) continue;
      const reading = open() && seen() && atEnd() && center() === id;
      if (reading && newest(id) > (own(id)?.seq ?? 0)) mark(id, { seq: newest(id) });
      const peers = new Map<string, string>();
      for (const line of lines(id)) {
        if (line.to === userId) peers.set(line.from.id, later(line.at, peers.get(line.from.id)));
      }
      for (const [peer, at] of peers) {
        const mine = own(id, peer);
        if (reading && at > (mine?.readAt ?? "")) mark(id, { with: peer, readAt: at, deliveredAt: at });
        else if (at > (mine?.deliveredAt ?? "")) mark(id, { with: peer, deliveredAt: at });
      }
    }
  });

  const unreadIn = (id: string) => {
    if (!known().has(id)) return 0;
    const seq = own(id)?.seq ?? 0;
    return lines(id).filter(
      (line) =>
        line.from.id !== userId &&
        (line.at ?? "") > (user.createdAt ?? "") && // who is new has not missed what was said before
        (line.to ? (line.at ?? "") > (own(id, line.from.id)?.readAt ?? "") : (line.seq ?? 0) > seq),
    ).length;
  };
  const counts = createMemo(() => new Map(centers().map((id) => [id, unreadIn(id)])));
  return {
    center,
    setCenter,
    setAtEnd,
    lines,
    said,
    unread: (id) =>
      id ? (counts().get(id) ?? 0) : [...counts().values()].reduce((sum, count) => sum + count, 0),
    readers: (line) =>
      [...marks()]
        .filter(
          ([key, read]) =>
            key.startsWith(`${line.centerId} `) &&
            !read.with &&
            read.user.id !== line.from.id &&
            (read.seq ?? 0) >= (line.seq ?? Number.POSITIVE_INFINITY),
        )
        .map(([, read]) => read),
    state: (line) => {
      const read = marks().get(keyOf(line.centerId, line.to ?? "", userId));
      if ((read?.readAt ?? "") >= (line.at ?? "")) return "read";
      return (read?.deliveredAt ?? "") >= (line.at ?? "") ? "delivered" : "sent";
    },
  };
}
