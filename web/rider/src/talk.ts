import type { Center, ChatMessage, Live, User } from "@bros/sdk";
import { followRecords, tell } from "@bros/ui";
import { type Accessor, createEffect, createSignal, onCleanup } from "solid-js";
import { ring } from "./device.ts";

interface Needs {
  user: User;
  center: Center;
  live: Live;
  /** The talk is on the screen. */
  open: Accessor<boolean>;
}

/** Talk that was not read yet; a private word rings. */
export function useTalk({ user, center, live, open }: Needs) {
  const talk = followRecords<ChatMessage>(live, () => [`chat/${center.id}`]);
  const readKey = `bros.chat.${user.id}`;
  const [read, setRead] = createSignal(localStorage.getItem(readKey) ?? new Date().toISOString());
  const [privates, setPrivates] = createSignal(0);
  createEffect(() => {
    const newest = talk.list().reduce((at, line) => (line.at && line.at > at ? line.at : at), read());
    if (!open()) return;
    setPrivates(0);
    setRead(newest);
    localStorage.setItem(readKey, newest);
  });
  const unread = () =>
    privates() + talk.list().filter(({ at, from }) => from.id !== user.id && (at ?? "") > read()).length;
  onCleanup(
    live.onEvent(({ event, data }) => {
      const line = data as ChatMessage;
      if (event !== "chat:message" || !line.to || line.from.id === user.id || open()) return;
      setPrivates(privates() + 1);
      ring("new");
      tell(`${line.from.name}: ${line.text}`);
    }),
  );
  return { unread };
}
