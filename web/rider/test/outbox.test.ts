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

test("a photo follows its act, once; one that is refused is told", async () => {
  const phone = await new Phone().start();
  phone.server.line = () => "lost";
  await phone.outbox.add({ ...deliver("1"), photo: new Blob(["jpeg bytes"], { type: "image/jpeg" }) });
  phone.kill();
  const again = await new Phone(phone.server).start();
  phone.server.line = () => "ok";
  await again.outbox.flush();
  expect(phone.server.done).toHaveLength(1);
  await again.outbox.photosSent();
  expect([...phone.server.photos.values()]).toEqual([10]);
  expect(again.waiting.photos).toBe(0);

  phone.server.photo = async () => {
    throw new Problem("too_large", 413, {});
  };
  await again.outbox.add({ ...deliver("2"), photo: new Blob(["x"], { type: "image/jpeg" }) });
  await again.outbox.flush();
  await again.outbox.photosSent();
  expect(phone.server.done[1]).toMatchObject({ deliveryId: "2", photoId: undefined });
  expect(again.photosLost).toBe(1);
});

test("a photo on a weak line holds up nothing behind it", async () => {
  const phone = await new Phone().start();
  let arrive = (_id: string) => {};
  phone.server.photo = () => new Promise<string>((done) => (arrive = done));
  await phone.outbox.add({ ...deliver("1"), photo: new Blob(["x"], { type: "image/jpeg" }) });
  await phone.outbox.flush();
  await phone.outbox.add(pickup("2"));
  await phone.outbox.flush();
  expect(phone.server.done.map((act) => act.deliveryId)).toEqual(["1", "2"]);
  expect(phone.waiting.photos).toBe(1);
  arrive("photo");
  await phone.outbox.photosSent();
  expect(phone.waiting.photos).toBe(0);
});

test("what the phone can't keep is told, sent from memory, and kept when it can", async () => {
  const phone = await new Phone().start();
  phone.server.line = () => "lost";
  const add = phone.store.add.bind(phone.store);
  phone.store.add = async () => {
    throw new Error("the disk is gone");
  };
  await phone.outbox.add(pickup("1"));
  await phone.outbox.add(deliver("1"));
  expect(phone.waiting.unkept).toBe(2);
  phone.server.line = () => "ok";
  await phone.outbox.flush();
  expect(phone.server.done.map((act) => act.what)).toEqual(["pickup", "deliver"]);
  expect(phone.waiting.unkept).toBe(0);

  phone.server.line = () => "lost";
  await phone.outbox.add(pickup("2"));
  phone.store.add = add;
  await phone.later();
  expect(phone.waiting.unkept).toBe(0);
  phone.kill();
  const again = await new Phone(phone.server).start();
  expect(again.shown.acts).toMatchObject([{ deliveryId: "2" }]);
});

test("an act done while the server's clock is not known is corrected when it is", async () => {
  const phone = await new Phone().start();
  phone.offset = undefined;
  phone.server.line = () => "lost";
  await phone.outbox.add(pickup("1"));
  phone.offset = -1_200_000; // the phone is 20 minutes ahead
  phone.server.line = () => "answer lost";
  await phone.outbox.flush();
  phone.offset = 0; // and is set right before it is sent again
  phone.server.line = () => "ok";
  await phone.outbox.flush();
  expect(phone.server.done).toMatchObject([{ what: "pickup", at: "2026-11-23T09:40:00.000Z" }]);
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
