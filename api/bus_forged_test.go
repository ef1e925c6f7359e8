package api

import (
	"bytes"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/redistest"
)

// said is what a node would say of an entry of a center's log.
func said(center string, seq int64, epoch, text string) []byte {
	e := domain.LogEntry{
		CenterID: center, Seq: seq, Epoch: epoch, Kind: domain.KindDelivery, Key: "forged", Event: domain.EventDeliveryChanged,
		After: domain.State{Status: string(domain.Waiting)}, Data: []byte(`{"id":"forged","status":"waiting","cancelReason":"` + text + `"}`),
	}
	list, behind := busEntries([]domain.LogEntry{e})
	return busMessage{Entries: list}.encode(nil, behind...)
}

// Whoever can write to Redis is no node: what isn't signed with the database's
// key is dropped and counted, and makes nothing happen.
func TestForgedMessagesOnRedis(t *testing.T) {
	redisServer := redistest.Start(t)
	nodes := joinNodes(t, redisServer, "one", "two")
	one, two := nodes[0], nodes[1]
	center := one.a.center.ID
	desk := two.connect(one.a.agent)
	desk.joined("delivery/" + center)
	two.followsCenter(center)
	epoch, err := two.db.Epoch(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	// A true message, as it crosses Redis.
	opt, err := redis.ParseURL(redisServer.URL())
	if err != nil {
		t.Fatal(err)
	}
	outsider := redis.NewClient(opt)
	defer func() { _ = outsider.Close() }()
	channel := "bros:0:" + topicOf(center)
	tap := outsider.Subscribe(t.Context(), channel)
	defer func() { _ = tap.Close() }()
	if _, err := tap.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := one.newDelivery(one.a)
	m, err := tap.ReceiveMessage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	true1 := []byte(m.Payload)
	desk.change("delivery/"+center, d.ID)
	_, head, _ := two.srv.live.hub.Head(center)

	origin := true1[:8:8]
	forged := map[string][]byte{
		"a far number":            append(append(bytes.Clone(origin), 0xff, 0x7f), said(center, head+1_000_000, epoch, "FORGED")...),
		"the next entry":          append([]byte("stranger\x01"), said(center, head+1, epoch, "FORGED")...),
		"another epoch":           append([]byte("stranger\x02"), said(center, head+1, "other", "FORGED")...),
		"a huge number of a node": append(append(bytes.Clone(origin), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), "{}\n"...),
		"a changed message":       bytes.Replace(true1, []byte(d.ID), bytes.Repeat([]byte{'x'}, len(d.ID)), 1),
		"a cut message":           true1[:len(true1)-1],
		"nothing":                 {},
	}
	before := two.metric("bros_bus_refused_total")
	for name, data := range forged {
		if err := outsider.Publish(t.Context(), channel, data).Err(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	// A true one of this center, said of another.
	if err := outsider.Publish(t.Context(), "bros:0:"+topicAll, true1).Err(); err != nil {
		t.Fatal(err)
	}
	want := before + float64(len(forged)) + 1
	until(t, "the forged ones to be counted", func() bool { return two.metric("bros_bus_refused_total") >= want })

	// The nodes hear each other as before.
	received := two.metric("bros_bus_received_total")
	next := one.newDelivery(one.a)
	desk.change("delivery/"+center, next.ID)
	if two.metric("bros_bus_received_total") <= received {
		t.Error("the node is mute")
	}
	if now, err := two.db.Epoch(t.Context()); err != nil || now != epoch {
		t.Errorf("a new epoch %s (was %s), %v", now, epoch, err)
	}
	if got := two.do(one.a.agent, "GET", "/deliveries/forged", nil); got.status != 404 {
		t.Error("a forged record is there")
	}
	desk.never("FORGED", "forged")
}

// What a node says hurries the others, and no more: neither a far number nor a
// next entry that isn't in the database make a new epoch, and the rooms come
// back to what is.
func TestFalseWordsOfANode(t *testing.T) {
	redisServer := redistest.Start(t)
	nodes := joinNodes(t, redisServer, "one", "two")
	one, two := nodes[0], nodes[1]
	center := one.a.center.ID
	desk := two.connect(one.a.agent)
	desk.joined("delivery/" + center)
	two.followsCenter(center)
	one.newDelivery(one.a)
	epoch, err := two.db.Epoch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	settled := func() bool {
		_, head, _ := two.srv.live.hub.Head(center)
		_, heads, err := two.db.Heads(t.Context(), []string{center})
		return err == nil && heads[center].Seq == head && two.srv.live.follow.Idle(center)
	}
	until(t, "the second node to follow", settled)
	_, head, _ := two.srv.live.hub.Head(center)

	two.srv.live.link.take(topicOf(center), said(center, head+1_000_000, epoch, "FAR"))
	until(t, "the far number to be forgotten", settled)

	two.srv.live.link.take(topicOf(center), said(center, head+1, epoch, "NEXT"))
	until(t, "the false entry to come", func() bool { _, h, _ := two.srv.live.hub.Head(center); return h == head+1 })
	until(t, "the false entry to go", settled)
	if now, err := two.db.Epoch(t.Context()); err != nil || now != epoch {
		t.Errorf("a new epoch %s (was %s), %v", now, epoch, err)
	}
	fresh := two.connect(one.a.agent)
	if got := fresh.joined("delivery/" + center); strings.Contains(got.raw, "NEXT") {
		t.Errorf("the false entry is shown: %s", got.raw)
	}
	d := one.newDelivery(one.a)
	two.poll(one.a.agent, 0, ChangesSince{Address: "delivery/" + center})
	until(t, "the true entry in its place", func() bool {
		return bytes.Contains(two.do(one.a.agent, "POST", "/changes", ChangesRequest{Addresses: []ChangesSince{{Address: "delivery/" + center}}}).body, []byte(d.ID))
	})
}
