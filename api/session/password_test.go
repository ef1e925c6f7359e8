package session

import "testing"

func TestPasswords(t *testing.T) {
	h, err := HashPassword("a right one")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := CheckPassword("a right one", h); !ok || err != nil {
		t.Errorf("right: %v %v", ok, err)
	}
	if ok, err := CheckPassword("wrong", h); ok || err != nil {
		t.Errorf("wrong: %v %v", ok, err)
	}
	if ok, err := CheckPassword("", NoPassword); ok || err != nil {
		t.Errorf("the stand-in: %v %v", ok, err)
	}
	for _, bad := range []string{"", "x", "$argon2id$v=19$m=99999999,t=2,p=1$AAAA$AAAA", "$argon2id$v=1$m=1,t=1,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$!$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$", "$bcrypt$v=19$m=64,t=1,p=1$AAAA$AAAA"} {
		if ok, err := CheckPassword("x", bad); ok || err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
