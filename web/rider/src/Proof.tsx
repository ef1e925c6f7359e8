import { complain, type Key, t } from "@bros/ui";
import { createMemo, createSignal, For, onCleanup, Show } from "solid-js";
import { Icon } from "./icons.tsx";
import { shrink } from "./photo.ts";

/** What shows that it was handed over: all of it may be left out. */
export interface ProofOf {
  photo?: Blob;
  receivedBy?: string;
  note?: string;
}

/** Where it went, one touch each: nobody types in the rain. */
interface Where {
  key: Key;
  as: "receivedBy" | "note";
}
const doors: Where[] = [
  { key: "rider.got.hand", as: "receivedBy" },
  { key: "rider.got.door", as: "note" },
  { key: "rider.got.desk", as: "receivedBy" },
];
const counters: Where[] = [
  { key: "rider.back.staff", as: "receivedBy" },
  { key: "rider.back.counter", as: "note" },
];

/** A photo from the camera. */
export function PhotoButton(props: { photo: Blob | undefined; onPhoto: (photo: Blob) => void }) {
  const [busy, setBusy] = createSignal(false);
  const picture = createMemo(() => {
    if (!props.photo) return undefined;
    const url = URL.createObjectURL(props.photo);
    onCleanup(() => URL.revokeObjectURL(url));
    return url;
  });
  const take = async (input: HTMLInputElement) => {
    const [file] = input.files ?? [];
    input.value = ""; // the same picture again is a choice too
    if (!file) return;
    setBusy(true);
    try {
      props.onPhoto(await shrink(file));
    } catch {
      complain(t("rider.noPicture"));
    } finally {
      setBusy(false);
    }
  };
  return (
    <label class="button proof-photo" data-has={Boolean(picture())} data-busy={busy()}>
      <input
        class="hidden-visually"
        type="file"
        name="photo"
        accept="image/*"
        capture="environment"
        onChange={(event) => take(event.currentTarget)}
      />
      <Show when={picture()} fallback={<Icon shape="camera" />}>
        {(url) => <img src={url()} alt="" />}
      </Show>
      <span>{picture() ? t("rider.photoAgain") : t("rider.photo")}</span>
    </label>
  );
}

/** A photo from the camera, and to whom or where it was given; of a return, who of the shop has it. */
export function Proof(props: { proof: ProofOf; back?: boolean; onChange: (proof: ProofOf) => void }) {
  const chosen = (place: Where) => props.proof[place.as] === t(place.key);
  const choose = (place: Where) => {
    const { photo } = props.proof;
    props.onChange(chosen(place) ? { photo } : { photo, [place.as]: t(place.key) });
  };

  return (
    <fieldset
      class="proof"
      data-back={props.back}
      aria-label={t(props.back ? "rider.returnedTo" : "rider.proof")}
    >
      <Show when={!props.back}>
        <PhotoButton
          photo={props.proof.photo}
          onPhoto={(photo) => props.onChange({ ...props.proof, photo })}
        />
      </Show>
      <For each={props.back ? counters : doors}>
        {(place) => (
          <button type="button" aria-pressed={chosen(place)} onClick={() => choose(place)}>
            {t(place.key)}
          </button>
        )}
      </For>
    </fieldset>
  );
}
