package domain

import "context"

// midnight is when days begin where a center says nothing else.
const midnight = "00:00"

// CreateCenter opens a branch (admin). Its log begins empty, at version 0.
func (s *Service) CreateCenter(ctx context.Context, tx Tx, a Actor, in NewCenter) (*Center, error) {
	if err := need(a, RoleAdmin); err != nil {
		return nil, err
	}
	now := s.now()
	c := &Center{
		ID:             NewID(),
		Code:           in.Code,
		Name:           in.Name,
		Timezone:       or(in.Timezone, "Asia/Seoul"),
		DayStartsAt:    or(in.DayStartsAt, midnight),
		Currency:       or(in.Currency, "KRW"),
		AssignMode:     or(in.AssignMode, ModeDispatch),
		SpeedKmh:       orInt(in.SpeedKmh, DefaultSpeedKmh),
		ServiceMinutes: orInt(in.ServiceMinutes, DefaultServiceMinutes),
		CenterRules:    DefaultRules,
		Active:         true,
		CreatedAt:      now,
		ModifiedAt:     now,
	}
	c.patch(in.RulesPatch)
	var f form
	f.neededLocation("location", in.Location)
	if in.Location != nil {
		c.Location = *in.Location
	}
	f.center(c)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := tx.CreateCenter(ctx, c); err != nil {
		return nil, err
	}
	return c, audit(ctx, tx, a, now, "center", AuditCreate, []string{c.ID}, nil, c)
}

// UpdateCenter changes a center's settings (admin). It takes a number in its
// log; what changes nothing takes none.
func (s *Service) UpdateCenter(ctx context.Context, tx Tx, a Actor, id string, in CenterPatch) (*Center, error) {
	if err := need(a, RoleAdmin); err != nil {
		return nil, err
	}
	c, err := seenCenter(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	n := *c
	set(&n.Name, in.Name)
	set(&n.Location, in.Location)
	set(&n.Timezone, in.Timezone)
	set(&n.DayStartsAt, in.DayStartsAt)
	set(&n.Currency, in.Currency)
	set(&n.AssignMode, in.AssignMode)
	set(&n.SpeedKmh, in.SpeedKmh)
	set(&n.ServiceMinutes, in.ServiceMinutes)
	n.patch(in.RulesPatch)
	set(&n.Active, in.Active)
	var f form
	f.unchanged("code", in.Code, c.Code)
	f.location("location", in.Location)
	f.center(&n)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, c.Version, c); err != nil {
		return nil, err
	}
	if n == *c {
		return c, nil
	}
	if err := tx.Append(ctx, a, c.ID, s.now(), &Change{Event: EventCenterChanged, Record: &n, Fields: changed(c, &n)}); err != nil {
		return nil, err
	}
	return &n, nil
}

// SwitchMode changes who gives a center's deliveries to riders, in the middle of
// the evening (dispatcher). What is under way goes on as it is.
func (s *Service) SwitchMode(ctx context.Context, tx Tx, a Actor, id string, in ModeInput) (*Center, error) {
	if err := need(a, RoleDispatcher); err != nil {
		return nil, err
	}
	c, err := seenCenter(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	var f form
	oneOf(&f, "assignMode", in.AssignMode, AssignModes...)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, c.Version, c); err != nil {
		return nil, err
	}
	if in.AssignMode == c.AssignMode {
		return c, nil
	}
	n := *c
	n.AssignMode = in.AssignMode
	if err := tx.Append(ctx, a, c.ID, s.now(), &Change{Event: EventCenterChanged, Record: &n, Fields: changed(c, &n)}); err != nil {
		return nil, err
	}
	return &n, nil
}

func (f *form) center(c *Center) {
	if !word(c.Code, 1, maxCode, false, "_-") {
		f.bad("code", "must be 1 to %d letters, digits, _ and -", maxCode)
	}
	f.needed("name", &c.Name, maxName)
	if _, ok := Zone(c.Timezone); !ok {
		f.bad("timezone", "is no IANA time zone")
	}
	if _, ok := dayStart(c.DayStartsAt); !ok {
		f.bad("dayStartsAt", "must be 00:00 to 08:00")
	}
	if !currency(c.Currency) {
		f.bad("currency", "must be three capitals (ISO 4217)")
	}
	oneOf(f, "assignMode", c.AssignMode, AssignModes...)
	f.number("speedKmh", int64(c.SpeedKmh), 1, maxSpeed)
	f.number("serviceMinutes", int64(c.ServiceMinutes), 0, maxService)
	f.rules(&c.CenterRules)
}

func currency(s string) bool {
	if len(s) != 3 {
		return false
	}
	for _, r := range s {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return true
}

// or is v, or the default when v is empty.
func or[T ~string](v, otherwise T) T {
	if v == "" {
		return otherwise
	}
	return v
}

func orInt(v *int, otherwise int) int {
	if v == nil {
		return otherwise
	}
	return *v
}

// set puts a patch's value in place when one was sent.
func set[T any](to, sent *T) {
	if sent != nil {
		*to = *sent
	}
}
