// What the phone can do beside showing a page: keep its screen on, ring, shake, tell its charge.

interface BatteryLike {
  level: number;
}

let charge: BatteryLike | undefined;
(navigator as { getBattery?: () => Promise<BatteryLike> })
  .getBattery?.()
  .then((battery) => {
    charge = battery;
  })
  .catch(() => {});

/** The battery's charge from 0 to 1; undefined where the browser does not tell. */
export function batteryLevel(): number | undefined {
  return charge && Number.isFinite(charge.level) ? charge.level : undefined;
}

/** Keeps the screen on from `true` on, through every time the app is left and comes back. */
export class Awake {
  #wanted = false;
  #lock: WakeLockSentinel | undefined;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#apply());
  }

  want(on: boolean): void {
    this.#wanted = on;
    this.#apply();
  }

  async #apply(): Promise<void> {
    if (!this.#wanted) {
      await this.#lock?.release().catch(() => {});
      this.#lock = undefined;
      return;
    }
    if (document.visibilityState !== "visible" || (this.#lock && !this.#lock.released)) return;
    try {
      this.#lock = await navigator.wakeLock?.request("screen");
      if (!this.#wanted) await this.#lock?.release();
    } catch {
      // A battery that is low says no; the rider's thumb keeps the screen on then.
    }
  }
}

let audio: AudioContext | undefined;

/** Browsers let a page sound only after a touch: the first one opens the way. */
export function armSound(): void {
  const arm = () => {
    audio ??= new AudioContext();
    audio.resume().catch(() => {});
  };
  window.addEventListener("pointerdown", arm, { passive: true });
  window.addEventListener("keydown", arm);
}

const tunes = {
  /** Something new to do: rising. */
  new: [660, 880, 1175],
  /** Something was taken away: falling. */
  gone: [660, 440],
  done: [880],
} as const;

/** Sounds and shakes: in traffic and in gloves one of the two is noticed. */
export function ring(tune: keyof typeof tunes): void {
  navigator.vibrate?.(tune === "new" ? [200, 100, 200, 100, 400] : tune === "gone" ? [400, 150, 400] : 40);
  if (audio?.state !== "running") return;
  for (const [i, pitch] of tunes[tune].entries()) {
    const at = audio.currentTime + i * 0.16;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    tone.type = "triangle";
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(tune === "done" ? 0.12 : 0.5, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.15);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.16);
  }
}
