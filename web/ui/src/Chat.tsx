import type { Api, ChatMessage, Live } from "@bros/sdk";
import { createEffect, createMemo, createSignal, For, onCleanup, Show } from "solid-js";
import "./chat.css";
import { time } from "./format.ts";
import { t } from "./i18n.ts";
import { followRecords } from "./solid.ts";
import { complain, explain } from "./toasts.tsx";

interface Props {
  api: Api;
  live: Live;
  userId: string;
  /** The rooms to choose from. */
  centers: { id: string; name: string }[];
  onClose: () => void;
}

/** The talk of a center: everyone's lines from its room, one's private ones beside them. */
export function Chat(props: Props) {
  const { api, live } = props;
  const [center, setCenter] = createSignal(props.centers[0]?.id ?? "");
  const [privates, setPrivates] = createSignal<ChatMessage[]>([]);
  const [text, setText] = createSignal("");
  let list!: HTMLOListElement;

  const room = followRecords<ChatMessage>(live, () => [`chat/${center()}`]);
  const lines = createMemo(() =>
    [...room.list(), ...privates().filter((m) => m.centerId === center())].sort(
      (a, b) => a.at?.localeCompare(b.at ?? "") ?? 0,
    ),
  );

  // Private lines are gone when missed: read them again whenever the room is joined.
  createEffect(() => {
    const id = center();
    if (!room.ready()) return;
    api.chat(id).then(
      (page) => setPrivates(page.items.filter((message) => message.to)),
      () => {}, // the room's own lines are there all the same
    );
  });
  onCleanup(
    live.onEvent((event) => {
      if (event.event !== "chat:message") return;
      const message = event.data as ChatMessage;
      if (message.to) setPrivates([...privates().filter((m) => m.id !== message.id), message]);
    }),
  );
  createEffect(() => {
    lines();
    queueMicrotask(() => list.scrollTo({ top: list.scrollHeight }));
  });

  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const words = text().trim();
    if (!words) return;
    setText("");
    try {
      await api.say(center(), words);
    } catch (error) {
      setText(words);
      complain(explain(error));
    }
  };

  return (
    <aside class="chat panel" aria-label={t("chat.title")}>
      <header>
        <h2 class="grow">{t("chat.title")}</h2>
        <Show when={props.centers.length > 1}>
          <select
            aria-label={t("app.centers")}
            value={center()}
            onChange={(event) => setCenter(event.currentTarget.value)}
          >
            <For each={props.centers}>{(c) => <option value={c.id}>{c.name}</option>}</For>
          </select>
        </Show>
        <button type="button" class="quiet" aria-label={t("app.close")} onClick={() => props.onClose()}>
          ✕
        </button>
      </header>
      <ol class="chat-lines" ref={list}>
        <For each={lines()} fallback={<li class="empty">{t("chat.empty")}</li>}>
          {(message) => (
            <li
              class="chat-line"
              data-own={message.from.id === props.userId}
              data-private={Boolean(message.to)}
            >
              <div class="small muted line">
                <span class="strong">{message.from.name}</span>
                <span>{t(`role.${message.from.role}`)}</span>
                <Show when={message.to}>
                  <span>{t("chat.private")}</span>
                </Show>
                <span class="grow" />
                <time>{time(message.at)}</time>
              </div>
              <p>{message.text}</p>
            </li>
          )}
        </For>
      </ol>
      <form class="line chat-form" onSubmit={send}>
        <input
          class="grow"
          name="text"
          maxlength="2000"
          autocomplete="off"
          placeholder={t("chat.placeholder")}
          aria-label={t("chat.placeholder")}
          value={text()}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={!text().trim()}>
          {t("act.send")}
        </button>
      </form>
    </aside>
  );
}
