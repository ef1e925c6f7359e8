import { otherLanguage, switchLanguage, t } from "@bros/ui";
import { For, type JSX, Show } from "solid-js";
import { ring } from "./device.ts";
import { type Look, look, setLook } from "./look.ts";
import type { Sharing } from "./positions.ts";
import type { PushState } from "./push.ts";
import { takeUpdate, updateReady } from "./update.ts";

interface Props {
  name: string;
  center: string;
  sharing: Sharing;
  push: PushState;
  onPush: (on: boolean) => void;
  /** A delivery is under way: nothing may interrupt it. */
  busy: boolean;
  /** How much had not been sent when the rider wanted to log out. */
  unsent: number;
  /** How much of it the phone could not keep. */
  unkept: number;
  onLogout: () => void;
}

/** What is set once and then forgotten. */
export function More(props: Props) {
  const looks: Look[] = ["auto", "sun", "night"];
  return (
    <section class="pane" data-testid="more">
      <h1 class="pane-title">
        {props.name} <span class="muted">{props.center}</span>
      </h1>
      <Row title={t("rider.look")} why={t(`rider.lookWhy.${look()}`)}>
        <div class="segments">
          <For each={looks}>
            {(each) => (
              <button type="button" aria-pressed={look() === each} onClick={() => setLook(each)}>
                {t(`rider.look.${each}`)}
              </button>
            )}
          </For>
        </div>
      </Row>
      <Row title={t("rider.push.title")} why={t(`rider.push.${props.push}`)}>
        <button
          type="button"
          role="switch"
          aria-checked={props.push === "on"}
          aria-label={t("rider.push.title")}
          class="switch"
          disabled={props.push === "unable" || props.push === "denied" || props.push === "busy"}
          onClick={() => props.onPush(props.push !== "on")}
        >
          <span class="switch-knob" />
        </button>
      </Row>
      <Row title={t("rider.sound")} why={t("rider.sound.why")}>
        <button type="button" onClick={() => ring("new")}>
          {t("rider.sound.try")}
        </button>
      </Row>
      <Row title={t("rider.place")} why={t(`rider.placeIs.${props.sharing}`)} />
      <Row title={t("rider.language")}>
        <a class="button" href={otherLanguage()} onClick={switchLanguage}>
          {t("app.language")}
        </a>
      </Row>
      <Show when={updateReady()}>
        <Row title={t("rider.update")} why={props.busy ? t("rider.update.later") : undefined}>
          <button type="button" class="primary" disabled={props.busy} onClick={takeUpdate}>
            {t("rider.update.now")}
          </button>
        </Row>
      </Show>
      <Show when={props.unsent > 0}>
        <p class="bar-waits" role="alert">
          {props.unkept > 0
            ? t("rider.logoutLoses", { n: props.unkept })
            : t("rider.logoutWaits", { n: props.unsent })}
        </p>
      </Show>
      <button type="button" class="wide" onClick={() => props.onLogout()}>
        {props.unsent > 0 ? t("rider.logoutAnyway") : t("app.logout")}
      </button>
    </section>
  );
}

function Row(props: { title: string; why?: string; children?: JSX.Element }) {
  return (
    <div class="row">
      <div class="grow">
        <b>{props.title}</b>
        <Show when={props.why}>
          <p class="muted">{props.why}</p>
        </Show>
      </div>
      {props.children}
    </div>
  );
}
