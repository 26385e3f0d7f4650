import {
  boolean,
  type Configuration,
  choice,
  duration,
  field,
  filePath,
  list,
  Secret,
  secret,
  secretFilePath,
  secretKey,
  serviceUrl,
  text,
} from './fields.ts'

/** Where accounts and secrets are kept, and what instances share. */
export function backendSettings() {
  return { ...embeddedSettings(), ...vaultSettings(), ...redisSettings() }
}

function embeddedSettings() {
  return {
    secretStore: choice('SECRET_STORE', ['embedded', 'vault'], {
      default: 'embedded',
      meaning: 'Where accounts and secrets are kept: embedded (files in DATA_DIR, one host) or vault.',
    }),
    storeEpochTtlMs: duration('STORE_EPOCH_TTL', {
      default: '10s',
      example: '10s',
      within: ['100ms', '5m'],
      meaning:
        'How late a service notices that the store was put back to an older copy, if it is not told; at most 5m.',
    }),
    dataDir: text('DATA_DIR', {
      default: '.data',
      example: '/var/lib/mtls-gateway',
      meaning: 'Folder for the files of the embedded adapters; both services share it.',
    }),
    runtimeDir: text('RUNTIME_DIR', {
      example: '/var/lib/mtls-gateway',
      meaning: 'Folder for change notices and nonces of the embedded adapters; DATA_DIR by default.',
    }),
    masterKey: secretKey('MASTER_KEY', {
      meaning:
        'Encrypts the embedded store: 32 bytes in base64. Without it, the first start creates a key in DATA_DIR; with it, a new store begins only with EMBEDDED_STORE_ACCEPT.',
    }),
    embeddedStoreAccept: text('EMBEDDED_STORE_ACCEPT', {
      example: '922a5ab1e05648f5',
      meaning:
        'Accepts an embedded store that was changed outside of the gateway, or is missing: the name of its state, from STORE_HEAD_MISMATCH or STORE_MISSING.',
    }),
  }
}

export type VaultConfiguration = Configuration<ReturnType<typeof vaultSettings>>
export type CoordinationConfiguration = Configuration<ReturnType<typeof redisSettings>>

function vaultSettings() {
  return {
    vaultAddr: serviceUrl('VAULT_ADDR', {
      example: 'https://vault.example:8200',
      meaning: 'Address of Vault or OpenBao.',
    }),
    vaultMount: text('VAULT_MOUNT', {
      default: 'mtls-gateway',
      example: 'mtls-gateway',
      meaning: 'Mount of the KV v2 engine.',
    }),
    vaultNamespace: text('VAULT_NAMESPACE', {
      example: 'team/mtls',
      meaning: 'Namespace of Vault Enterprise, or of OpenBao from 2.3 on.',
    }),
    vaultCaFile: filePath('VAULT_CA_FILE', {
      example: '/etc/mtls-gateway/vault-ca.pem',
      meaning: "PEM of the CA of Vault's certificate.",
    }),
    vaultRoleId: text('VAULT_ROLE_ID', { example: '6c2f...', meaning: 'Role id of the AppRole to log in with.' }),
    vaultSecretIdFile: secretFilePath('VAULT_SECRET_ID_FILE', {
      example: '/run/secrets/vault-secret-id',
      meaning: 'File with the secret id of VAULT_ROLE_ID; read at each login.',
    }),
    vaultAppRoleMount: text('VAULT_APPROLE_MOUNT', {
      default: 'approle',
      example: 'mtls-gateway-approle',
      meaning: 'Where the AppRole login is at Vault, below auth/.',
    }),
    vaultKubernetesRole: text('VAULT_KUBERNETES_ROLE', {
      example: 'forwarder-api',
      meaning: 'Role to log in with as a Kubernetes service account.',
    }),
    vaultKubernetesJwtFile: text('VAULT_KUBERNETES_JWT_FILE', {
      isSecretFile: true,
      default: '/var/run/secrets/kubernetes.io/serviceaccount/token',
      example: '/var/run/secrets/tokens/vault',
      meaning: 'File with the token of the service account; read at each login.',
    }),
    vaultKubernetesMount: text('VAULT_KUBERNETES_MOUNT', {
      default: 'kubernetes',
      example: 'kubernetes-west',
      meaning: 'Where the login of Kubernetes is at Vault, below auth/.',
    }),
    vaultToken: secret('VAULT_TOKEN', { example: 'hvs....', meaning: 'A token instead of a login.' }),
    vaultTimeoutMs: duration('VAULT_TIMEOUT', {
      default: '2s',
      meaning: 'Maximum time that a request waits for Vault.',
    }),
  }
}

function redisSettings() {
  return {
    redisUrls: field('REDIS_URL', redisUrls, {
      default: '',
      example: 'rediss://redis.example:6380',
      meaning:
        'Redis, through which instances share counters, nonces and notices; with TLS, it begins with rediss. Several urls are a cluster, or sentinels.',
    }),
    redisUsername: text('REDIS_USERNAME', {
      example: 'gateway',
      meaning: "User of REDIS_PASSWORD_FILE. By default that of REDIS_URL, or Redis' default user.",
    }),
    redisPasswordFile: secretFilePath('REDIS_PASSWORD_FILE', {
      example: '/run/secrets/redis-password',
      meaning: 'File with the password for Redis, instead of one in REDIS_URL; read for each connection.',
    }),
    redisTimeoutMs: duration('REDIS_TIMEOUT', {
      default: '500ms',
      // A shorter time would refuse calls of a busy Redis; a longer one is a mistake.
      within: ['50ms', '30s'],
      meaning: 'Maximum time that a request waits for a reply of Redis, from 50ms to 30s.',
    }),
    redisSentinelMaster: text('REDIS_SENTINEL_MASTER', {
      example: 'mymaster',
      meaning: 'Name of the master, if REDIS_URL lists sentinels.',
    }),
    redisSentinelUsername: text('REDIS_SENTINEL_USERNAME', {
      example: 'gateway',
      meaning: 'User of REDIS_SENTINEL_PASSWORD_FILE.',
    }),
    redisSentinelPasswordFile: secretFilePath('REDIS_SENTINEL_PASSWORD_FILE', {
      example: '/run/secrets/sentinel-password',
      meaning: 'File with the password for the sentinels, if they want one; read for each connection.',
    }),
    redisCaFile: filePath('REDIS_CA_FILE', {
      example: '/etc/mtls-gateway/redis-ca.pem',
      meaning: "PEM of the CA of Redis' certificate.",
    }),
    nonceOnOutage: choice('NONCE_ON_OUTAGE', ['refuse', 'local'], {
      default: 'refuse',
      meaning:
        'How signed calls are handled while Redis is down: refuse (503), or local (a call could be replayed at another instance).',
    }),
    singleInstance: boolean('SINGLE_INSTANCE', {
      default: 'false',
      meaning: 'true: there is only one forwarder-api, so Vault works without Redis.',
    }),
  }
}

/** Secret, because they contain passwords. */
const redisUrls = list('must be redis:// or rediss:// urls, separated by commas', isRedisUrl).transform(
  (urls) => new Secret(urls),
)

function isRedisUrl(item: string): boolean {
  return /^rediss?:$/.test(URL.parse(item)?.protocol ?? '')
}
