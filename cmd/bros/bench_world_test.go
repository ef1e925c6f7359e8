package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
)

// The benchmarks here are of the whole: an App as the server command makes it,
// over a SQLite file that is synced at every commit (in the temporary folder:
// set TMPDIR where that is no disk), real HTTP and sockets over the loopback.
// The App runs in this process and has it for itself, so that its CPU time can
// be told and profiled (-cpuprofile); all its clients are one other process on
// the same machine (bench_clients_test.go). What the clients cost is said too.

// benchServer is an App under measurement.
type benchServer struct {
	*App
	b *testing.B
}

// benchApp starts an App over the database in dir, with its log in a file there.
// wrap, when given, goes around its handler.
func benchApp(b *testing.B, dir string, wrap func(http.Handler) http.Handler) *benchServer {
	b.Helper()
	logFile, err := os.OpenFile(filepath.Join(dir, "bros.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	cfg := Config{
		Quotas: quota.Table{}, // one account does what thousands would
		Addr:   "127.0.0.1:0", DatabaseURL: "sqlite:" + filepath.Join(dir, "bros.db"), DataDir: dir,
		NodeID: "bench", AdminPassword: adminPassword, Window: 24 * time.Hour, Version: version,
	}
	app, err := Open(context.Background(), cfg, cfg.logger(logFile))
	if err != nil {
		b.Fatal(err)
	}
	if wrap != nil {
		app.http.Handler = wrap(app.http.Handler)
	}
	if err := app.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	s := &benchServer{app, b}
	b.Cleanup(func() {
		s.stop()
		_ = logFile.Close() // nobody reads it
	})
	return s
}

// stop ends the App; a second time does nothing.
func (s *benchServer) stop() {
	if s.App == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.App.Close(ctx); err != nil {
		s.b.Error(err)
	}
	s.App = nil
}

// world is a center with everything in it that the benchmarks need. It is made
// through the use cases and the store, past HTTP: that is not what is measured.
type world struct {
	center     string
	desks      []string // session tokens of dispatchers
	riders     []benchRider
	deliveries []string // waiting
}

type benchRider struct{ id, token string }

// worldSize is how many of each a world has.
type worldSize struct{ desks, riders, deliveries int }

func (s *benchServer) world(size worldSize) world {
	s.b.Helper()
	w := world{desks: make([]string, size.desks), riders: make([]benchRider, size.riders), deliveries: make([]string, size.deliveries)}
	var shop *domain.Shop
	s.write(func(ctx context.Context, tx domain.Tx) error {
		center, err := useCases.CreateCenter(ctx, tx, domain.System, domain.NewCenter{
			Code: "songpa", Name: "송파", Location: &domain.Location{Lat: 37.51, Lng: 127.11},
		})
		if err == nil {
			w.center = center.ID
		}
		return err
	})
	s.write(func(ctx context.Context, tx domain.Tx) (err error) {
		shop, err = useCases.CreateShop(ctx, tx, domain.System, domain.NewShop{
			CenterID: w.center, Name: "올림픽 도시락", Phone: "02-000-0001", Address: "서울 송파구 올림픽로 25",
			Location: &domain.Location{Lat: 37.511, Lng: 127.111},
		})
		return err
	})
	s.each(size.desks, func(i int) {
		s.write(func(ctx context.Context, tx domain.Tx) error {
			u, err := useCases.CreateUser(ctx, tx, domain.System, domain.NewUser{
				Login: fmt.Sprintf("desk%d", i), Name: fmt.Sprintf("배차 %d", i), Password: adminPassword,
				Role: domain.RoleDispatcher, CenterIDs: []string{w.center},
			}, noHash)
			if err == nil {
				w.desks[i] = u.ID
			}
			return err
		})
		w.desks[i] = s.session(w.desks[i])
	})
	s.each(size.riders, func(i int) {
		login := fmt.Sprintf("rider%d", i)
		s.write(func(ctx context.Context, tx domain.Tx) error {
			r, err := useCases.CreateRider(ctx, tx, domain.System, domain.NewRider{
				CenterID: w.center, Name: fmt.Sprintf("라이더 %d", i), Phone: fmt.Sprintf("010-1000-%04d", i),
				Login: login, Password: adminPassword,
			}, noHash)
			if err == nil {
				w.riders[i].id = r.ID
			}
			return err
		})
		s.write(func(ctx context.Context, tx domain.Tx) error {
			_, err := useCases.SetDuty(ctx, tx, domain.System, w.riders[i].id, domain.SetDuty{Duty: domain.DutyOn})
			return err
		})
		u, _, err := s.db.FindLogin(context.Background(), login)
		if err != nil {
			s.b.Error(err)
			return
		}
		w.riders[i].token = s.session(u.ID)
	})
	s.each(size.deliveries, func(i int) {
		in := domain.NewOrder{
			ShopID: shop.ID, Channel: "app", ExternalID: fmt.Sprintf("bench-%d", i), Accept: true,
			Customer: domain.Customer{
				Name: "김손님", Phone: fmt.Sprintf("010-9%03d-%04d", i/10000, i%10000), Address: "서울 송파구 올림픽로 300",
				AddressDetail: fmt.Sprintf("101동 %d호", i), Location: &domain.Location{Lat: 37.512, Lng: 127.112}, Memo: "문 앞에 놓아 주세요",
			},
			Items:   []domain.Item{{Name: "불고기 도시락", Quantity: 2, Price: 8900}, {Name: "된장국", Quantity: 1, Price: 2000}},
			Payment: domain.Payment{Method: "prepaid", Amount: 19800},
		}
		s.write(func(ctx context.Context, tx domain.Tx) error {
			out, err := useCases.CreateOrder(ctx, tx, domain.System, in)
			if err == nil {
				w.deliveries[i] = out.Delivery.ID
			}
			return err
		})
	})
	if s.b.Failed() {
		s.b.FailNow()
	}
	return w
}

// noHash stands where a password's hash does: nobody logs in with one here.
const noHash = "none"

func (s *benchServer) write(fn func(ctx context.Context, tx domain.Tx) error) {
	ctx := context.Background()
	if err := s.db.Write(ctx, func(tx domain.Tx) error { return fn(ctx, tx) }); err != nil {
		s.b.Error(err)
	}
}

// session is a token for the user: what a login would have made.
func (s *benchServer) session(userID string) string {
	token := "bros_s_" + domain.NewSecret()
	sum := sha256.Sum256([]byte(token))
	now := time.Now()
	err := s.db.CreateSession(context.Background(), domain.Session{
		Hash: hex.EncodeToString(sum[:]), UserID: userID, CreatedAt: domain.At(now), ExpiresAt: domain.At(now.Add(12 * time.Hour)),
	})
	if err != nil {
		s.b.Error(err)
	}
	return token
}

// each calls fn for 0 … n-1, many at once, so that commits are shared.
func (s *benchServer) each(n int, fn func(i int)) {
	const many = 64
	var wg sync.WaitGroup
	for from := range min(many, n) {
		wg.Go(func() {
			for i := from; i < n; i += many {
				fn(i)
			}
		})
	}
	wg.Wait()
}

// meter is what the server has used up to a moment.
type meter struct {
	at    time.Time
	cpu   time.Duration // 0 where it can't be told
	mem   runtime.MemStats
	store domain.StoreStats
}

func (s *benchServer) meter() meter {
	m := meter{at: time.Now(), cpu: processCPU(), store: s.db.Stats()}
	runtime.ReadMemStats(&m.mem)
	return m
}

// since is what was used after earlier.
func (m meter) since(earlier meter) meter {
	m.cpu -= earlier.cpu
	m.mem.Mallocs -= earlier.mem.Mallocs
	m.mem.TotalAlloc -= earlier.mem.TotalAlloc
	m.store.Reads -= earlier.store.Reads
	m.store.Writes -= earlier.store.Writes
	m.store.Commits -= earlier.store.Commits
	m.store.Groups -= earlier.store.Groups
	return m
}

// report sets what go test prints for one op: its time, its memory, its CPU.
func (m meter) report(b *testing.B, ops int, took time.Duration) {
	b.ReportMetric(float64(took.Nanoseconds())/float64(ops), "ns/op")
	b.ReportMetric(float64(m.mem.Mallocs)/float64(ops), "allocs/op")
	b.ReportMetric(float64(m.mem.TotalAlloc)/float64(ops), "B/op")
	if m.cpu > 0 {
		b.ReportMetric(float64(m.cpu.Nanoseconds())/1000/float64(ops), "cpu-us/op")
	}
}

// cores says how much of the machine a CPU time is.
func cores(cpu, took time.Duration) string {
	return fmt.Sprintf("%.2f of %d cores", cpu.Seconds()/took.Seconds(), runtime.NumCPU())
}

// spread is a sorted series of durations.
type spread []time.Duration

func sorted(s []time.Duration) spread {
	slices.Sort(s)
	return s
}

// at is a quantile: 0.5, 0.99; 1 is the largest.
func (s spread) at(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	return s[min(len(s)-1, int(q*float64(len(s))))]
}

func (s spread) ms(q float64) float64 { return float64(s.at(q).Microseconds()) / 1000 }

func (s spread) String() string {
	return fmt.Sprintf("p50 %.1f, p99 %.1f, max %.1f ms", s.ms(0.5), s.ms(0.99), s.ms(1))
}

// machine says what else the figures depend on: how busy the machine was
// already, and what a durable write costs in this folder.
func machine(b *testing.B, dir string) string {
	b.Helper()
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var syncs []time.Duration
	for range 50 {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4<<10)); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		syncs = append(syncs, time.Since(began))
	}
	load := "unknown"
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = strings.Join(strings.Fields(string(raw))[:2], " ")
	}
	return fmt.Sprintf("load average before: %s; a write of 4 KiB and its sync: %s", load, sorted(syncs))
}
