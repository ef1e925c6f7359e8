package domain

import "testing"

// A key changes what it placed and nothing else; without orders:read it does not
// even learn that there is more.
func TestKeysChangeOnlyTheirOwnOrders(t *testing.T) {
	acts := map[string]func(w *world, a Actor, id string) error{
		"cancel": func(w *world, a Actor, id string) error {
			_, err := try(w, func(tx Tx) (OrderResult, error) { return w.s.CancelOrder(ctx, tx, a, id, CancelOrder{}) })
			return err
		},
		"correct": func(w *world, a Actor, id string) error {
			_, err := try(w, func(tx Tx) (OrderResult, error) {
				return w.s.CorrectOrder(ctx, tx, a, id, CorrectOrder{Payment: Just(Payment{Method: Cash, Amount: 1})})
			})
			return err
		},
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) {
			for _, c := range []struct {
				by, of func(w *world) Actor
				want   Code
			}{
				{func(w *world) Actor { return w.keyOfA }, func(w *world) Actor { return w.keyOfA }, ""},
				{func(w *world) Actor { return w.keyOfA }, func(w *world) Actor { return w.key }, CodeNotFound},
				{func(w *world) Actor { return w.keyOfA }, func(w *world) Actor { return w.a.agent }, CodeNotFound},
				{func(w *world) Actor { return w.key }, func(w *world) Actor { return w.keyOfA }, CodeForbidden},
				{func(w *world) Actor { return w.a.agent }, func(w *world) Actor { return w.keyOfA }, ""},
			} {
				w := newWorld(t)
				made, err := w.create(c.of(w), w.order(w.a))
				if err != nil {
					t.Fatal(err)
				}
				if err := act(w, c.by(w), made.Order.ID); codeOf(err) != c.want {
					t.Errorf("%s of %s's order: %v, want %q", c.by(w).Name, c.of(w).Name, err, c.want)
				}
			}
		})
	}
}
