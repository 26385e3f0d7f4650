# config-api: changes accounts, creates the rest. It never reads a private key, only whether there is one.
# "mtls-gateway" is the mount; `mtls-admin vault setup` puts another in its place.
path "mtls-gateway/data/accounts/+" {
  capabilities = ["create", "read", "update"]
}

# Written once: "create" without "update" refuses even what has the right version for it. That a record is there already
# is then told by its metadata, which holds no secret. "delete" on the metadata purges what a change has un-named.
path "mtls-gateway/data/keys/+/+" {
  capabilities = ["create"]
}
path "mtls-gateway/metadata/keys/+/+" {
  capabilities = ["read", "delete"]
}
# Which keys an account has, for the status of its certificates.
path "mtls-gateway/metadata/keys/+/" {
  capabilities = ["list"]
}
path "mtls-gateway/data/chains/+/+" {
  capabilities = ["create", "read"]
}
path "mtls-gateway/metadata/chains/+/+" {
  capabilities = ["read", "delete"]
}
path "mtls-gateway/data/app-keys/+/+" {
  capabilities = ["create", "read"]
}
path "mtls-gateway/metadata/app-keys/+/+" {
  capabilities = ["read", "delete"]
}
path "mtls-gateway/data/webhook-secrets/+/+" {
  capabilities = ["create", "read"]
}
path "mtls-gateway/metadata/webhook-secrets/+/+" {
  capabilities = ["read", "delete"]
}

# What changes would change that wait for approval.
path "mtls-gateway/data/approvals/+/+" {
  capabilities = ["create", "read"]
}
path "mtls-gateway/metadata/approvals/+/+" {
  capabilities = ["read", "delete"]
}

# What targets want beside a certificate: it goes in and never comes out here.
path "mtls-gateway/data/target-secrets/+/+" {
  capabilities = ["create"]
}
path "mtls-gateway/metadata/target-secrets/+/+" {
  capabilities = ["read", "delete"]
}

# CAs of accounts (the issuer `local`): made once, for good. Their keys are the prober's to read.
path "mtls-gateway/data/issuer-keys/+/+" {
  capabilities = ["create"]
}
path "mtls-gateway/metadata/issuer-keys/+/+" {
  capabilities = ["read"]
}
path "mtls-gateway/data/issuer-cas/+/+" {
  capabilities = ["create", "read"]
}
path "mtls-gateway/metadata/issuer-cas/+/+" {
  capabilities = ["read"]
}

# The audit is kept for ever.
path "mtls-gateway/data/audit/+/+" {
  capabilities = ["create", "read"]
}
path "mtls-gateway/metadata/audit/+/+" {
  capabilities = ["read"]
}

# The keys by which app keys are told from invented ones: written once, by whichever instance makes the first app key.
path "mtls-gateway/data/deployment/app-key-macs" {
  capabilities = ["create", "read"]
}
path "mtls-gateway/metadata/deployment/app-key-macs" {
  capabilities = ["read"]
}

# Begun by the first instance, and anew when an older copy of the store was restored.
path "mtls-gateway/data/deployment/store-epoch" {
  capabilities = ["create", "read", "update"]
}

# How far receivers of the audit stream have got.
path "mtls-gateway/data/audit-positions/+/+" {
  capabilities = ["create", "read", "update"]
}

# Its own token: to know how long it lives, and to renew it.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
