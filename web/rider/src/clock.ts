import { createSignal } from "solid-js";

/** Differences below this are the coarseness of an answer's date and the length of its way. */
const coarseMs = 3_000;

const [offset, setOffset] = createSignal<number>();

/** How far the server's clock is ahead of the phone's; undefined before anything has told. */
export { offset };

/** An answer's date has told of the server's clock. */
export function heardClock(server: number, own: number): void {
  const heard = server - own;
  if (Math.abs(heard - (offset() ?? Number.POSITIVE_INFINITY)) > coarseMs) setOffset(heard);
}

/** The live line knows it to some milliseconds. */
export function setExact(ms: number): void {
  setOffset(ms);
}
