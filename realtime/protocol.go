package realtime

import (
	"bytes"
	"encoding/json"
	"errors"
)

// handle runs the commands of one text message. It returns an error when the
// connection is over.
func (c *client) handle(msg []byte) error {
	cmds, bad := parseFrame(msg)
	if bad != "" {
		return c.bad(nil, bad)
	}
	good := true
	for i := range cmds {
		c.hub.stats.commands.Add(1)
		if err := c.waitForSpace(); err != nil {
			return err
		}
		known, err := c.run(&cmds[i])
		if err != nil {
			return err
		}
		if known {
			continue
		}
		good = false
		if err := c.bad(cmds[i].id, "there is no such command"); err != nil {
			return err
		}
	}
	if good {
		c.badFrames = 0
	}
	return nil
}

// bad answers a frame that is no JSON or no known command; the third in a row
// ends the connection.
func (c *client) bad(id json.RawMessage, detail string) error {
	c.hub.stats.bad.Add(1)
	c.badFrames++
	c.refuse(id, "", &Refusal{Code: CodeMalformed, Detail: detail})
	if c.badFrames < maxBadFrames {
		return nil
	}
	c.shut(CloseBroken, "too many malformed frames")
	return errClosed
}

// run does one command; known is false when there is no such command.
func (c *client) run(cmd *command) (known bool, err error) {
	switch cmd.cmd {
	case "subscribe":
		return true, c.runSubscribe(cmd)
	case "unsubscribe":
		c.runUnsubscribe(cmd)
		return true, nil
	case "ping":
		c.send(textReply(append(appendReply(textBuffer(64), cmd.id), `"pong":true}`...)))
		return true, nil
	case "":
		return false, nil
	}
	answer, err := c.hub.opt.Backend.Command(c.hub.ctx, *c.identity.Load(), c.id, cmd.cmd, cmd.raw)
	if errors.Is(err, ErrUnknownCommand) {
		return false, nil
	}
	var fields []byte
	if err == nil && answer != nil {
		fields, err = json.Marshal(answer)
	}
	if err != nil {
		c.refuse(cmd.id, "", err)
		return true, nil
	}
	c.send(textReply(mergeReply(cmd.id, fields)))
	return true, nil
}

// mergeReply puts the fields of a JSON object behind the id.
func mergeReply(id json.RawMessage, fields []byte) []byte {
	b := appendReply(textBuffer(32+len(fields)), id)
	if fields = bytes.TrimSpace(fields); len(fields) > 2 && fields[0] == '{' {
		return append(b, fields[1:]...)
	}
	b = bytes.TrimSuffix(b, []byte(","))
	return append(b, '}')
}

func (c *client) runSubscribe(cmd *command) error {
	var body struct {
		Sub
		Addresses []Sub `json:"addresses"`
	}
	err := json.Unmarshal(cmd.raw, &body)
	switch {
	case err != nil:
		c.refuse(cmd.id, "", &Refusal{Code: CodeValidation, Detail: "a field of the command has the wrong type"})
		return nil
	case body.Addresses == nil:
		return c.subscribe(cmd.id, body.Sub)
	case len(body.Addresses) == 0 || len(body.Addresses) > maxBulk || body.Address != "":
		c.refuse(cmd.id, "", &Refusal{Code: CodeValidation, Detail: "name an address, or 1 to 500 addresses"})
		return nil
	}
	seen := make(map[string]bool, len(body.Addresses))
	for _, s := range body.Addresses {
		if seen[s.Address] {
			c.refuse(cmd.id, s.Address, &Refusal{Code: CodeValidation, Detail: "the address is named twice"})
			continue
		}
		seen[s.Address] = true
		if err := c.subscribe(cmd.id, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) runUnsubscribe(cmd *command) {
	var body Sub
	if err := json.Unmarshal(cmd.raw, &body); err != nil || body.Address == "" {
		c.refuse(cmd.id, "", &Refusal{Code: CodeValidation, Detail: "name an address"})
		return
	}
	b := append(appendReply(textBuffer(96), cmd.id), `"address":`...)
	b = appendString(b, body.Address)
	c.unsubscribe(body.Address, append(b, `,"unsubscribed":true}`...))
}
