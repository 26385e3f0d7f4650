// A TLS server that takes certificates of one CA and closes each connection without an answer.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"os"
)

func main() {
	identity, err := tls.LoadX509KeyPair("server.pem", "server.key")
	if err != nil {
		panic(err)
	}
	ca, err := os.ReadFile("client-ca.pem")
	if err != nil {
		panic(err)
	}
	clientCAs := x509.NewCertPool()
	clientCAs.AppendCertsFromPEM(ca)
	version := map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}[os.Args[2]]
	listener, err := tls.Listen("tcp", "127.0.0.1:"+os.Args[1], &tls.Config{
		Certificates: []tls.Certificate{identity},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    clientCAs,
		MinVersion:   version,
		MaxVersion:   version,
	})
	if err != nil {
		panic(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			defer connection.Close()
			if connection.(*tls.Conn).Handshake() == nil {
				connection.Read(make([]byte, 1024))
			}
		}()
	}
}
