package jsonbody

import (
	"reflect"

	"golang.org/x/text/unicode/norm"
)

// Compose puts every text of what dst points to into Unicode's composed form, in
// which keyboards write: file names and some phones take Hangul and accents
// apart, and then nothing finds, masks or sorts them with the others. Passwords
// stay as they are, for they are not text but bytes to whoever hashed them.
func Compose(dst any) { compose(reflect.ValueOf(dst)) }

func compose(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			compose(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "Password" {
				compose(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 { // JSON that is passed on as it came
			return
		}
		for i := range v.Len() {
			compose(v.Index(i))
		}
	case reflect.String:
		if s := v.String(); v.CanSet() && !norm.NFC.IsNormalString(s) {
			v.SetString(norm.NFC.String(s))
		}
	}
}
