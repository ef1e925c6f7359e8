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
  const [to, setTo] = createSignal<{ id: string; name: string }>();
  let field!: HTMLInputElement;
  let list!: HTMLOListElement;

  const room = followRecords<ChatMessage>(live, () => [`chat/${center()}`]);
  const lines = createMemo(() =>
    [...room.list(), ...privates().filter((m) => m.centerId === center())].sort(
      (a, b) => a.at?.localeCompare(b.at ?? "") ?? 0,
    ),
  );

  const nameOf = (id: string | undefined) => lines().find((line) => line.from.id === id)?.from.name ?? "";

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

  // Whoever has said something here can be spoken to alone.
  const whisper = (person: { id: string; name: string } | undefined) => {
    setTo(person);
    field.focus();
  };
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const words = text().trim();
    if (!words) return;
    setText("");
    try {
      const { data } = await api.say(center(), words, to()?.id);
      if (data.to) setPrivates([...privates().filter((m) => m.id !== data.id), data]);
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
                <Show
                  when={message.from.id !== props.userId}
                  fallback={<span class="strong">{message.from.name}</span>}
                >
                  <button
                    type="button"
                    class="quiet chat-name"
                    title={t("chat.whisper", { name: message.from.name })}
                    onClick={() => whisper(message.from)}
                  >
                    {message.from.name}
                  </button>
                </Show>
                <span>{t(`role.${message.from.role}`)}</span>
                <Show when={message.to}>
                  <span class="chat-private">
                    {message.to === props.userId
                      ? t("chat.private")
                      : t("chat.privateTo", { name: nameOf(message.to) })}
                  </span>
                </Show>
                <span class="grow" />
                <time>{time(message.at)}</time>
              </div>
              <p>{message.text}</p>
            </li>
          )}
        </For>
      </ol>
      <Show when={to()}>
        {(person) => (
          <p class="line small chat-to">
            <span class="grow">{t("chat.to", { name: person().name })}</span>
            <button type="button" class="quiet small" onClick={() => whisper(undefined)}>
              {t("chat.toAll")}
            </button>
          </p>
        )}
      </Show>
      <form class="line chat-form" onSubmit={send}>
        <input
          ref={field}
          class="grow"
          name="text"
          maxlength="2000"
          autocomplete="off"
          placeholder={to() ? t("chat.to", { name: to()?.name ?? "" }) : t("chat.placeholder")}
          aria-label={to() ? t("chat.to", { name: to()?.name ?? "" }) : t("chat.placeholder")}
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
