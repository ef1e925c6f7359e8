import type {
  AddressAnswer,
  APIKey,
  AssignMode,
  AuditEntry,
  CashInHand,
  Center,
  ChatMessage,
  ChatPeople,
  ChatRead,
  ChatRemoval,
  Customer,
  CustomerAnswer,
  Daily,
  Delivery,
  Duty,
  HistoryEntry,
  Item,
  Monitor,
  Offer,
  OfferResult,
  OrderResult,
  Payment,
  Place,
  Plan,
  Position,
  ProblemKind,
  RangeReport,
  ResolveAction,
  RiderCash,
  RiderView,
  Settlement,
  Shop,
  Suggestion,
  TrackingAnswer,
  User,
} from "../types.gen.ts";
import type { Answer, Rest } from "./rest.ts";

export interface Page<T> {
  items: T[];
  nextCursor?: string;
}

/** What an assignment of several made, row by row. */
export interface AssignManyAnswer {
  results: { deliveryId: string; delivery: Delivery }[];
}

export interface NewOrder {
  centerId?: string;
  shopId: string;
  channel: string;
  externalId?: string;
  customer: Customer;
  items: Item[];
  payment: Payment;
  prepMinutes?: number;
  /** What the order itself asks for; else the server estimates. */
  promisedAt?: string;
  /** Staff: a rule is set aside, with the reason. */
  override?: { reason: string };
  accept?: boolean;
}

/** What is corrected of an order under way; null clears an optional field. */
export interface Correction {
  version?: number;
  reason?: string;
  customer?: { [field in keyof Customer]?: Customer[field] | null };
  items?: Item[];
  payment?: Payment;
  prepMinutes?: number | null;
  promisedAt?: string | null;
  override?: { reason: string };
}

/** The body of a rider's act; `at` is the device's time of it. */
export interface Act {
  at?: string;
  version?: number;
  reason?: string;
}

type Query = Record<string, string | number | undefined>;

/** The routes of the contract that the pages use, typed. */
export class Api {
  readonly rest: Rest;

  constructor(rest: Rest) {
    this.rest = rest;
  }

  // Sessions.
  login(login: string, password: string): Promise<Answer<{ token: string; user: User }>> {
    return this.rest.post("/login", { login, password }, { retries: 0, idempotencyKey: null });
  }
  logout(): Promise<Answer<void>> {
    return this.rest.post("/logout");
  }
  me(): Promise<User> {
    return this.rest.get("/me");
  }

  // Set-up.
  centers(): Promise<Page<Center>> {
    return this.rest.get("/centers", { limit: 500 });
  }
  shops(query: Query): Promise<Page<Shop>> {
    return this.rest.get("/shops", { limit: 500, ...query });
  }
  riders(query: Query): Promise<Page<RiderView>> {
    return this.rest.get("/riders", { limit: 500, ...query });
  }
  users(query: Query): Promise<Page<User>> {
    return this.rest.get("/users", { limit: 500, ...query });
  }
  keys(query: Query): Promise<Page<APIKey>> {
    return this.rest.get("/api-keys", { limit: 500, ...query });
  }
  create<T>(collection: string, body: unknown): Promise<Answer<T>> {
    return this.rest.post(`/${collection}`, body);
  }
  update<T>(collection: string, id: string, patch: unknown): Promise<Answer<T>> {
    return this.rest.patch(`/${collection}/${id}`, patch);
  }
  remove(collection: string, id: string): Promise<void> {
    return this.rest.delete(`/${collection}/${id}`);
  }

  /** Doors by what is typed of an address; a key that follows aborts it. */
  addresses(query: Query, signal?: AbortSignal): Promise<AddressAnswer> {
    return this.rest.get("/addresses", query, signal);
  }

