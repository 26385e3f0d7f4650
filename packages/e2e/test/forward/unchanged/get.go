package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

func main() {
	client := &http.Client{Timeout: time.Minute}
	if proxy, isSet := os.LookupEnv("http_proxy"); isSet {
		// http.ProxyFromEnvironment would leave the proxy out for a target on this host.
		proxyUrl, err := url.Parse(proxy)
		check(err)
		client.Transport = &http.Transport{Proxy: http.ProxyURL(proxyUrl)}
	}
	request, err := http.NewRequest("GET", os.Getenv("URL"), nil)
	check(err)
	if authorization, isSet := os.LookupEnv("AUTHORIZATION"); isSet {
		request.Header.Set("Authorization", authorization)
	}
	response, err := client.Do(request)
	check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(err)
	if response.StatusCode != 200 {
		check(fmt.Errorf("%s: %s", response.Status, body))
	}
	fmt.Println(string(body))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
