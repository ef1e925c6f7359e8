package api

import (
	"context"
	"errors"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// callerOf is an actor as quotas count it.
func callerOf(a domain.Actor) quota.Caller {
	kind := quota.Staff
	switch a.Role {
	case domain.RoleRider:
		kind = quota.Rider
	case domain.RoleAdmin:
		kind = quota.Admin
	case domain.RoleKey:
		kind = quota.Key
	}
	return quota.Caller{Kind: kind, ID: a.UserID}
}

// addressOf is the caller behind a request without a login.
func addressOf(c *call) quota.Caller {
	return quota.Caller{Kind: quota.Address, ID: addressKey(c.remote)}
}

// take takes one of a quota.
func (s *Server) take(name quota.Name, who quota.Caller, n int) error {
	return s.limited(s.quotas.Take(name, who, n, s.now()))
}

// due refuses a caller who owes of any of the quotas.
func (s *Server) due(who quota.Caller, names ...quota.Name) error {
	for _, name := range names {
		if err := s.quotas.Due(name, who, s.now()); err != nil {
			return s.limited(err)
		}
	}
	return nil
}

// limited is a refusal of the quotas as an answer.
func (s *Server) limited(err error) error {
	var e *quota.Exceeded
	if !errors.As(err, &e) {
		return err
	}
	return &domain.Error{Code: domain.CodeRateLimited, Detail: e.Error(), RetryAfter: e.RetryAfter()}
}

// paced bounds the calls of one caller, and what they have cost lately.
func (s *Server) paced(who quota.Caller) error {
	if err := s.take(quota.Calls, who, 1); err != nil {
		return err
	}
	return s.due(who, quota.Answers, quota.Reads)
}

// charge counts what a request has cost, once it is known.
func (s *Server) charge(c *call, bytes int64) {
	if c.caller == (quota.Caller{}) {
		return
	}
	now := s.now()
	s.quotas.Charge(quota.Answers, c.caller, int(min(bytes, 1<<30)), now)
	s.quotas.Charge(quota.Reads, c.caller, int(c.reads.Load()), now)
}

// inCommand gives a command of a socket a call of its own, so that what it reads
// is counted like a request's.
func (s *Server) inCommand(ctx context.Context, a domain.Actor) (_ context.Context, done func()) {
	c := &call{actor: a, caller: callerOf(a), socket: true}
	return context.WithValue(ctx, callKey{}, c), func() { s.charge(c, 0) }
}

// socketsOf bounds the connections of one user; the hub asks.
func (s *Server) socketsOf(id realtime.Identity) int {
	return s.quotas.Most(quota.Sockets, callerOf(actorBehind(id)).Kind)
}
