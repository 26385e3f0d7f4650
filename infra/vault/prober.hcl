# The child process of config-api that makes the call of an activate or a probe: it reads keys, and hands back a report alone.
# "mtls-gateway" is the mount; vault:setup puts another in its place.
path "mtls-gateway/data/keys/+/+" {
  capabilities = ["read"]
}

# Its own token: to know how long it lives, and to renew it.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
