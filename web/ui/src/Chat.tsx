import type { Api, ChatMessage } from "@bros/sdk";
import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from "solid-js";
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

/** Pixels from the end within which the newest line counts as looked at. */
const nearEnd = 32;

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
  // Whoever reads older lines stays at them; what is said meanwhile is told below.
  const [atEnd, setAtEnd] = createSignal(true);
  const [below, setBelow] = createSignal(0);
  createEffect(() => talk.setAtEnd(atEnd()));
  onCleanup(() => talk.setAtEnd(true));
  const toEnd = () => {
    setBelow(0);
    setAtEnd(true);
    queueMicrotask(() => list.scrollTo({ top: list.scrollHeight }));
  };
  const scrolled = () => {
    const end = list.scrollHeight - list.scrollTop - list.clientHeight <= nearEnd;
    setAtEnd(end);
    if (end) setBelow(0);
  };
  createEffect(
    on([center, lines], ([id, now], before) => {
      if (!before || before[0] !== id) return toEnd();
      const known = new Set(before[1].map((line) => line.id));
      const fresh = now.filter((line) => !known.has(line.id));
      if (fresh.length === 0) return;
      if (atEnd() || fresh.some((line) => line.from.id === props.userId)) toEnd();
      else setBelow((n) => n + fresh.length);
    }),
  );

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
      {/* Lines that are too many for its height are reached by keys, too. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <ol class="chat-lines" ref={list} tabIndex={0} aria-label={t("chat.lines")} onScroll={scrolled}>
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
      <Show when={below() > 0}>
        <button type="button" class="small chat-below" data-testid="chat-below" onClick={toEnd}>
          ↓ {t(below() === 1 ? "chat.belowOne" : "chat.below", { n: below() })}
        </button>
      </Show>
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
