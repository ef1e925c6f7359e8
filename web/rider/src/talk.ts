import type { Center, ChatMessage, Live, User } from "@bros/sdk";
import { followTalk, type Talk, tell } from "@bros/ui";
import { type Accessor, onCleanup } from "solid-js";
import { ring } from "./device.ts";
import { api } from "./session.ts";

interface Needs {
  user: User;
  center: Center;
  live: Live;
  /** The talk is on the screen. */
  open: Accessor<boolean>;
}

/** The center's talk; a private word rings. */
export function useTalk({ user, center, live, open }: Needs): Talk {
  const talk = followTalk({ api, live, user, centers: () => [center.id], open });
  onCleanup(
    live.onEvent(({ address, event, data }) => {
      const line = data as ChatMessage;
      if (
        event !== "chat:message" ||
        address !== `user/${user.id}` ||
        !line.to ||
        line.from.id === user.id ||
        open()
      )
        return;
      ring("new");
      tell(`${line.from.name}: ${line.text}`);
    }),
  );
  return talk;
}
