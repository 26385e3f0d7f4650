// Package k8s stands for the provider of the same name.
package k8s

import (
	"errors"
	"log"
)

type Provider struct{}

func (*Provider) Addrs(map[string]string, *log.Logger) ([]string, error) {
	return nil, errors.New("built without discovery")
}

func (*Provider) Help() string {
	return ""
}
