package domain

import (
	"strconv"
	"strings"
)

// Money is an integer in the currency's minor unit everywhere but in files that
// people open: those have its major unit.

// minorDigits are the digits behind the point of the currencies (ISO 4217) that
// have other than two.
var minorDigits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
	"UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// MinorDigits returns how many digits a currency has behind the point.
func MinorDigits(currency string) int {
	if n, ok := minorDigits[currency]; ok {
		return n
	}
	return 2
}

// MajorUnits writes an amount of minor units in major ones, with all its digits
// behind the point: 1250 of USD is 12.50, of KRW 1250.
func MajorUnits(minor int64, currency string) string {
	digits := MinorDigits(currency)
	text := strconv.FormatInt(minor, 10)
	if digits == 0 {
		return text
	}
	number, negative := strings.CutPrefix(text, "-")
	if missing := digits + 1 - len(number); missing > 0 {
		number = strings.Repeat("0", missing) + number
	}
	number = number[:len(number)-digits] + "." + number[len(number)-digits:]
	if negative {
		return "-" + number
	}
	return number
}

// ParseMajorUnits reads an amount in major units as people and spreadsheets
// write it (12.5, 1,250, 12 500) into minor ones. It is not ok when that is no
// number, or one with more digits behind the point than the currency has.
func ParseMajorUnits(text, currency string) (minor int64, ok bool) {
	text = strings.NewReplacer(",", "", " ", "", "\u00a0", "").Replace(text)
	number, negative := strings.CutPrefix(text, "-")
	whole, part, _ := strings.Cut(number, ".")
	digits := MinorDigits(currency)
	if trimmed := strings.TrimRight(part, "0"); len(trimmed) > digits {
		return 0, false
	} else if len(part) > digits {
		part = part[:digits]
	}
	if whole == "" || strings.ContainsAny(whole+part, "+-") {
		return 0, false
	}
	minor, err := strconv.ParseInt(whole+part+strings.Repeat("0", digits-len(part)), 10, 64)
	if negative {
		minor = -minor
	}
	return minor, err == nil
}
