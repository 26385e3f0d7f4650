// What Go's net/http makes of answers: length-prefixed cases on stdin, length-prefixed JSON on stdout.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"sort"
)

type reading struct {
	Interim  [][]any  `json:"interim"`
	Status   int      `json:"status"`
	Fields   []string `json:"fields"`
	Body     string   `json:"body"`
	Trailers []string `json:"trailers"`
}

// One character a byte, as JSON has no bytes.
func latin1(text string) string {
	runes := make([]rune, len(text))
	for i := 0; i < len(text); i++ {
		runes[i] = rune(text[i])
	}
	return string(runes)
}

// By name, as a map has no order.
func fields(header http.Header) []string {
	names := []string{}
	for name := range header {
		names = append(names, name)
	}
	sort.Strings(names)
	all := []string{}
	for _, name := range names {
		for _, value := range header[name] {
			all = append(all, latin1(name), latin1(value))
		}
	}
	return all
}

func read(input []byte) *reading {
	method := "GET"
	if len(input) > 0 && input[0] == 'H' {
		method = "HEAD"
	}
	reader := bufio.NewReaderSize(bytes.NewReader(input[min(1, len(input)):]), 1<<20)
	result := reading{Interim: [][]any{}}
	for {
		response, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err != nil {
			return nil
		}
		if response.StatusCode >= 100 && response.StatusCode < 200 {
			result.Interim = append(result.Interim, []any{response.StatusCode, fields(response.Header)})
			continue
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return nil
		}
		result.Status = response.StatusCode
		result.Fields = fields(response.Header)
		result.Body = latin1(string(body))
		result.Trailers = fields(response.Trailer)
		return &result
	}
}

func main() {
	stdin := bufio.NewReader(os.Stdin)
	stdout := bufio.NewWriter(os.Stdout)
	for {
		length := make([]byte, 4)
		if _, err := io.ReadFull(stdin, length); err != nil {
			return
		}
		input := make([]byte, binary.BigEndian.Uint32(length))
		if _, err := io.ReadFull(stdin, input); err != nil {
			return
		}
		answer, _ := json.Marshal(read(input))
		binary.Write(stdout, binary.BigEndian, uint32(len(answer)))
		stdout.Write(answer)
		stdout.Flush()
	}
}
