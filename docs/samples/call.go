// Calls a target through the gateway: JSON, a form, and bytes. Run it by `go run call.go`; it needs nothing else.
package main

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

type parameter struct{ name, value string }

var (
	accountURL = env("FORWARDER_URL") + "/mtls/account/" + env("ACCOUNT")
	lpHeaders  = []parameter{{"LP-forward-url", env("TARGET_URL")}, {"LP-service-name", env("SERVICE")}}
	client     = &http.Client{
		// As long as the gateway waits for the target's answer, and a little longer.
		Timeout: 75 * time.Second,
		// A redirect is the target's answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
)

func main() {
	call("application/json", []byte(`{"amount":"5 €"}`), nil)
	form := []parameter{{"grant_type", "client_credentials"}, {"scope", "read write"}, {"scope", "ö*~+"}}
	call("application/x-www-form-urlencoded", []byte(joined(encoded(form), "&", "%s=%s")), form)
	all := make([]byte, 256)
	for at := range all {
		all[at] = byte(at)
	}
	call("application/octet-stream", all, nil)
}

func call(contentType string, body []byte, form []parameter) {
	hash := parameter{"lp_hash", lpHash()}
	request, err := http.NewRequest("POST", accountURL+"?lp_hash="+hash.value, bytes.NewReader(body))
	check(err)
	for _, header := range lpHeaders {
		request.Header.Set(header.name, header.value)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Authorization", authorization("POST", hash, body, form))
	answer, err := client.Do(request)
	check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	check(err)
	if answer.Header.Get("LP-answered-by") == "gateway" {
		log.Fatalf("%d %s", answer.StatusCode, text)
	}
	fmt.Println(answer.StatusCode, string(text))
}

// lpHash makes the LP-* headers a part of what is signed.
func lpHash() string {
	var lines []string
	for _, header := range lpHeaders {
		lines = append(lines, strings.ToLower(header.name)+":"+header.value+"\n")
	}
	slices.Sort(lines)
	digest := sha256.Sum256([]byte(strings.Join(lines, "")))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

// authorization follows RFC 5849 section 3.4. Parameters of a form are signed one by one, any other body by its hash.
func authorization(method string, query parameter, body []byte, form []parameter) string {
	oauth := []parameter{
		{"oauth_consumer_key", env("APP_KEY")},
		{"oauth_nonce", rand.Text()},
		{"oauth_signature_method", "HMAC-SHA256"},
		{"oauth_timestamp", strconv.FormatInt(time.Now().Unix(), 10)},
		{"oauth_version", "1.0"},
	}
	if form == nil {
		digest := sha256.Sum256(body)
		oauth = append(oauth, parameter{"oauth_body_hash", base64.StdEncoding.EncodeToString(digest[:])})
	}
	signed := encoded(slices.Concat(oauth, []parameter{query}, form))
	slices.SortFunc(signed, func(one, other parameter) int {
		return cmp.Or(cmp.Compare(one.name, other.name), cmp.Compare(one.value, other.value))
	})
	base := method + "&" + encode(accountURL) + "&" + encode(joined(signed, "&", "%s=%s"))
	mac := hmac.New(sha256.New, []byte(encode(env("APP_SECRET"))+"&"))
	mac.Write([]byte(base))
	oauth = append(oauth, parameter{"oauth_signature", base64.StdEncoding.EncodeToString(mac.Sum(nil))})
	return "OAuth " + joined(encoded(oauth), ", ", `%s="%s"`)
}

// encode follows RFC 5849 section 3.6: QueryEscape encodes for forms, where a space is a plus.
func encode(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func encoded(parameters []parameter) []parameter {
	var all []parameter
	for _, each := range parameters {
		all = append(all, parameter{encode(each.name), encode(each.value)})
	}
	return all
}

func joined(parameters []parameter, separator, format string) string {
	var all []string
	for _, each := range parameters {
		all = append(all, fmt.Sprintf(format, each.name, each.value))
	}
	return strings.Join(all, separator)
}

func env(name string) string {
	value, isSet := os.LookupEnv(name)
	if !isSet {
		log.Fatalf("%s is not set", name)
	}
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