  // Orders.
  createOrder(order: NewOrder, idempotencyKey?: string): Promise<Answer<OrderResult>> {
    return this.rest.post("/orders", order, { idempotencyKey });
  }
  correctOrder(id: string, correction: Correction): Promise<Answer<OrderResult>> {
    return this.rest.patch(`/orders/${id}`, correction);
  }
  customer(phone: string, signal?: AbortSignal): Promise<Answer<CustomerAnswer>> {
    return this.rest.post("/customers/search", { phone }, { signal, idempotencyKey: null });
  }
  accept(id: string, prepMinutes: number, version?: number): Promise<Answer<OrderResult>> {
    return this.rest.post(`/orders/${id}/accept`, { prepMinutes, version });
  }
  reject(id: string, reason: string, version?: number): Promise<Answer<OrderResult>> {
    return this.rest.post(`/orders/${id}/reject`, { reason, version });
  }
  cancelOrder(id: string, reason: string, by: string): Promise<Answer<OrderResult>> {
    return this.rest.post(`/orders/${id}/cancel`, { reason, by });
  }

  // Deliveries.
  delivery(id: string): Promise<Delivery> {
    return this.rest.get(`/deliveries/${id}`);
  }
  history(id: string): Promise<{ items: HistoryEntry[] }> {
    return this.rest.get(`/deliveries/${id}/history`);
  }
  suggestions(id: string, signal?: AbortSignal): Promise<{ items: Suggestion[] }> {
    return this.rest.get(`/deliveries/${id}/suggestions`, {}, signal);
  }
  assign(id: string, riderId: string, version?: number, reason?: string): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/assign`, { riderId, version, reason });
  }
  /** All of them (of one center) or none; a refusal says of each row why (`Problem.results`). */
  assignMany(
    assignments: { deliveryId: string; riderId: string; version?: number }[],
    reason?: string,
  ): Promise<Answer<AssignManyAnswer>> {
    return this.rest.post("/deliveries/assign", { assignments, reason });
  }
  unassign(id: string, reason: string, version?: number): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/unassign`, { reason, version });
  }
  cancelDelivery(id: string, reason: string, version?: number): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/cancel`, { reason, version });
  }
  /** A rider's claim, pickup or deliver, or a dispatcher's in its stead (with a reason). */
  act(
    id: string,
    what: "claim" | "pickup" | "deliver" | "seen" | "arrive" | "problem" | "giveback" | "returned",
    body: Act & {
      receivedBy?: string;
      note?: string;
      photoId?: string;
      kind?: ProblemKind;
      place?: Place;
    },
    idempotencyKey?: string,
  ): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/${what}`, body, { idempotencyKey });
  }
  /** What is done about a problem; `reason` is the kind that a `fail` is written off as. */
  resolve(
    id: string,
    body: {
      action: ResolveAction;
      version?: number;
      note?: string;
      reason?: ProblemKind;
      promisedAt?: string;
    },
  ): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/resolve`, body);
  }
  /** Takes back an end that was said wrongly, up to a quarter of an hour after it. */
  reopen(id: string, reason: string, version?: number): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/reopen`, { reason, version });
  }
  /** A held pre-order goes among those that wait now. */
  release(id: string, version?: number): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/release`, { version });
  }
  /** The engine gives it to this rider and to nobody else. */
  pin(id: string, riderId: string, version?: number): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/pin`, { riderId, version });
  }
  unpin(id: string): Promise<Answer<Delivery>> {
    return this.rest.request("DELETE", `/deliveries/${id}/pin`);
  }
  /** The engine does not give it to this rider. */
  avoid(id: string, riderId: string, version?: number): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/avoid`, { riderId, version });
  }
  /** Offers that riders were asked, newest first. */
  offers(query: Query): Promise<Page<Offer>> {
    return this.rest.get("/offers", { limit: 50, ...query });
  }
  /** Who gives a center's deliveries to riders from now on. */
  switchMode(centerId: string, assignMode: AssignMode): Promise<Answer<Center>> {
    return this.rest.post(`/centers/${centerId}/mode`, { assignMode });
  }
  /** What the engine means to do in a center. */
  plan(centerId: string, signal?: AbortSignal): Promise<Plan> {
    return this.rest.get("/plan", { centerId }, signal);
  }
  /** A rider's yes or no to an offer that it is asked. */
  answerOffer(
    id: string,
    answer: "accept" | "decline",
    body: { reason?: string; at?: string },
    idempotencyKey?: string,
  ): Promise<Answer<OfferResult>> {
    return this.rest.post(`/offers/${id}/${answer}`, body, { idempotencyKey });
  }

  // Riders.
  duty(riderId: string, duty: Duty): Promise<Answer<RiderView>> {
    return this.rest.post(`/riders/${riderId}/duty`, { duty });
  }
  rider(id: string): Promise<RiderView> {
    return this.rest.get(`/riders/${id}`);
  }
  positions(positions: Position[], idempotencyKey?: string): Promise<Answer<unknown>> {
    return this.rest.post("/riders/me/positions", { positions }, { idempotencyKey });
  }

  // Talk, figures, customers.
  chat(centerId: string): Promise<Page<ChatMessage>> {
    return this.rest.get(`/chat/${centerId}/messages`, { limit: 200 });
  }
  say(centerId: string, text: string, to?: string): Promise<Answer<ChatMessage>> {
    return this.rest.post(`/chat/${centerId}/messages`, { text, to });
  }
  /** Takes a line of the center's room away, for good. */
  removeMessage(centerId: string, id: string, reason: string): Promise<Answer<ChatRemoval>> {
    return this.rest.post(`/chat/${centerId}/messages/${id}/remove`, { reason });
  }
  /** How far everybody has read. */
  reads(centerId: string): Promise<Page<ChatRead>> {
    return this.rest.get(`/chat/${centerId}/read`);
  }
  /** Says how far this user has read: in the room (seq), or in a private talk (with, and times). */
  markRead(
    centerId: string,
    mark: { seq?: number; with?: string; deliveredAt?: string; readAt?: string },
  ): Promise<Answer<void>> {
    return this.rest.put(`/chat/${centerId}/read`, mark);
  }
  /** Who of the center is there. */
  people(centerId: string): Promise<ChatPeople> {
    return this.rest.get(`/chat/${centerId}/people`);
  }
  monitor(): Promise<Monitor> {
    return this.rest.get("/monitor");
  }
  /** Who did what, newest first. */
  audit(query: Query): Promise<Page<AuditEntry>> {
    return this.rest.get("/audit", { limit: 50, ...query });
  }
  center(id: string): Promise<Center> {
    return this.rest.get(`/centers/${id}`);
  }
  daily(centerId: string, date: string): Promise<Daily> {
    return this.rest.get("/reports/daily", { centerId, date });
  }
  /** The figures of the days from and to (YYYY-MM-DD at the center), and all between them. */
  figures(centerId: string, from: string, to: string): Promise<RangeReport> {
    return this.rest.get("/reports/range", { centerId, from, to });
  }
  /** What a rider has taken in cash and not handed in. */
  cash(riderId: string): Promise<CashInHand> {
    return this.rest.get(`/riders/${riderId}/cash`);
  }
  /** The same of every rider of a center who has any, the most first. */
  cashOf(centerId: string): Promise<Page<RiderCash>> {
    return this.rest.get("/cash", { centerId });
  }
  settle(
    riderId: string,
    body: { counted: number; expected?: number; note?: string },
    idempotencyKey?: string,
  ): Promise<Answer<Settlement>> {
    return this.rest.post(`/riders/${riderId}/settlements`, body, { idempotencyKey });
  }
  settlements(query: { centerId: string; from?: string; to?: string }): Promise<Page<Settlement>> {
    return this.rest.get("/settlements", { limit: 100, ...query });
  }
  tracking(token: string): Promise<TrackingAnswer> {
    return this.rest.get(`/tracking/${encodeURIComponent(token)}`);
  }
}
