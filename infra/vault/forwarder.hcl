# forwarder-api: reads what a call needs, writes nothing and lists nothing.
# "mtls-gateway" is the mount; `mtls-admin vault setup` puts another in its place.
path "mtls-gateway/data/accounts/+" {
  capabilities = ["read"]
}
path "mtls-gateway/data/keys/+/+" {
  capabilities = ["read"]
}
path "mtls-gateway/data/chains/+/+" {
  capabilities = ["read"]
}
path "mtls-gateway/data/app-keys/+/+" {
  capabilities = ["read"]
}
# What targets want beside a certificate.
path "mtls-gateway/data/target-secrets/+/+" {
  capabilities = ["read"]
}

# The keys by which app keys are told from invented ones.
path "mtls-gateway/data/deployment/app-key-macs" {
  capabilities = ["read"]
}

# Changes when an older copy of the store was restored.
path "mtls-gateway/data/deployment/store-epoch" {
  capabilities = ["read"]
}

# Its own token: to know how long it lives, and to renew it.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
