import type { Answer, Rest } from "./rest.ts";
import type {
  APIKey,
  Center,
  ChatMessage,
  Customer,
  Delivery,
  Duty,
  HistoryEntry,
  Item,
  Location,
  Order,
  Payment,
  Position,
  RiderView,
  Shop,
  User,
} from "./types.gen.ts";

export interface Page<T> {
  items: T[];
  nextCursor?: string;
}

export interface OrderResult {
  order: Order;
  delivery?: Delivery;
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
  accept?: boolean;
}

export interface Suggestion {
  riderId: string;
  riderName: string;
  score: number;
  /** Metres to the shop. */
  distance: number;
  /** Seconds from now. */
  etaPickup: number;
  etaDropoff: number;
  load: number;
  reason: string;
}

/** A door that was delivered to, and how often. */
export interface KnownAddress {
  address: string;
  addressDetail?: string;
  location?: Location;
  memo?: string;
  orders: number;
  lastAt?: string;
}

export interface KnownCustomer {
  phone: string;
  names: string[];
  addresses: KnownAddress[];
  orders: Order[];
}

/** What the customer's page reads; no more of a person than this. */
export interface Tracking {
  number: string;
  status: string;
  promisedAt?: string;
  deliveredAt?: string;
  riderFirstName?: string;
  position?: { lat: number; lng: number; heading?: number; at?: string };
  shop: { name: string; location?: Location };
  destination?: Location;
}

export interface Monitor {
  nodes: Record<string, unknown>[];
  rooms: { address: string; subscribers: number }[];
  connections: MonitorConnection[];
}

export interface MonitorConnection {
  id: string;
  userId: string;
  login: string;
  role: string;
  nodeId: string;
  remoteAddr: string;
  connectedAt: string;
  addresses: string[];
  rttMs?: number;
}

/** The body of a rider's act; `at` is the device's time of it. */
export interface Act {
  at?: string;
  version?: number;
  reason?: string;
}

/** How long one part of the way took, in seconds. */
export interface Stage {
  count: number;
  mean: number;
  p50: number;
  p90: number;
}

export interface RiderFigures {
  riderId: string;
  riderName: string;
  delivered: number;
  open: number;
  cancelled: number;
  late: number;
  amount: number;
  total: Stage;
}

export interface HourFigures {
  hour: number;
  orders: number;
  deliveries: number;
  delivered: number;
  cancelled: number;
  late: number;
}

/** A center's day in figures. */
export interface Daily {
  centerId: string;
  date: string;
  timezone: string;
  currency: string;
  orders: Record<string, number>;
  deliveries: Record<string, number>;
  late: { count: number; of: number; share: number };
  amount: number;
  stages: Record<string, Stage>;
  byHour: HourFigures[];
  byRider: RiderFigures[];
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

  // Orders.
  createOrder(order: NewOrder, idempotencyKey?: string): Promise<Answer<OrderResult>> {
    return this.rest.post("/orders", order, { idempotencyKey });
  }
  customer(phone: string, signal?: AbortSignal): Promise<Answer<KnownCustomer>> {
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
  unassign(id: string, reason: string, version?: number): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/unassign`, { reason, version });
  }
  cancelDelivery(id: string, reason: string, version?: number): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/cancel`, { reason, version });
  }
  /** A rider's claim, pickup or deliver, or a dispatcher's in its stead (with a reason). */
  act(
    id: string,
    what: "claim" | "pickup" | "deliver",
    body: Act & { receivedBy?: string; note?: string; photoId?: string },
    idempotencyKey?: string,
  ): Promise<Answer<Delivery>> {
    return this.rest.post(`/deliveries/${id}/${what}`, body, { idempotencyKey });
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
    return this.rest.get(`/chat/${centerId}/messages`, { limit: 50 });
  }
  say(centerId: string, text: string, to?: string): Promise<Answer<ChatMessage>> {
    return this.rest.post(`/chat/${centerId}/messages`, { text, to });
  }
  monitor(): Promise<Monitor> {
    return this.rest.get("/monitor");
  }
  center(id: string): Promise<Center> {
    return this.rest.get(`/centers/${id}`);
  }
  daily(centerId: string, date: string): Promise<Daily> {
    return this.rest.get("/reports/daily", { centerId, date });
  }
  tracking(token: string): Promise<Tracking> {
    return this.rest.get(`/tracking/${encodeURIComponent(token)}`);
  }
}
