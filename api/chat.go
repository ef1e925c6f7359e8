package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/jsonbody"
	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// listChat answers GET /chat/{centerId}/messages, newest first.
func (s *Server) listChat(w http.ResponseWriter, r *http.Request) error {
	a, centerID := actorOf(r.Context()), chi.URLParam(r, "centerId")
	if err := s.inCenter(r.Context(), a, centerID); err != nil {
		return err
	}
	p, err := pageOf(r)
	if err != nil {
		return err
	}
	messages, next, err := s.store.ListChat(r.Context(), centerID, a.UserID, p)
	if err != nil {
		return err
	}
	return writeList(w, r, newList(messages, next))
}

// inCenter answers NotFound unless the center exists for the caller.
func (s *Server) inCenter(ctx context.Context, a domain.Actor, centerID string) error {
	if !a.Sees(centerID) {
		return domain.NotFound("center")
	}
	return s.centerExists(ctx, centerID)
}

// say answers POST /chat/{centerId}/messages.
func (s *Server) say(w http.ResponseWriter, r *http.Request) error {
	a, centerID := actorOf(r.Context()), chi.URLParam(r, "centerId")
	if err := s.inCenter(r.Context(), a, centerID); err != nil {
		return err
	}
	var in domain.NewMessage
	if err := decode(r, &in); err != nil {
		return err
	}
	if err := s.take(quota.Messages, callerOf(a), 1); err != nil {
		return err
	}
	var said *domain.ChatMessage
	err := s.write(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		m, err := s.svc.Say(ctx, tx, a, centerID, in)
		said = m
		return m, err
	})
	if err != nil {
		return err
	}
	s.whisper(said)
	return nil
}

// removeMessage answers POST /chat/{centerId}/messages/{id}/remove. The screens
// learn of it out of the chat log.
func (s *Server) removeMessage(w http.ResponseWriter, r *http.Request) error {
	a, centerID := actorOf(r.Context()), chi.URLParam(r, "centerId")
	if err := s.inCenter(r.Context(), a, centerID); err != nil {
		return err
	}
	// One that is gone may have gone by this very request, which is repeated.
	if m, err := s.store.FindChat(r.Context(), chi.URLParam(r, "id")); err != nil {
		return err
	} else if !m.PublicIn(centerID) {
		return domain.NotFound("message")
	}
	var in domain.RemoveMessage
	if err := decode(r, &in); err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		return s.svc.RemoveMessage(ctx, tx, a, centerID, chi.URLParam(r, "id"), in)
	})
}

// whisper brings a private message to both ends. A public one comes to its room
// out of the chat log; nil is a repeated request, told already.
func (s *Server) whisper(m *domain.ChatMessage) {
	if m == nil || m.To == "" {
		return
	}
	data, err := json.Marshal(m)
	if err != nil {
		s.log.Error("private message can't be encoded", "error", err)
		return
	}
	s.live.link.toUser(m.To, domain.EventChatMessage, data)
	if m.From.ID != m.To {
		s.live.link.toUser(m.From.ID, domain.EventChatMessage, data)
	}
}

// publishCommand is what a client may publish over its socket: chat.
func (s *Server) publishCommand(ctx context.Context, a domain.Actor, raw json.RawMessage) (any, error) {
	var cmd struct {
		Address string            `json:"address"`
		Event   string            `json:"event"`
		Data    domain.NewMessage `json:"data"`
	}
	if err := jsonbody.CheckText(raw); err != nil {
		return nil, err
	}
	var head struct {
		Address string `json:"address"`
		Event   string `json:"event"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, domain.Errorf(domain.CodeMalformed, "publish needs an address, an event and data")
	}
	addr, err := realtime.ParseAddress(head.Address)
	if err != nil {
		return nil, domain.Invalid("address", "must be namespace/room")
	}
	if addr.Namespace != domain.NamespaceChat || head.Event != domain.EventChatMessage {
		return nil, forbidden("clients publish " + domain.EventChatMessage + " in chat rooms only")
	}
	if _, err := s.resolve(ctx, a, addr); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &cmd); err != nil {
		return nil, domain.Errorf(domain.CodeMalformed, "the data of a message is {text,to?}")
	}
	jsonbody.Compose(&cmd)
	if err := s.take(quota.Messages, callerOf(a), 1); err != nil {
		return nil, err
	}
	var said *domain.ChatMessage
	err = s.store.Write(context.WithoutCancel(ctx), func(tx domain.Tx) error {
		m, err := s.svc.Say(context.WithoutCancel(ctx), tx, a, addr.Room, cmd.Data)
		said = m
		return err
	})
	if err != nil {
		return nil, err
	}
	s.whisper(said)
	return struct {
		Message *domain.ChatMessage `json:"message"`
	}{said}, nil
}
