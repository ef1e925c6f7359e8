import { now } from "@bros/ui";
import { createEffect, createSignal } from "solid-js";

/** What the call center is called with: a sound that needs no file, and the desktop's notices. */

const mutedKey = "bros.muted";
const askedKey = "bros.notices";

const [muted, setMutedSignal] = createSignal(read(mutedKey) === "yes");
const [mayAsk, setMayAsk] = createSignal(
  typeof Notification !== "undefined" && Notification.permission === "default" && read(askedKey) === null,
);

export { mayAsk, muted };

export function setMuted(on: boolean): void {
  setMutedSignal(on);
  write(mutedKey, on ? "yes" : "no");
}

/** Asks the browser, after the person has said yes to us; a no is final. */
export async function askForNotices(yes: boolean): Promise<void> {
  setMayAsk(false);
  write(askedKey, yes ? "yes" : "no");
  if (yes) await Notification.requestPermission();
}

let audio: AudioContext | undefined;
const [audible, setAudible] = createSignal(false);
let audibleSince = 0;

/** Whether the page can be heard: after a reload a browser keeps it silent until somebody touches it. */
export { audible };

// A browser lets a page sound only after a press or a key: be ready from the first one on.
function unlock(): void {
  audio ??= new AudioContext();
  audio.onstatechange = heed;
  heed();
  if (audio.state === "suspended") void audio.resume();
}

function heed(): void {
  const on = audio?.state === "running";
  if (on && !audible()) audibleSince = Date.now();
  setAudible(on);
}

/** The switch: mutes what sounds, and makes what is silent sound; the press that let it sound mutes nothing. */
export function switchSound(): void {
  const justNow = Date.now() - audibleSince < 1_000;
  if (muted()) setMuted(false);
  else if (audible() && !justNow) setMuted(true);
}
for (const gesture of ["pointerdown", "keydown"]) {
  window.addEventListener(gesture, unlock, { capture: true, passive: true });
}

/** Frequencies in hertz, one after the other. */
const tunes = {
  order: [784, 1047],
  cancelled: [523, 392, 392],
  call: [880, 988, 880, 988],
  problem: [698, 523, 698, 523],
  due: [587],
};

/** Sounds, unless muted: up for a new order, down for one that was cancelled. */
export function sound(tune: keyof typeof tunes): void {
  play(tunes[tune], soft);
}

/** Of orders that nobody has acted on. */
const waitingTune = [698, 932, 698];

/** How loud a tone is, at the first and at the loudest. */
const soft = 0.22;
const loud = 0.9;

function play(tune: readonly number[], peak: number): void {
  if (muted() || audio?.state !== "running") return;
  const volume = audio.createGain();
  volume.connect(audio.destination);
  for (const [i, frequency] of tune.entries()) {
    const from = audio.currentTime + i * 0.16;
    const tone = audio.createOscillator();
    const swell = audio.createGain();
    tone.type = "sine";
    tone.frequency.value = frequency;
    swell.gain.setValueAtTime(0, from);
    swell.gain.linearRampToValueAtTime(peak, from + 0.02);
    swell.gain.exponentialRampToValueAtTime(0.001, from + 0.3);
    tone.connect(swell).connect(volume);
    tone.start(from);
    tone.stop(from + 0.32);
  }
}

const againMs = 8_000;
/** After so many it is as loud as it gets. */
const rings = 8;

/**
 * Rings again and again while an order waits that nobody acts on, louder each time. `waits` is
 * since when the oldest one does, in milliseconds, or undefined.
 */
export function createRing(waits: () => number | undefined): void {
  let since: number | undefined;
  let times = 0;
  let last = 0;
  createEffect(() => {
    const at = now();
    const oldest = waits();
    if (oldest === undefined || oldest !== since) {
      // Somebody has acted: what is the oldest now begins softly.
      since = oldest;
      times = 0;
      last = at;
      return;
    }
    if (at - last < againMs) return;
    last = at;
    times = Math.min(times + 1, rings);
    play(waitingTune, soft + ((loud - soft) * times) / rings);
  });
}

/** A notice of the desktop, while the page is not in sight. */
export function notice(title: string, body: string, tag: string, onClick: () => void): void {
  if (typeof Notification === "undefined" || Notification.permission !== "granted" || !document.hidden)
    return;
  try {
    const shown = new Notification(title, { body, tag, icon: "/icon-192.png", silent: true });
    shown.onclick = () => {
      window.focus();
      shown.close();
      onClick();
    };
  } catch {
    // Browsers on phones show notices through a service worker only; the sound is enough there.
  }
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It holds until the page is left.
  }
}
