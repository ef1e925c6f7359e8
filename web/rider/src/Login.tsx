import { Problem } from "@bros/sdk";
import { explain, language, otherLanguage, switchLanguage, t } from "@bros/ui";
import { createSignal, Show } from "solid-js";
import { anyone } from "./session.ts";

/**
 * The rider's own login: the app is installed, and must not leave itself. What waits to be
 * sent goes when the rider it belongs to is back.
 */
export function Login(props: { waiting: number; name?: string; onIn: () => void }) {
  const [wrong, setWrong] = createSignal("");
  const [busy, setBusy] = createSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setWrong("");
    try {
      await anyone.login(String(form.get("login")).trim(), String(form.get("password")));
      props.onIn();
    } catch (error) {
      const status = error instanceof Problem ? error.status : 0;
      setWrong(
        status === 401 && error instanceof Problem && error.sessionEnded
          ? t("login.wrong")
          : status === 429
            ? t("login.tooMany")
            : explain(error),
      );
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="login-pane">
      <form class="login-form" onSubmit={submit}>
        <h1>
          <img src="/icon.svg" alt="" width="56" height="56" />
          {t("rider.title")}
        </h1>
        <Show when={props.waiting > 0}>
          <p class="bar-waits" role="status">
            {t("rider.loginWaits", { n: props.waiting, name: props.name ?? "" })}
          </p>
        </Show>
        <label class="field">
          <span>{t("login.login")}</span>
          <input name="login" autocomplete="username" autocapitalize="none" spellcheck={false} required />
        </label>
        <label class="field">
          <span>{t("login.password")}</span>
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <Show when={wrong()}>
          <p class="login-wrong" role="alert">
            {wrong()}
          </p>
        </Show>
        <button type="submit" class="primary big" disabled={busy()}>
          {t("login.submit")}
        </button>
        <a
          class="login-language"
          href={otherLanguage()}
          onClick={switchLanguage}
          lang={language() === "ko" ? "en" : "ko"}
        >
          {t("app.language")}
        </a>
      </form>
    </main>
  );
}
