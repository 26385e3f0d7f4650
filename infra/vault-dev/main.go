// Command vault-dev runs the real Vault server (core, HTTP API, KV v2, AppRole, file storage) for tests and for a laptop.
//
// It prints one line, {"event":"listening","address":"http://127.0.0.1:PORT"}, then answers the whole API at that
// address: it is initialised and unsealed over it like any Vault. Not for production: use the official images there.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/file"
	"github.com/hashicorp/vault/vault"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "host:port; port 0 takes a free one")
	data := flag.String("data", "", "directory of the storage; kept over restarts")
	cert := flag.String("tls-cert", "", "PEM file; with -tls-key: listen with TLS")
	key := flag.String("tls-key", "", "PEM file")
	withStdin := flag.Bool("until-stdin-ends", false, "end with whoever started it, even if that was killed")
	flag.Parse()
	if *withStdin {
		go endWithStdin()
	}
	if err := run(*listen, *data, *cert, *key); err != nil {
		fmt.Fprintln(os.Stderr, "vault-dev:", err)
		os.Exit(1)
	}
}

func run(listen, data, cert, key string) error {
	if data == "" {
		return fmt.Errorf("-data is required: the directory that keeps the storage")
	}
	core, err := newCore(data)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	failed := make(chan error, 1)
	scheme := "http"
	if cert != "" {
		scheme = "https"
	}
	go func() {
		if cert != "" {
			failed <- server.ServeTLS(listener, cert, key)
		} else {
			failed <- server.Serve(listener)
		}
	}()
	announce(scheme + "://" + listener.Addr().String())

	select {
	case err = <-failed:
	case <-stop:
		server.Close()
		err = core.Shutdown()
	}
	return err
}

func endWithStdin() {
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func announce(address string) {
	line, _ := json.Marshal(map[string]string{"event": "listening", "address": address})
	fmt.Println(string(line))
}

func newCore(data string) (*vault.Core, error) {
	logger := hclog.New(&hclog.LoggerOptions{Output: os.Stderr, Level: hclog.Error})
	storage, err := file.NewFileBackend(map[string]string{"path": data}, logger)
	if err != nil {
		return nil, err
	}
	return vault.NewCore(&vault.CoreConfig{
		Physical:           storage,
		StorageType:        "file",
		DisableMlock:       true,
		Logger:             logger,
		BuiltinRegistry:    builtins{},
		LogicalBackends:    map[string]logical.Factory{"kv": kv.Factory},
		CredentialBackends: map[string]logical.Factory{"approle": approle.Factory},
	})
}

// builtins names the linked plugins. Without it a mount of one panics: the core asks the registry for its status.
type builtins struct{}

var registered = map[string]struct {
	kind    consts.PluginType
	factory func(context.Context, *logical.BackendConfig) (logical.Backend, error)
}{
	"kv":      {consts.PluginTypeSecrets, kv.Factory},
	"approle": {consts.PluginTypeCredential, approle.Factory},
}

func (builtins) Contains(name string, kind consts.PluginType) bool {
	plugin, ok := registered[name]
	return ok && (kind == consts.PluginTypeUnknown || plugin.kind == kind)
}

func (b builtins) Get(name string, kind consts.PluginType) (func() (interface{}, error), bool) {
	if !b.Contains(name, kind) {
		return nil, false
	}
	return func() (interface{}, error) { return logical.Factory(registered[name].factory), nil }, true
}

func (b builtins) Keys(kind consts.PluginType) []string {
	var names []string
	for name := range registered {
		if b.Contains(name, kind) {
			names = append(names, name)
		}
	}
	return names
}

func (b builtins) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, b.Contains(name, kind)
}
