# Vault of docker-compose.yml. Containers can't lock memory without a capability, hence disable_mlock.
storage "file" {
  path = "/vault/file"
}

listener "tcp" {
  address       = "0.0.0.0:8200"
  tls_cert_file = "/tls/tls.crt"
  tls_key_file  = "/tls/tls.key"
}

api_addr      = "https://vault:8200"
disable_mlock = true
