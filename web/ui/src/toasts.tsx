import { Problem } from "@bros/sdk";
import { createSignal, For, Show } from "solid-js";
import { type Key, t, tOr } from "./i18n.ts";

interface Toast {
  id: number;
  text: string;
  kind: "done" | "problem";
  undo?: () => void;
}

const [toasts, setToasts] = createSignal<Toast[]>([]);
let lastId = 0;
const stayMs = { done: 5_000, problem: 9_000 };

function show(toast: Omit<Toast, "id">): void {
  const id = ++lastId;
  setToasts([...toasts().slice(-3), { ...toast, id }]);
  setTimeout(() => dismiss(id), stayMs[toast.kind]);
}

function dismiss(id: number): void {
  setToasts(toasts().filter((toast) => toast.id !== id));
}

/** Says what was done, with the way back when there is one. */
export function tell(text: string, undo?: () => void): void {
  show({ text, kind: "done", undo });
}

/** Says what did not work. */
export function complain(text: string): void {
  show({ text, kind: "problem" });
}

const byCode: Record<string, Key> = {
  network: "error.network",
  forbidden: "error.forbidden",
  not_found: "error.not_found",
  conflict: "error.conflict",
  illegal_transition: "error.illegal_transition",
  rate_limited: "error.rate_limited",
  unavailable: "error.unavailable",
};

/** A failure in a person's words. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return t("error.other", { detail: String(error) });
  if (error.code === "internal") return t("error.internal", { id: error.requestId ?? "" });
  const key = byCode[error.code];
  if (key) return t(key);
  if (error.code === "validation" && !error.detail) return tOr("error.validation", "");
  return t("error.other", { detail: error.detail || error.code });
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      <For each={toasts()}>
        {(toast) => (
          <div class="toast" data-kind={toast.kind}>
            <span class="grow">{toast.text}</span>
            <Show when={toast.undo}>
              {(undo) => (
                <button
                  type="button"
                  onClick={() => {
                    dismiss(toast.id);
                    undo()();
                  }}
                >
                  {t("app.undo")}
                </button>
              )}
            </Show>
          </div>
        )}
      </For>
    </div>
  );
}
