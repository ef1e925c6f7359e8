import type { FoundAddress } from "@bros/sdk";
import { type Proposal, Suggest, t } from "@bros/ui";
import { createSignal, onCleanup, Show } from "solid-js";
import { api } from "./app.ts";

/** Keys that come sooner than this after each other are asked for together. */
const pause = 60;

/**
 * An address while it is typed: the doors that fit are proposed with every key, by arrows and
 * Enter, and never waited for: what is typed counts as it is. One whose place is not exact says
 * so when it is taken, and its pin wants to be set.
 */
export function AddressBox(props: {
  name: string;
  label: string;
  value: string;
  /** Whose doors come first; the places of its town before others. */
  centerId?: string;
  /** Doors that are known without asking, shown until something else is typed. */
  known?: Proposal[];
  invalid?: boolean;
  required?: boolean;
  placeholder?: string;
  /** The place is set by hand by now: nothing is left to ask for. */
  pinned?: boolean;
  onInput: (text: string) => void;
  onKnown?: (proposal: Proposal) => void;
  /** A door was taken; its place is right, or (`rough`) only near. */
  onTake: (found: FoundAddress, rough: boolean) => void;
  onEnter?: () => void;
}) {
  const [found, setFound] = createSignal<FoundAddress[]>([]);
  const [typed, setTyped] = createSignal("");
  const [taken, setTaken] = createSignal<FoundAddress>();
  let asking: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    clearTimeout(timer);
    asking?.abort();
  };
  onCleanup(stop);

  const ask = (text: string) => {
    stop();
    if (!text.trim()) {
      setFound([]);
      return;
    }
    timer = setTimeout(async () => {
      const mine = new AbortController();
      asking = mine;
      try {
        const { items } = await api.addresses({ q: text, centerId: props.centerId }, mine.signal);
        if (!mine.signal.aborted) setFound(items);
      } catch {
        // Typing goes on without proposals.
      }
    }, pause);
  };
  const proposals = (): Proposal[] => {
    const known = props.known ?? [];
    const bare = (text: string) => text.replaceAll(" ", "");
    const still = known.filter((door) => !typed() || bare(door.text).includes(bare(typed())));
    return [
      ...still.map((door) => ({ ...door, id: `known:${door.id}` })),
      ...found().map((address, index) => ({
        id: `found:${index}`,
        text: address.label,
        note: `${address.source === "own" ? t("address.own") : exactness(address)}${address.rest ? ` · ${address.rest}` : ""}`,
      })),
    ];
  };
  const take = (proposal: Proposal) => {
    const [kind, id] = proposal.id.split(":");
    stop();
    setTyped("");
    if (kind === "known") {
      setTaken(undefined);
      setFound([]);
      props.onKnown?.({ ...proposal, id: id ?? "" });
      return;
    }
    const address = found()[Number(id)];
    if (!address) return;
    setTaken(address);
    setFound([]);
    props.onTake(address, rough(address));
  };

  return (
    <>
      <Suggest
        name={props.name}
        label={props.label}
        value={props.value}
        proposals={proposals()}
        invalid={props.invalid}
        required={props.required}
        placeholder={props.placeholder}
        free
        onInput={(text) => {
          setTaken(undefined);
          setTyped(text);
          props.onInput(text);
          ask(text);
        }}
        onTake={take}
        onEnter={props.onEnter}
      />
      <Show when={taken()}>
        {(address) => (
          <small
            class="small"
            classList={{
              muted: !rough(address()) || props.pinned,
              "field-error": rough(address()) && !props.pinned,
            }}
            role="status"
            data-testid="exact"
            data-exact={address().exact}
          >
            {rough(address()) && !props.pinned
              ? t("address.askPin", { what: exactness(address()) })
              : t("address.is", { what: exactness(address()) })}
          </small>
        )}
      </Show>
    </>
  );
}

/** Only the street or the area is known. */
function rough(address: FoundAddress): boolean {
  return address.exact === "street" || address.exact === "area" || !address.location;
}

/** How well its place is known, in a word. */
function exactness(address: FoundAddress): string {
  return t(`address.${address.exact as "entrance" | "building" | "street" | "area"}`);
}
