import * as Kobalte from "@kobalte/core/dialog";
import type { JSX } from "solid-js";
import { t } from "./i18n.ts";
import "./menu.css";

/** A window over the page: the focus stays in it, Escape closes it and the focus goes back. */
export function Dialog(props: {
  open: boolean;
  title: string;
  onClose: () => void;
  wide?: boolean;
  testId?: string;
  children: JSX.Element;
}) {
  return (
    <Kobalte.Root
      open={props.open}
      preventScroll={false}
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
    >
      <Kobalte.Portal>
        <Kobalte.Overlay class="dialog-veil" />
        <div class="dialog-place">
          <Kobalte.Content class="dialog" data-wide={props.wide} data-testid={props.testId}>
            <header>
              <Kobalte.Title as="h2" class="grow">
                {props.title}
              </Kobalte.Title>
              <Kobalte.CloseButton class="quiet" aria-label={t("app.close")}>
                ✕
              </Kobalte.CloseButton>
            </header>
            <div class="dialog-body">{props.children}</div>
          </Kobalte.Content>
        </div>
      </Kobalte.Portal>
    </Kobalte.Root>
  );
}
