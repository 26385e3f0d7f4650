// Verifies signed requests from standard input, one JSON a line, by Go's own cryptography and a reading of the
// standards that shares nothing with the one that has signed. It prints "ok" or what is wrong for each.
package main

import (
	"bufio"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"strings"
)

type request struct {
	Scheme      string
	Method      string
	Url         string
	Target      string
	Headers     map[string]string
	Body        string
	Certificate []byte
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var one request
		err := json.Unmarshal(lines.Bytes(), &one)
		if err == nil {
			err = one.verify()
		}
		if err != nil {
			fmt.Println(err)
		} else {
			fmt.Println("ok")
		}
	}
}

func (r request) verify() error {
	certificate, err := x509.ParseCertificate(r.Certificate)
	if err != nil {
		return err
	}
	switch r.Scheme {
	case "cavage":
		return r.cavage(certificate)
	case "jws":
		return r.jws(certificate)
	default:
		return r.rfc9421(certificate)
	}
}

func (r request) cavage(certificate *x509.Certificate) error {
	if r.Headers["tpp-signature-certificate"] != base64.StdEncoding.EncodeToString(certificate.Raw) {
		return fmt.Errorf("another certificate")
	}
	sum := sha256.Sum256([]byte(r.Body))
	if r.Headers["digest"] != "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]) {
		return fmt.Errorf("another digest")
	}
	parameters := map[string]string{}
	for _, found := range regexp.MustCompile(`(\w+)="([^"]*)"`).FindAllStringSubmatch(r.Headers["signature"], -1) {
		parameters[found[1]] = found[2]
	}
	var text []string
	for _, name := range strings.Split(parameters["headers"], " ") {
		value := r.Headers[name]
		if name == "(request-target)" {
			value = strings.ToLower(r.Method) + " " + r.Target
		}
		text = append(text, name+": "+value)
	}
	signature, err := base64.StdEncoding.DecodeString(parameters["signature"])
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(strings.Join(text, "\n")))
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature)
	case *ecdsa.PublicKey:
		return failed(ecdsa.VerifyASN1(key, digest[:], signature))
	}
	return fmt.Errorf("no key for the draft")
}

func (r request) jws(certificate *x509.Certificate) error {
	parts := strings.Split(r.Headers["x-jws-signature"], ".")
	if len(parts) != 3 || parts[1] != "" {
		return fmt.Errorf("not detached")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	text := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(r.Body))
	digest := sha256.Sum256([]byte(text))
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: 32})
	case *ecdsa.PublicKey:
		return fixed(key, digest[:], signature)
	case ed25519.PublicKey:
		return failed(ed25519.Verify(key, []byte(text), signature))
	}
	return fmt.Errorf("no key for a JWS")
}

func (r request) rfc9421(certificate *x509.Certificate) error {
	sum := sha256.Sum256([]byte(r.Body))
	if r.Headers["content-digest"] != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" {
		return fmt.Errorf("another digest")
	}
	input, hasInput := strings.CutPrefix(r.Headers["signature-input"], "sig1=")
	value, hasValue := strings.CutPrefix(r.Headers["signature"], "sig1=:")
	if !hasInput || !hasValue {
		return fmt.Errorf("no signature")
	}
	signature, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(value, ":"))
	if err != nil {
		return err
	}
	list := input[1:strings.Index(input, ")")]
	text := ""
	for _, quoted := range strings.Split(list, " ") {
		name := strings.Trim(quoted, `"`)
		value := r.Headers[name]
		switch name {
		case "@method":
			value = r.Method
		case "@target-uri":
			value = r.Url
		case "@path":
			value, _, _ = strings.Cut(r.Target, "?")
		case "@query":
			_, query, _ := strings.Cut(r.Target, "?")
			value = "?" + query
		}
		text += quoted + ": " + value + "\n"
	}
	text += `"@signature-params": ` + input
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		digest := sha512.Sum512([]byte(text))
		return rsa.VerifyPSS(key, crypto.SHA512, digest[:], signature, &rsa.PSSOptions{SaltLength: 64})
	case *ecdsa.PublicKey:
		digest := sha256.Sum256([]byte(text))
		return fixed(key, digest[:], signature)
	case ed25519.PublicKey:
		return failed(ed25519.Verify(key, []byte(text), signature))
	}
	return fmt.Errorf("no key for the RFC")
}

// r and s, each of 32 bytes.
func fixed(key *ecdsa.PublicKey, digest []byte, signature []byte) error {
	if len(signature) != 64 {
		return fmt.Errorf("a signature of %d bytes", len(signature))
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return failed(ecdsa.Verify(key, digest, r, s))
}

func failed(isRight bool) error {
	if isRight {
		return nil
	}
	return fmt.Errorf("a wrong signature")
}
