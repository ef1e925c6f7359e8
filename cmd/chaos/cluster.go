package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const adminPassword = "chaos and no order"

// cluster is several nodes on one SQLite file, and the Redis between them.
type cluster struct {
	dir   string
	nodes []*node
	redis *process // nil: the nodes follow each other by the database alone
	where string   // of the Redis: host:port
}

// node is one bros.
type node struct {
	process
	addr string
	sick atomic.Bool // its last health check failed
}

// newCluster starts n nodes of a binary in a folder. redisServer is the program
// that joins them; empty: none does.
func newCluster(ctx context.Context, dir, bros, redisServer string, n int) (_ *cluster, err error) {
	c := &cluster{dir: dir}
	defer func() {
		if err != nil {
			c.stop()
		}
	}()
	env := []string{"BROS_ADMIN_PASSWORD=" + adminPassword, "BROS_DATABASE_URL=sqlite:" + filepath.Join(dir, "bros.db"),
		"BROS_DATA_DIR=" + filepath.Join(dir, "data"), "HOME=" + dir}
	if redisServer != "" {
		if redisServer, err = exec.LookPath(redisServer); err != nil {
			return nil, err
		}
		if c.where, err = freeAddress(ctx); err != nil {
			return nil, err
		}
		host, port, _ := net.SplitHostPort(c.where)
		c.redis = &process{name: "redis", dir: dir, argv: []string{redisServer, "--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--dir", dir}}
		if err = c.redis.start(); err != nil {
			return nil, err
		}
		env = append(env, "BROS_REDIS_URL=redis://"+c.where+"/0")
	}
	for i := range n {
		nd := &node{}
		if nd.addr, err = freeAddress(ctx); err != nil {
			return nil, err
		}
		nd.process = process{name: fmt.Sprintf("node%d", i+1), dir: dir, argv: []string{bros, "serve", "--addr", nd.addr},
			env: append(env[:len(env):len(env)], fmt.Sprintf("BROS_NODE_ID=node%d", i+1))}
		c.nodes = append(c.nodes, nd)
		if err = nd.start(); err != nil {
			return nil, err
		}
	}
	for _, nd := range c.nodes {
		if err = nd.awaitReady(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// stop kills whatever runs.
func (c *cluster) stop() {
	for _, nd := range c.nodes {
		nd.kill()
	}
	if c.redis != nil {
		c.redis.kill()
	}
}

// probes are asked on connections of their own.
var probes = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// ready asks /readyz.
func (n *node) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.addr+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := probes.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode == http.StatusOK
}

// awaitReady waits until /readyz is 200.
func (n *node) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		if n.ready(ctx) {
			return nil
		}
		if !rest(ctx, 50*time.Millisecond) {
			return fmt.Errorf("%s does not become ready: see %s.log in %s", n.name, n.name, n.dir)
		}
	}
}

// healthEvery is how often the load balancer checks the nodes.
const healthEvery = 250 * time.Millisecond

// checkHealth asks the nodes whether they are ready until ctx ends.
func (c *cluster) checkHealth(ctx context.Context) {
	var checks sync.WaitGroup
	defer checks.Wait()
	for _, n := range c.nodes {
		checks.Go(func() {
			for rest(ctx, healthEvery) {
				within, cancel := context.WithTimeout(ctx, time.Second)
				n.sick.Store(!n.ready(within))
				cancel()
			}
		})
	}
}

// dial is a load balancer without stickiness: it connects to any node, to those
// that are ready first. What no node has taken was never sent.
func (c *cluster) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var errs []error
	var d net.Dialer
	order := rand.Perm(len(c.nodes))
	slices.SortStableFunc(order, func(a, b int) int {
		switch sick := c.nodes[a].sick.Load(); {
		case sick == c.nodes[b].sick.Load():
			return 0
		case sick:
			return 1
		}
		return -1
	})
	for _, i := range order {
		conn, err := d.DialContext(ctx, network, c.nodes[i].addr)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// client calls the nodes by turns; the host of its URLs is of no account.
func (c *cluster) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: c.dial, MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}}
}

// baseURL is where all nodes are, for a client of the cluster.
const baseURL = "http://bros"
