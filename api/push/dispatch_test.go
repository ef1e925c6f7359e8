package push

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brosops/bros/domain"
)

// TestDeadPushServices: whatever many services do not answer, a bell elsewhere
// rings at once, and what one browser is told stays in its order.
func TestDeadPushServices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		rung := map[string][]string{}
		ctx, cancel := context.WithCancel(t.Context())
		d := newDispatch(slog.New(slog.DiscardHandler), func(ctx context.Context, j job) bool {
			if strings.Contains(j.to.Endpoint, "dead") {
				select {
				case <-time.After(callTimeout):
				case <-ctx.Done():
				}
				return false
			}
			time.Sleep(30 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			rung[j.to.ID] = append(rung[j.to.ID], j.notice.number)
			return true
		}, func() {})
		var wg sync.WaitGroup
		d.run(ctx, &wg)
		job := func(host, id, number string) job {
			return job{notice{number: number}, domain.PushSubscription{ID: id, Endpoint: "https://" + host + "/" + id}}
		}
		for round := range 20 {
			for i := range 40 { // browsers at one dead service, and at many
				d.add(job("dead.example", fmt.Sprint("a", i), "x"))
				d.add(job(fmt.Sprintf("dead%d.example", i%20), fmt.Sprint("b", i), "x"))
			}
			for i := range 10 {
				d.add(job("good.example", fmt.Sprint("good", i), fmt.Sprint(2*round)))
				d.add(job("good.example", fmt.Sprint("good", i), fmt.Sprint(2*round+1)))
			}
			time.Sleep(time.Second)
			if round == 0 {
				time.Sleep(2 * callTimeout) // until they are known to be dead
			}
			mu.Lock()
			for i := range 10 {
				if got := rung[fmt.Sprint("good", i)]; len(got) != 2*(round+1) || got[len(got)-1] != fmt.Sprint(2*round+1) {
					t.Errorf("round %d: a browser was rung %v", round, got)
				}
			}
			mu.Unlock()
		}
		cancel()
		wg.Wait()
	})
}
