import { Problem } from "@bros/sdk";
import * as Toast from "@kobalte/core/toast";
import { Show } from "solid-js";
import { Portal } from "solid-js/web";
import { fieldText } from "./fieldText.ts";
import { type Key, t } from "./i18n.ts";

interface Words {
  text: string;
  kind: "done" | "problem";
  undo?: () => void;
  /** What the button is called; else Undo. */
  label?: string;
}

const stayMs = { done: 5_000, undo: 8_000, problem: 9_000 };

function show(words: Words): () => void {
  const id = Toast.toaster.show((props) => (
    <Toast.Root
      as="div"
      toastId={props.toastId}
      class="toast"
      data-kind={words.kind}
      priority={words.kind === "problem" ? "high" : "low"}
      duration={words.undo ? stayMs.undo : stayMs[words.kind]}
    >
      <span class="toast-sign" aria-hidden="true">
        {words.kind === "problem" ? "!" : "✓"}
      </span>
      <Toast.Description as="span" class="grow">
        {words.text}
      </Toast.Description>
      <Show when={words.undo}>
        {(undo) => (
          <button
            type="button"
            onClick={() => {
              Toast.toaster.dismiss(props.toastId);
              undo()();
            }}
          >
            {words.label ?? t("app.undo")}
          </button>
        )}
      </Show>
      <Toast.CloseButton class="toast-close" aria-label={t("app.close")}>
        ✕
      </Toast.CloseButton>
    </Toast.Root>
  ));
  return () => Toast.toaster.dismiss(id);
}

/**
 * Says what was done, with the way back when there is one (or another act, by its label). The
 * answer takes it off the screen.
 */
export function tell(text: string, undo?: () => void, label?: string): () => void {
  return show({ text, kind: "done", undo, label });
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
  if (error.code === "validation") {
    const faults = error.fields.map((field) => fieldText(field)).join(", ");
    return faults ? `${t("error.validation")} (${faults})` : t("error.validation");
  }
  return t("error.other", { detail: error.detail || error.code });
}

/** Where toasts appear; they wait while the pointer or the focus is on one. F8 goes to them. */
export function Toasts() {
  return (
    <Portal>
      <Toast.Region limit={4} swipeDirection="down" hotkey={["F8"]} aria-label={t("app.notices")}>
        <Toast.List as="div" class="toasts" />
      </Toast.Region>
    </Portal>
  );
}
