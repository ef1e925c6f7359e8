import { Problem } from "@bros/sdk";
import { explain, keepLanguage, otherLanguage, switchLanguage, t } from "@bros/ui";
import { createSignal, Show } from "solid-js";
import { api } from "./app.ts";
import { go } from "./router.ts";

const homes: Record<string, string> = { rider: "/rider", agent: "/intake" };

/** Where somebody was going, if that is a path of this site. */
function next(): string | undefined {
  const asked = new URLSearchParams(location.search).get("next");
  return asked && /^\/(?!\/)/.test(asked) ? asked : undefined;
}

export function Login() {
  const [wrong, setWrong] = createSignal("");
  const [busy, setBusy] = createSignal(false);

  const submit = async (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setWrong("");
    try {
      const { data } = await api.login(String(form.get("login")).trim(), String(form.get("password")));
      const home = homes[data.user.role] ?? "/board";
      if (data.user.role === "rider") location.assign(keepLanguage(home));
      else go(next() ?? home, true);
    } catch (error) {
      const code = error instanceof Problem ? error.code : "";
      setWrong(
        code === "unauthenticated"
          ? t("login.wrong")
          : code === "rate_limited"
            ? t("login.tooMany")
            : explain(error),
      );
    } finally {
      setBusy(false);
    }
  };

  return (
    <main class="login">
      <form class="panel login-form" onSubmit={submit}>
        <div>
          <h1 class="brand">bros</h1>
          <p class="muted">{t("login.lead")}</p>
        </div>
        <label class="field">
          <span>{t("login.login")}</span>
          <input name="login" autocomplete="username" autocapitalize="none" required autofocus />
        </label>
        <label class="field">
          <span>{t("login.password")}</span>
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <Show when={wrong()}>
          <p class="field-error" role="alert">
            {wrong()}
          </p>
        </Show>
        <button type="submit" class="primary" disabled={busy()} classList={{ busy: busy() }}>
          {t("login.submit")}
        </button>
      </form>
      <a class="small muted" href={otherLanguage()} onClick={switchLanguage}>
        {t("app.language")}
      </a>
    </main>
  );
}
