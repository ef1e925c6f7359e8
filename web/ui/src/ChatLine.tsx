import type { ChatMessage } from "@bros/sdk";
import { Show } from "solid-js";
import { time } from "./format.ts";
import { t } from "./i18n.ts";
import { ReasonButton } from "./ReasonButton.tsx";
import { Tip } from "./Tip.tsx";
import type { Talk } from "./talk.ts";

interface Props {
  message: ChatMessage;
  own: boolean;
  talk: Talk;
  /** The name of whom a private line is for. */
  toName: string;
  /** Says who has read it. */
  readers: boolean;
  onWhisper: () => void;
  /** Takes the line away; absent: this user may not. */
  onRemove?: (reason: string) => void;
}

/** One line of the talk, with how far it has been read. */
export function ChatLine(props: Props) {
  const names = () =>
    props.talk
      .readers(props.message)
      .map((read) => read.user.name)
      .filter(Boolean);
  return (
    <li class="chat-line" data-own={props.own} data-private={Boolean(props.message.to)}>
      <div class="small muted line">
        <Show when={!props.own} fallback={<span class="strong">{props.message.from.name}</span>}>
          <button
            type="button"
            class="quiet chat-name"
            title={t("chat.whisper", { name: props.message.from.name })}
            onClick={() => props.onWhisper()}
          >
            {props.message.from.name}
          </button>
        </Show>
        <span>{t(`role.${props.message.from.role}`)}</span>
        <Show when={props.message.to}>
          <span class="chat-private">
            {props.own ? t("chat.privateTo", { name: props.toName }) : t("chat.private")}
          </span>
        </Show>
        <span class="grow" />
        <time>{time(props.message.at)}</time>
      </div>
      <p>{props.message.text}</p>
      <div class="small muted line chat-foot">
        <Show when={props.message.to && props.own}>
          <span data-testid="chat-state">{t(`chat.state.${props.talk.state(props.message)}`)}</span>
        </Show>
        <Show when={!props.message.to && props.readers && names().length > 0}>
          <Tip text={names().join(", ")}>
            <span data-testid="chat-readers">{t("chat.readBy", { n: names().length })}</span>
          </Tip>
        </Show>
        <span class="grow" />
        <Show when={props.onRemove}>
          {(remove) => (
            <ReasonButton
              class="quiet small chat-remove"
              label={t("chat.remove")}
              reasons={["chat.reason.personal", "chat.reason.rude", "chat.reason.mistake"]}
              onAct={(reason) => remove()(reason)}
            />
          )}
        </Show>
      </div>
    </li>
  );
}
