package api

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"testing"
)

// BenchmarkOrder places and accepts orders over the handler, without the network.
func BenchmarkOrder(b *testing.B) {
	r := newRig(b, func(c *Config) { c.Quotas = quotas(b, "calls=off,reads=off,answers=off") })
	in := r.a.order()
	in.Accept = true
	body, err := json.Marshal(in)
	if err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			q := httptest.NewRequest("POST", base+"/orders", bytes.NewReader(body))
			q.Header.Set("Authorization", "Bearer "+r.a.agent.token)
			rec := httptest.NewRecorder()
			r.srv.Handler().ServeHTTP(rec, q)
			if rec.Code != 201 {
				b.Fatalf("%d %s", rec.Code, rec.Body)
			}
		}
	})
}

// BenchmarkList reads a page of 50 orders.
func BenchmarkList(b *testing.B) {
	r := newRig(b, func(c *Config) { c.Quotas = quotas(b, "calls=off,reads=off,answers=off") })
	for range 60 {
		r.newDelivery(r.a)
	}
	b.ResetTimer()
	for b.Loop() {
		q := httptest.NewRequest("GET", base+"/deliveries", nil)
		q.Header.Set("Authorization", "Bearer "+r.a.agent.token)
		rec := httptest.NewRecorder()
		r.srv.Handler().ServeHTTP(rec, q)
		if rec.Code != 200 {
			b.Fatalf("%d %s", rec.Code, rec.Body)
		}
	}
}
