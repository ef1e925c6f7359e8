package domain

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/states.md anew")

const statesFile = "../docs/states.md"

// TestStatesDoc keeps docs/states.md as the state machines print themselves.
func TestStatesDoc(t *testing.T) {
	want := statesDoc()
	if *update {
		if err := os.WriteFile(statesFile, []byte(want), 0o644); err != nil { //nolint:gosec // a document that all may read
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(statesFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the code does: run go test ./domain -run TestStatesDoc -update", statesFile)
	}
}

const statesHead = `# The states

What orders, deliveries and offers can become, printed from ` + "`domain/transitions.go`" + ` by
` + "`go test ./domain -run TestStatesDoc -update`" + `. Whatever has no line here answers ` + "`illegal_transition`" + `.
A step that leaves the state as it is changes something else of the record.
`

func statesDoc() string {
	var b strings.Builder
	b.WriteString(statesHead)
	section(&b, KindOrder, "Orders", texts(OrderStatuses))
	section(&b, KindDelivery, "Deliveries", texts(DeliveryStatuses))
	section(&b, KindOffer, "Offers", texts(OfferStatuses))
	return b.String()
}

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// section is one machine: from each state to each other, and then every step.
func section(b *strings.Builder, kind Kind, title string, states []string) {
	between := map[[2]string][]string{}
	for _, t := range Transitions() {
		if t.Kind == kind && t.From != t.To {
			k := [2]string{t.From, t.To}
			between[k] = append(between[k], string(t.Action))
		}
	}
	fmt.Fprintf(b, "\n## %s\n\n| from ↓ to → | %s |\n|%s\n", title, strings.Join(states, " | "), strings.Repeat(" --- |", len(states)+1))
	for _, from := range append([]string{""}, states...) {
		name := from
		if from == "" {
			name = "new"
		}
		fmt.Fprintf(b, "| **%s** |", name)
		for _, to := range states {
			fmt.Fprintf(b, " %s |", strings.Join(between[[2]string{from, to}], ", "))
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n| from | step | to | event | who |\n| --- | --- | --- | --- | --- |\n")
	for _, from := range append([]string{""}, states...) {
		for _, t := range Transitions() {
			if t.Kind != kind || t.From != from {
				continue
			}
			name := from
			if from == "" {
				name = "new"
			}
			fmt.Fprintf(b, "| %s | %s | %s | `%s` | %s |\n", name, t.Action, t.To, t.Event, t.By)
		}
	}
}
