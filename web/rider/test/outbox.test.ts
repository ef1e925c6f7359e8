import { Problem } from "@bros/sdk";
import { beforeEach, expect, test } from "vitest";
import { isFinal } from "../src/outbox.ts";
import { delivery, FakeServer, freshPhone, Phone } from "./helpers.ts";

beforeEach(freshPhone);

const pickup = (id: string) => ({ what: "pickup" as const, delivery: delivery(id) });
const deliver = (id: string) => ({ what: "deliver" as const, delivery: delivery(id) });

test("an act is sent at once, with the time it was done", async () => {
  const phone = await new Phone().start();
  await phone.outbox.add(pickup("1"));
  await phone.outbox.flush();
  expect(phone.server.done).toMatchObject([{ what: "pickup", at: "2026-11-23T10:00:00.000Z" }]);
  expect(phone.shown.acts).toEqual([]);
});

test("without signal acts wait, outlive the browser, and go in order with their own times", async () => {
  const server = new FakeServer();
  server.line = () => "lost";
  const phone = await new Phone(server).start();
  await phone.outbox.add(pickup("1"));
  phone.now += 600_000;
  await phone.outbox.add({ ...deliver("1"), note: "at the door" });
  expect(phone.shown.acts).toHaveLength(2);
  phone.kill();

  const again = await new Phone(server).start();
  expect(again.shown.acts.map((act) => act.what)).toEqual(["pickup", "deliver"]);
  server.line = () => "ok";
  await again.outbox.flush();
  expect(server.done).toEqual([
    { what: "pickup", deliveryId: "1", at: "2026-11-23T10:00:00.000Z" },
    { what: "deliver", deliveryId: "1", at: "2026-11-23T10:10:00.000Z", note: "at the door" },
  ]);
  expect(again.shown.acts).toEqual([]);
});

test("it is tried again by itself", async () => {
  const phone = await new Phone().start();
  phone.server.line = () => "lost";
  await phone.outbox.add(pickup("1"));
  await phone.outbox.flush();
  phone.server.line = () => "ok";
  await phone.later();
  expect(phone.server.done).toHaveLength(1);
});

test("a refusal is kept to be read and holds up nothing", async () => {
  const phone = await new Phone().start();
  const current = delivery("1", { riderId: "other" });
  phone.server.refuse = (act) =>
    act.deliveryId === "1" ? new Problem("illegal_transition", 409, { current }) : undefined;
  await phone.outbox.add(deliver("1"));
  await phone.outbox.add(pickup("2"));
  await phone.outbox.flush();
  expect(phone.server.done).toMatchObject([{ deliveryId: "2" }]);
  expect(phone.shown.acts).toEqual([]);
  expect(phone.shown.refusals).toMatchObject([{ number: "1", code: "illegal_transition", current }]);
  phone.kill();
  const again = await new Phone(phone.server).start();
  expect(again.shown.refusals).toHaveLength(1);
  await again.outbox.forgive(again.shown.refusals[0]?.deliveryId ?? "");
  expect(again.shown.refusals).toEqual([]);
});

test("pressing twice is one act", async () => {
  const phone = await new Phone().start();
  phone.server.line = () => "lost";
  await Promise.all([phone.outbox.add(pickup("1")), phone.outbox.add(pickup("1"))]);
  expect(phone.shown.acts).toHaveLength(1);
});

test("another rider's login sends nothing of this one's, and this one's does later", async () => {
  const server = new FakeServer();
  server.line = () => "lost";
  const first = await new Phone(server).start("u");
  await first.outbox.add(deliver("1"));
  server.line = () => "ok";
  server.user = "v";
  // The page of the first is still open.
  await first.outbox.flush();
  expect(first.loggedOut).toBe(1);
  first.kill();
  const second = await new Phone(server).start("v");
  await second.outbox.flush();
  expect(second.shown.acts).toEqual([]);
  await second.outbox.add(pickup("2"));
  await second.outbox.flush();
  expect(server.done).toMatchObject([{ deliveryId: "2" }]);
  second.kill();
  server.user = "u";
  const back = await new Phone(server).start("u");
  await back.outbox.flush();
  expect(server.done.map((act) => act.deliveryId)).toEqual(["2", "1"]);
});

test("an ended login stops the sending until the next one", async () => {
  const phone = await new Phone().start();
  phone.server.user = "";
  await phone.outbox.add(pickup("1"));
  await phone.outbox.flush();
  expect(phone.loggedOut).toBeGreaterThan(0);
  expect(phone.shown.acts).toHaveLength(1);
  phone.server.user = "u";
  await phone.outbox.flush();
  expect(phone.server.done).toHaveLength(1);
});

test("a photo goes before its act, once; one that is refused does not hold the act up", async () => {
  const phone = await new Phone().start();
  phone.server.line = () => "lost";
  await phone.outbox.add({ ...deliver("1"), photo: new Blob(["jpeg bytes"], { type: "image/jpeg" }) });
  phone.kill();
  const again = await new Phone(phone.server).start();
  phone.server.line = () => "ok";
  await again.outbox.flush();
  const [act] = phone.server.done;
  expect(phone.server.photos.get(act?.photoId ?? "")).toBe(10);
  expect(await again.store.photo(act?.photoId?.replace("photo-", "") ?? "")).toBeUndefined();

  phone.server.photo = async () => {
    throw new Problem("too_large", 413, {});
  };
  await again.outbox.add({ ...deliver("2"), photo: new Blob(["x"], { type: "image/jpeg" }) });
  await again.outbox.flush();
  expect(phone.server.done[1]).toMatchObject({ deliveryId: "2", photoId: undefined });
  expect(again.photosLost).toBe(1);
});

test("a time that the server does not believe is left out rather than the act", async () => {
  const phone = await new Phone().start();
  phone.server.refuse = (act) =>
    act.at
      ? new Problem("validation", 422, { errors: [{ field: "at", message: "is too far ahead" }] })
      : undefined;
  await phone.outbox.add(deliver("1"));
  await phone.outbox.flush();
  expect(phone.server.done).toMatchObject([{ deliveryId: "1", at: undefined }]);
  expect(phone.shown.refusals).toEqual([]);
});

test("what is no word of our server is no refusal", () => {
  expect(isFinal(new Problem("http", 403, {}))).toBe(false); // a hotel's network
  expect(isFinal(new SyntaxError("Unexpected token <"))).toBe(false); // its page, with 200
  expect(isFinal(new Problem("rate_limited", 429, {}))).toBe(false);
  expect(isFinal(new Problem("unavailable", 503, {}))).toBe(false);
  expect(isFinal(new Problem("unauthenticated", 401, {}))).toBe(false);
  expect(isFinal(new Problem("not_found", 404, {}))).toBe(true);
});
