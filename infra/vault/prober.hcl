# The prober, which makes the calls of an activate or a probe for config-api, and signs by the CAs of accounts: it reads
# keys, and hands back a report or a certificate alone.
# "mtls-gateway" is the mount; `mtls-admin vault setup` puts another in its place.
path "mtls-gateway/data/keys/+/+" {
  capabilities = ["read"]
}
path "mtls-gateway/data/issuer-keys/+/+" {
  capabilities = ["read"]
}
path "mtls-gateway/data/target-secrets/+/+" {
  capabilities = ["read"]
}

# Its own token: to know how long it lives, and to renew it.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
