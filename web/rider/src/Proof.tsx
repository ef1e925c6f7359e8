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
const places: { key: Key; as: "receivedBy" | "note" }[] = [
  { key: "rider.got.hand", as: "receivedBy" },
  { key: "rider.got.door", as: "note" },
  { key: "rider.got.desk", as: "receivedBy" },
];

/** A photo from the camera, and to whom or where it was given. */
export function Proof(props: { proof: ProofOf; onChange: (proof: ProofOf) => void }) {
  const [busy, setBusy] = createSignal(false);
  const picture = createMemo(() => {
    const { photo } = props.proof;
    if (!photo) return undefined;
    const url = URL.createObjectURL(photo);
    onCleanup(() => URL.revokeObjectURL(url));
    return url;
  });

  const take = async (input: HTMLInputElement) => {
    const [file] = input.files ?? [];
    input.value = ""; // the same picture again is a choice too
    if (!file) return;
    setBusy(true);
    try {
      const photo = await shrink(file);
      props.onChange({ ...props.proof, photo });
    } catch {
      complain(t("rider.noPicture"));
    } finally {
      setBusy(false);
    }
  };
  const chosen = (place: (typeof places)[number]) => props.proof[place.as] === t(place.key);
  const choose = (place: (typeof places)[number]) => {
    const { photo } = props.proof;
    props.onChange(chosen(place) ? { photo } : { photo, [place.as]: t(place.key) });
  };

  return (
    <fieldset class="proof" aria-label={t("rider.proof")}>
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
      <For each={places}>
        {(place) => (
          <button type="button" aria-pressed={chosen(place)} onClick={() => choose(place)}>
            {t(place.key)}
          </button>
        )}
      </For>
    </fieldset>
  );
}
