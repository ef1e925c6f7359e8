package realtime

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Peers are the other nodes, known by what they say of themselves: each says it
// again and again, and who has been silent for a lease is gone.
type Peers struct {
	lease time.Duration

	mu    sync.Mutex
	nodes map[string]Peer
}

// Peer is another node as of its last word.
type Peer struct {
	Instance string // of the process: a node that starts again is another
	Name     string // the node's
	Heard    time.Time
	Data     any // what it said; the host's own
}

// NewPeers makes an empty list with leases of this length.
func NewPeers(lease time.Duration) *Peers {
	return &Peers{lease: lease, nodes: map[string]Peer{}}
}

// Hear takes a word in, and reports whether the node was not known.
func (p *Peers) Hear(instance, name string, data any) (isNew bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, known := p.nodes[instance]
	p.nodes[instance] = Peer{instance, name, time.Now(), data}
	return !known
}

// Leave takes a node out that says that it goes.
func (p *Peers) Leave(instance string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.nodes, instance)
}

// Live are the nodes whose lease runs, by name. A process that has fallen silent
// while another of the same name speaks is its predecessor, and is left out.
func (p *Peers) Live() []Peer {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	newest := map[string]time.Time{}
	for id, n := range p.nodes {
		if now.Sub(n.Heard) > p.lease {
			delete(p.nodes, id)
			continue
		}
		if n.Heard.After(newest[n.Name]) {
			newest[n.Name] = n.Heard
		}
	}
	out := make([]Peer, 0, len(p.nodes))
	for _, n := range p.nodes {
		if newest[n.Name].Sub(n.Heard) < p.lease/4 {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b Peer) int {
		return strings.Compare(a.Name+"\x00"+a.Instance, b.Name+"\x00"+b.Instance)
	})
	return out
}
