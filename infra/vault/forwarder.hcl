# forwarder-api: reads what a call needs, writes nothing and lists nothing.
# "mtls" is the mount; vault:setup puts another in its place.
path "mtls/data/accounts/+" {
  capabilities = ["read"]
}
path "mtls/data/keys/+/+" {
  capabilities = ["read"]
}
path "mtls/data/chains/+/+" {
  capabilities = ["read"]
}
path "mtls/data/app-keys/+/+" {
  capabilities = ["read"]
}

# Its own token: to know how long it lives, and to renew it.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
