import type { ChatMessage, Live } from "@bros/sdk";
import { type Accessor, createEffect, createMemo, createSignal, onCleanup } from "solid-js";
import { followRecords } from "./solid.ts";

/** How many lines of some centers' talk this user has not seen; while the panel is open, none. */
export function followUnread(
  live: Live,
  userId: string,
  centers: Accessor<string[]>,
  open: Accessor<boolean>,
): Accessor<number> {
  const key = `bros.chat.${userId}`;
  const [seen, setSeen] = createSignal(read(key) ?? new Date().toISOString());
  const [whispers, setWhispers] = createSignal<ChatMessage[]>([]);
  const room = followRecords<ChatMessage>(live, () => centers().map((id) => `chat/${id}`));
  onCleanup(
    live.onEvent((event) => {
      const message = event.data as ChatMessage;
      if (event.event === "chat:message" && message.to === userId) setWhispers([...whispers(), message]);
    }),
  );
  const all = createMemo(() => [...room.list(), ...whispers()].filter((line) => line.from.id !== userId));
  createEffect(() => {
    if (!open()) return;
    const newest = all().reduce((at, line) => ((line.at ?? "") > at ? (line.at ?? "") : at), seen());
    if (newest === seen()) return;
    setSeen(newest);
    try {
      localStorage.setItem(key, newest);
    } catch {
      // Known until the page is left.
    }
  });
  return createMemo(() => (open() ? 0 : all().filter((line) => (line.at ?? "") > seen()).length));
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
