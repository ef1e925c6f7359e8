import type { Api, ChatMessage } from "@bros/sdk";
import { createEffect, createMemo, createSignal, For, Show } from "solid-js";
import { ChatHere } from "./ChatHere.tsx";
import { ChatLine } from "./ChatLine.tsx";
import "./chat.css";
import { t } from "./i18n.ts";
import type { Talk } from "./talk.ts";
import { complain, explain } from "./toasts.tsx";

interface Props {
  api: Api;
  talk: Talk;
  userId: string;
  /** The rooms to choose from. */
  centers: { id: string; name: string }[];
  /** May take lines of the room away. */
  moderates?: boolean;
  onClose: () => void;
}

/** The talk of a center: everyone's lines from its room, one's private ones beside them. */
export function Chat(props: Props) {
  const { api, talk } = props;
  const { center } = talk;
  const [text, setText] = createSignal("");
  const [to, setTo] = createSignal<{ id: string; name: string }>();
  let field!: HTMLInputElement;
  let list!: HTMLOListElement;

  const lines = createMemo(() => talk.lines(center()));
  const last = createMemo(() => lines().findLast((line) => !line.to)?.id);
  const nameOf = (id: string | undefined) => lines().find((line) => line.from.id === id)?.from.name ?? "";
  const size = createMemo(() => `${center()} ${lines().at(-1)?.id}`);
  createEffect(() => {
    size();
    queueMicrotask(() => list.scrollTo({ top: list.scrollHeight }));
  });

  // Whoever has said something here, or is here, can be spoken to alone.
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
      if (data.to) talk.said(data);
    } catch (error) {
      setText(words);
      complain(explain(error));
    }
  };
  const remove = (message: ChatMessage, reason: string) =>
    api.removeMessage(message.centerId, message.id, reason).catch((error) => complain(explain(error)));

  return (
    <aside class="chat panel" aria-label={t("chat.title")}>
      <header>
        <h2 class="grow">{t("chat.title")}</h2>
        <Show when={props.centers.length > 1}>
          <select
            aria-label={t("app.centers")}
            value={center()}
            onChange={(event) => talk.setCenter(event.currentTarget.value)}
          >
            <For each={props.centers}>
              {(c) => (
                <option value={c.id}>
                  {talk.unread(c.id) > 0 ? `${c.name} (${talk.unread(c.id)})` : c.name}
                </option>
              )}
            </For>
          </select>
        </Show>
        <button type="button" class="quiet" aria-label={t("app.close")} onClick={() => props.onClose()}>
          ✕
        </button>
      </header>
      <ChatHere api={api} userId={props.userId} center={center()} onWhisper={whisper} />
      <ol class="chat-lines" ref={list}>
        <For each={lines()} fallback={<li class="empty">{t("chat.empty")}</li>}>
          {(message) => (
            <ChatLine
              message={message}
              own={message.from.id === props.userId}
              talk={talk}
              toName={nameOf(message.to)}
              readers={message.from.id === props.userId || message.id === last()}
              onWhisper={() => whisper(message.from)}
              onRemove={props.moderates && !message.to ? (reason) => void remove(message, reason) : undefined}
            />
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
