package feed

import (
	"encoding/json"
	"maps"

	"github.com/brosops/bros/domain"
)

// facts are what rights in a center's rooms depend on beside who asks.
type facts struct {
	epoch  string // of the log they were read from; empty: nothing is known
	seq    int64  // up to which number they hold
	mode   domain.AssignMode
	onDuty map[string]bool // active riders on duty
}

// setFacts takes over what was loaded, and what was committed meanwhile.
func (t *tail) setFacts(st *domain.CenterState) {
	duty := make(map[string]bool)
	for i := range st.Riders {
		if r := &st.Riders[i]; r.Active && r.Duty == domain.DutyOn {
			duty[r.ID] = true
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.facts.epoch == st.Epoch && t.facts.seq > st.Head.Seq {
		return
	}
	t.facts = facts{epoch: st.Epoch, seq: st.Head.Seq, mode: st.Center.AssignMode, onDuty: duty}
	for _, e := range t.early {
		t.facts.take(e)
	}
}

// learn keeps the facts in step with a committed entry.
func (t *tail) learn(e *domain.LogEntry) {
	if e == nil || e.Kind != domain.KindRider && e.Kind != domain.KindCenter {
		return
	}
	t.mu.Lock()
	if t.loads > 0 {
		t.early = append(t.early, e)
	}
	changed := t.facts.epoch != "" && t.facts.take(e)
	t.mu.Unlock()
	if changed {
		t.f.OnRights(t.center)
	}
}

// take reports whether the entry changed who may see the offers.
func (f *facts) take(e *domain.LogEntry) bool {
	if e.Seq <= f.seq {
		return false
	}
	f.seq = e.Seq
	if e.Kind == domain.KindCenter {
		var c domain.Center
		if json.Unmarshal(e.Data, &c) != nil || c.AssignMode == f.mode {
			return false
		}
		f.mode = c.AssignMode
		return true
	}
	var r domain.Rider
	if json.Unmarshal(e.Data, &r) != nil {
		return false
	}
	duty := r.Active && r.Duty == domain.DutyOn
	if f.onDuty[r.ID] == duty {
		return false
	}
	if duty {
		f.onDuty[r.ID] = true
	} else {
		delete(f.onDuty, r.ID)
	}
	return true
}

// offers reports whether a rider may see the center's offers now; known is
// false when nothing has been loaded.
func (t *tail) offers(riderID string) (may, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.facts.mode == domain.ModeClaim && t.facts.onDuty[riderID], t.facts.epoch != ""
}

// offered are all riders who may see the center's offers now.
func (t *tail) offered() (riders map[string]bool, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	riders = make(map[string]bool, len(t.facts.onDuty))
	if t.facts.mode == domain.ModeClaim {
		maps.Copy(riders, t.facts.onDuty)
	}
	return riders, t.facts.epoch != ""
}
