// Sets the clock of the unit tests ahead, by BROS_TEST_DAYS_AHEAD days: `make test` runs them
// today and 400 days from now, so that none is green only this year. Timers and performance.now
// run as ever: it is the date that differs, as it will.

const shift = Number(process.env.BROS_TEST_DAYS_AHEAD) * 86_400_000;
const Real = Date;

globalThis.Date = new Proxy(Real, {
  construct: (target, args, self) =>
    Reflect.construct(target, args.length ? args : [target.now() + shift], self),
  apply: (target) => new target(target.now() + shift).toString(),
  get: (target, name, self) =>
    name === "now" ? () => target.now() + shift : Reflect.get(target, name, self),
});
