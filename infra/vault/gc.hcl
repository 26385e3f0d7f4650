# Garbage collection: lists what there is, reads which of it accounts name, purges the rest. It reads no secret.
# "mtls-gateway" is the mount; `mtls-admin vault setup` puts another in its place.
path "mtls-gateway/metadata/accounts/" {
  capabilities = ["list"]
}
# "update": it forgets previous versions of certificates, and is in the audit with that like anybody.
path "mtls-gateway/data/accounts/+" {
  capabilities = ["read", "update"]
}
path "mtls-gateway/data/audit/+/+" {
  capabilities = ["create", "read"]
}

path "mtls-gateway/metadata/keys/" {
  capabilities = ["list"]
}
path "mtls-gateway/metadata/keys/+/" {
  capabilities = ["list"]
}
# When it was written, and its end.
path "mtls-gateway/metadata/keys/+/+" {
  capabilities = ["read", "delete"]
}

path "mtls-gateway/metadata/chains/" {
  capabilities = ["list"]
}
path "mtls-gateway/metadata/chains/+/" {
  capabilities = ["list"]
}
# When it was written, and its end.
path "mtls-gateway/metadata/chains/+/+" {
  capabilities = ["read", "delete"]
}

path "mtls-gateway/metadata/app-keys/" {
  capabilities = ["list"]
}
path "mtls-gateway/metadata/app-keys/+/" {
  capabilities = ["list"]
}
# When it was written, and its end.
path "mtls-gateway/metadata/app-keys/+/+" {
  capabilities = ["read", "delete"]
}

path "mtls-gateway/metadata/webhook-secrets/" {
  capabilities = ["list"]
}
path "mtls-gateway/metadata/webhook-secrets/+/" {
  capabilities = ["list"]
}
# When it was written, and its end.
path "mtls-gateway/metadata/webhook-secrets/+/+" {
  capabilities = ["read", "delete"]
}

path "mtls-gateway/metadata/target-secrets/" {
  capabilities = ["list"]
}
path "mtls-gateway/metadata/target-secrets/+/" {
  capabilities = ["list"]
}
# When it was written, and its end.
path "mtls-gateway/metadata/target-secrets/+/+" {
  capabilities = ["read", "delete"]
}

path "mtls-gateway/metadata/approvals/" {
  capabilities = ["list"]
}
path "mtls-gateway/metadata/approvals/+/" {
  capabilities = ["list"]
}
# When it was written, and its end.
path "mtls-gateway/metadata/approvals/+/+" {
  capabilities = ["read", "delete"]
}

# Old segments of audit trails (AUDIT_RETENTION).
path "mtls-gateway/metadata/audit/" {
  capabilities = ["list"]
}
path "mtls-gateway/metadata/audit/+/" {
  capabilities = ["list"]
}
path "mtls-gateway/metadata/audit/+/+" {
  capabilities = ["read", "delete"]
}

# Its own token: to know how long it lives, and to renew it.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
