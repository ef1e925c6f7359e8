package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

type colour string

type inner struct {
	At domain.Time `json:"at,omitzero"`
}

type sample struct {
	inner
	Name   string            `json:"name"`
	Paint  colour            `json:"paint,omitempty"`
	Parts  []inner           `json:"parts"`
	Extra  map[string]string `json:"extra,omitempty"`
	Hidden string            `json:"-"`
	Place  *inner            `json:"place,omitempty"`
}

func TestGenerate(t *testing.T) {
	got, err := Generate(
		[]reflect.Type{reflect.TypeFor[inner](), reflect.TypeFor[sample]()},
		[]Enum{enum(colour("red"), colour("blue"))},
	)
	if err != nil {
		t.Fatal(err)
	}
	want := header + `
export type colour =
  | "red"
  | "blue";

export interface inner {
  at?: string;
}

export interface sample extends inner {
  name: string;
  paint?: colour;
  parts: inner[];
  extra?: Record<string, string>;
  place?: inner;
}
`
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestGenerateRefusesUnlistedStruct(t *testing.T) {
	_, err := Generate([]reflect.Type{reflect.TypeFor[sample]()}, []Enum{enum(colour("red"))})
	if err == nil || !strings.Contains(err.Error(), "inner") {
		t.Fatalf("got %v, want a complaint about inner", err)
	}
}

func TestWireTypesAreComplete(t *testing.T) {
	got, err := Generate(wireTypes, enums)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"interface Delivery extends DeliveryMore {", "  riderName?: string;", "interface RiderView extends Rider {"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("missing %q", want)
		}
	}
}
