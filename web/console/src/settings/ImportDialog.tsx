import { type ImportAnswer, newKey, Problem } from "@bros/sdk";
import { Dialog, explain, fieldText, Icon, t, tell, tOr } from "@bros/ui";
import { createEffect, createSignal, For, on, Show } from "solid-js";
import { api, useApp } from "../app.ts";
import { type Importable, saveTemplate } from "./files.ts";

/** Five hundred passwords take the server its time. */
const patienceMs = 125_000;

/** A CSV file of shops or riders: looked at first, every fault by its line, then all or none. */
export function ImportDialog(props: { path: Importable; onClose: () => void; onDone: () => void }) {
  const app = useApp();
  const [center, setCenter] = createSignal(app.chosen()[0] ?? "");
  const [file, setFile] = createSignal<File>();
  const [looked, setLooked] = createSignal<ImportAnswer>();
  const [problem, setProblem] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  let key = newKey();

  const send = async (dryRun: boolean): Promise<ImportAnswer | undefined> => {
    const chosen = file();
    if (!chosen) return undefined;
    setBusy(true);
    setProblem(undefined);
    try {
      const { data } = await api.rest.request<ImportAnswer>("POST", `/${props.path}/import`, {
        query: { centerId: center(), dryRun: dryRun ? "1" : undefined },
        blob: new Blob([await chosen.arrayBuffer()], { type: "text/csv" }),
        idempotencyKey: dryRun ? null : key,
        timeoutMs: patienceMs,
      });
      return data;
    } catch (error) {
      setProblem(error);
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  createEffect(
    on([file, center], async ([chosen]) => {
      setLooked(undefined);
      key = newKey();
      if (chosen) setLooked(await send(true));
    }),
  );
  const run = async () => {
    const done = await send(false);
    if (!done) return;
    tell(t("set.imported", { n: done.created }));
    // What was imported is seen, also into a center that was not looked at.
    if (!app.chosen().includes(center())) app.choose([...app.chosen(), center()]);
    props.onDone();
  };
  const wrong = () => looked()?.rows.filter((row) => row.errors?.length) ?? [];
  const what = () => {
    const error = problem();
    if (!(error instanceof Problem) || error.fields.length === 0) return explain(error);
    return error.fields.map((f) => `${fieldName(f.field)}: ${fieldText(f)}`).join("\n");
  };

  return (
    <Dialog
      open
      wide
      title={`${t("set.import")} · ${t(`set.${props.path}`)}`}
      onClose={props.onClose}
      testId="import"
    >
      <div class="import">
        <p class="muted">{t("set.importHelp")}</p>
        <div class="line wrap">
          <Show when={app.centers().length > 1}>
            <label class="field">
              <span>{t("set.center")}</span>
              <select value={center()} onChange={(event) => setCenter(event.currentTarget.value)}>
                <For each={app.centers()}>{(one) => <option value={one.id}>{one.name}</option>}</For>
              </select>
            </label>
          </Show>
          <label class="field grow">
            <span>{t("set.file")}</span>
            <input
              type="file"
              name="file"
              accept=".csv,.txt,text/csv"
              onChange={(event) => setFile(event.currentTarget.files?.[0])}
            />
          </label>
          <button type="button" onClick={() => saveTemplate(props.path)}>
            <Icon name="down" /> {t("set.template")}
          </button>
        </div>
        <Show when={problem()}>
          <p class="field-error import-problem" role="alert">
            {what()}
          </p>
        </Show>
        <Show when={looked()}>
          {(answer) => (
            <>
              <p role="status" class="import-sum" data-testid="import-sum">
                {wrong().length > 0
                  ? t("set.importWrong", { n: wrong().length, all: answer().rows.length })
                  : t("set.importReady", { n: answer().rows.length })}
              </p>
              <table class="import-rows">
                <thead>
                  <tr>
                    <th class="number">{t("set.line")}</th>
                    <th>{t("set.name")}</th>
                    <th>{t("set.check")}</th>
                  </tr>
                </thead>
                <tbody>
                  <For each={wrong().length > 0 ? wrong() : answer().rows.slice(0, 50)}>
                    {(row) => (
                      <tr>
                        <td class="number">{row.line}</td>
                        <td>{row.name}</td>
                        <td>
                          <For each={row.errors} fallback={<span class="import-good">✓</span>}>
                            {(fault) => (
                              <div class="field-error">
                                {fieldName(fault.field)}: {fieldText(fault)}
                              </div>
                            )}
                          </For>
                        </td>
                      </tr>
                    )}
                  </For>
                </tbody>
              </table>
            </>
          )}
        </Show>
        <div class="line">
          <span class="grow" />
          <button type="button" onClick={() => props.onClose()}>
            {t("app.back")}
          </button>
          <button
            type="button"
            class="primary"
            disabled={busy() || !looked() || wrong().length > 0}
            onClick={run}
          >
            {t("set.importAll", { n: looked()?.rows.length ?? 0 })}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** `rows[3].phone` as the third line's phone. */
function fieldName(field: string): string {
  const [, line, name] = /^rows\[(\d+)\]\.(.*)$/.exec(field) ?? [undefined, undefined, field];
  const word = tOr(`set.${name}`, name ?? "");
  return line ? `${t("set.line")} ${line}, ${word}` : word;
}
