package store

import (
	"context"
	"slices"
	"time"

	"github.com/brosops/bros/domain"
)

// loadedChat is how many of the newest messages a center is loaded with: more
// than its room shows, so that a resume reaches further back.
const loadedChat = 1000

// LoadCenter reads all that a node needs of a center, in one snapshot: what it
// answers is the state that the log has led to at Head. Records that were
// finished before cutoff are left out.
func (db *DB) LoadCenter(ctx context.Context, centerID string, cutoff time.Time) (*domain.CenterState, error) {
	var st *domain.CenterState
	err := db.readers.short.snapshot(ctx, func(q queries) (err error) {
		st, err = q.loadCenter(ctx, centerID, domain.At(cutoff))
		return err
	})
	return st, wrap("load center", err)
}

// inWindow is what is open of a center and what ended since: one range of the
// index for each, as an OR of the two would not always be read.
func inWindow(from string) string {
	return from + " WHERE center_id = ? AND finished_at IS NULL UNION ALL " + from + " WHERE center_id = ? AND finished_at >= ?"
}

func (q queries) loadCenter(ctx context.Context, centerID string, cutoff domain.Time) (*domain.CenterState, error) {
	st := &domain.CenterState{}
	var head struct {
		Epoch   string `db:"epoch"`
		Seq     int64  `db:"seq"`
		ChatSeq int64  `db:"chat_seq"`
		Floor   int64  `db:"log_floor"`
	}
	found, err := q.get(ctx, &head, "SELECT seq, chat_seq, log_floor, "+epochColumn+" FROM heads WHERE center_id = ?", centerID)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, domain.NotFound("center")
	}
	st.Epoch, st.Head, st.Floor = head.Epoch, domain.Head{Seq: head.Seq, ChatSeq: head.ChatSeq}, head.Floor
	c, err := q.FindCenter(ctx, centerID)
	if err != nil {
		return nil, err
	}
	st.Center = *c

	if st.Orders, err = findAll(ctx, q, "orders", orderTable.cells, inWindow(selectOrders), centerID, centerID, cutoff); err != nil {
		return nil, err
	}
	if st.Deliveries, err = findAll(ctx, q, "deliveries", deliveryTable.cells, inWindow(selectDeliveries), centerID, centerID, cutoff); err != nil {
		return nil, err
	}
	if st.Offers, err = findAll(ctx, q, "offers", offerTable.cells, selectOffers+" WHERE center_id = ? AND status = 'open'", centerID); err != nil {
		return nil, err
	}
	if st.Riders, err = findAll(ctx, q, "riders", riderTable.cells, selectRiders+" WHERE center_id = ?", centerID); err != nil {
		return nil, err
	}
	if st.Outline, err = findAll(ctx, q, "log", entryCells,
		"SELECT "+outlineColumns+" FROM log WHERE center_id = ? AND seq > ? ORDER BY seq", centerID, st.Floor); err != nil {
		return nil, err
	}
	for i := range st.Outline {
		st.Outline[i].Epoch = st.Epoch
	}
	if st.Chat, err = findAll(ctx, q, "chat", chatCells,
		"SELECT "+chatColumns+" FROM chat WHERE center_id = ? AND seq IS NOT NULL AND "+saidChat+" ORDER BY seq DESC "+q.d.page(), centerID, loadedChat); err != nil {
		return nil, err
	}
	slices.Reverse(st.Chat)
	st.Positions, err = findAll(ctx, q, "positions", positionCells, "SELECT last_positions.rider_id, "+positionColumns+
		" FROM last_positions JOIN riders ON riders.id = last_positions.rider_id WHERE riders.center_id = ?", centerID)
	return st, err
}
