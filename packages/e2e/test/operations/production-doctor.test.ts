import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, freePort, startService } from '@mtls-gateway/test-kit'
import { type IdentityProvider, startIdentityProvider } from '@mtls-gateway/test-kit/identity-provider'
import type { Env } from '../support/backends.ts'
import {
  adminEntry,
  configApiEntry,
  consoleAdminEntry,
  consoleEntry,
  forwarderAdminEntry,
  forwarderApiEntry,
} from '../support/entries.ts'
import { OtlpCollector } from '../support/otlp-collector.ts'
import { ProductionBackends, patient } from '../support/production-backends.ts'
import { System } from '../support/system.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'

type Service = 'config-api' | 'forwarder-api' | 'prober' | 'console'

interface Finding {
  readonly check: string
  readonly status: string
  readonly found: string
  readonly fix?: string
}

interface Fault {
  readonly name: string
  readonly service: Service
  /** What is set differently. */
  readonly env?: () => Env | Promise<Env>
  /** What is changed meanwhile at what the service calls; undoes it. */
  readonly outside?: () => Promise<() => Promise<unknown>>
  readonly finds: Readonly<Record<keyof Finding, unknown>>
}

const nowhere = 'http://127.0.0.1:1'
const garbage = '\0\u{1}garbage\n'
const tooMuch = { MEMORY_LIMIT_MIB: '16000000' }

let directory: string
let backends: ProductionBackends
let system: System
let provider: IdentityProvider
let collector: OtlpCollector

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-doctor-'))
  backends = await ProductionBackends.open(vaultOfTheRun(), patient)
  system = await System.start({ backends })
  provider = await startIdentityProvider({
    clients: [{ client_id: 'console', client_secret: 'secret', redirect_uris: ['https://console.example/callback'] }],
  })
  collector = await OtlpCollector.start()
})
afterAll(async () => {
  await Promise.all([collector?.close(), provider?.close(), system?.stop()])
  if (directory) await rm(directory, { recursive: true })
})

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, content, { mode: 0o600 })
  return path
}

/** What a service that works well is started with. */
async function soundEnv(service: Service): Promise<Env> {
  const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }
  switch (service) {
    case 'config-api':
      return { ...system.envOf(service), PROBER_URL: system.prober.url, ...traces }
    case 'forwarder-api':
      return { ...system.envOf(service), ...traces }
    case 'prober':
      return backends.prober
    case 'console':
      return {
        DATA_DIR: directory,
        CONFIG_API_URL: system.configApi.url,
        CONSOLE_PUBLIC_URL: 'https://console.example',
        CONSOLE_SESSION_KEY_FILE: await file('session-keys', randomBytes(32).toString('base64')),
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: 'console',
        OIDC_CLIENT_SECRET_FILE: await file('oidc-secret', 'secret'),
        REDIS_URL: backends.redis.url,
        ...traces,
      }
  }
}

const commands: Readonly<Record<Service, readonly string[]>> = {
  'config-api': [adminEntry, 'doctor'],
  prober: [adminEntry, 'doctor', '--service', 'prober'],
  'forwarder-api': [forwarderAdminEntry, 'doctor'],
  console: [consoleAdminEntry, 'doctor'],
}

/** As an operator runs it in the container of the service. */
async function doctor(service: Service, env: Env): Promise<{ code: number; findings: readonly Finding[] }> {
  const { code, stdout } = await promisify(execFile)(process.execPath, [...commands[service], '--json'], { env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    // What execFile rejects with.
    (error: { code: number; stdout: string }) => error,
  )
  return { code, findings: JSON.parse(stdout).findings }
}

/** A certificate, and the key of another one. */
async function unlikePair(): Promise<Env> {
  const ca = await createCa()
  const [one, other] = await Promise.all([ca.issue({ commonName: 'one' }), ca.issue({ commonName: 'other' })])
  const files = [await file('tls.crt', one.certificate), await file('tls.key', other.privateKey)]
  return { TLS_CERT_FILE: files[0] ?? '', TLS_KEY_FILE: files[1] ?? '' }
}

/** Takes a path out of the policy of a role. */
async function withoutPath(role: string, path: string): Promise<() => Promise<unknown>> {
  const vault = vaultOfTheRun()
  const url = `sys/policies/acl/${backends.mount.name}-${role}`
  const { policy } = (await vault.api('GET', url)).body.data
  const less = policy.replace(new RegExp(`path "[^"]*/${path.replaceAll('+', '\\+')}" {[^}]*}`), '')
  expect(less).not.toBe(policy)
  await vault.api('POST', url, { policy: less })
  return () => vault.api('POST', url, { policy })
}

const anyFix = expect.any(String)
const containing = (text: string) => expect.stringContaining(text)
const fails = (check: string, found: string, fix: unknown = anyFix) => {
  return { check, status: 'fail', found: containing(found), fix }
}

const hookWithoutSecret = {
  name: 'hook',
  kind: 'webhook',
  description: 'A CA behind a webhook.',
  accounts: 'all',
  url: 'https://ca.example/issue',
  secretFile: '/nowhere/secret',
  caFile: '/nowhere/ca.pem',
}

/** Neither would issue, as nothing listens there. */
function twoAcmeProfiles() {
  const names = ['one', 'two']
  return Promise.all(
    names.map(async (name) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const accountKeyFile = await file(`${name}.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
      const common = { name, kind: 'acme', description: 'A CA that speaks ACME.', accounts: 'all' }
      return { ...common, directoryUrl: 'https://127.0.0.1:1/directory', accountKeyFile, caFile: '/nowhere/ca.pem' }
    }),
  )
}

const faults: readonly Fault[] = [
  {
    name: 'a key of another certificate',
    service: 'config-api',
    env: unlikePair,
    finds: fails('TLS_CERT_FILE', 'is not the one of the certificate'),
  },
  {
    name: 'garbage in the file of the secret id',
    service: 'config-api',
    env: async () => ({ VAULT_SECRET_ID_FILE: await file('garbage', garbage) }),
    finds: fails('login at Vault', 'refused the login', containing('-config-api/secret-id')),
  },
  {
    name: 'garbage in the file of the secret id of garbage collection',
    service: 'config-api',
    env: async () => ({ VAULT_GC_SECRET_ID_FILE: await file('garbage', garbage) }),
    finds: fails('garbage collection', 'refused the login', containing('-gc/secret-id')),
  },
  {
    name: 'a prober that is not there',
    service: 'config-api',
    env: () => ({ PROBER_URL: 'https://127.0.0.1:1' }),
    finds: fails('PROBER_URL', 'ECONNREFUSED', containing('doctor --service prober')),
  },
  {
    name: 'another secret than that of the prober',
    service: 'config-api',
    env: async () => ({ PROBER_SECRET_FILE: await file('other', randomBytes(32).toString('base64')) }),
    finds: fails('PROBER_URL', 'another secret', containing('the same secret')),
  },
  {
    name: 'an issuer whose secret is not there',
    service: 'config-api',
    env: async () => ({ ISSUERS_FILE: await file('issuers', JSON.stringify({ profiles: [hookWithoutSecret] })) }),
    finds: fails(
      'ISSUERS_FILE',
      'hook: The file with the secret of the webhook cannot be read',
      containing('issuers.md'),
    ),
  },
  {
    name: 'issuers that speak ACME with different account keys',
    service: 'config-api',
    env: async () => ({ ISSUERS_FILE: await file('issuers', JSON.stringify({ profiles: await twoAcmeProfiles() })) }),
    finds: { ...fails('ISSUERS_FILE', 'one, two: These profiles of the kind acme'), status: 'warn' },
  },
  {
    name: 'profiles of issuers that are none',
    service: 'config-api',
    env: async () => ({ ISSUERS_FILE: await file('issuers', '{"profiles":[{"name":"one","kind":"magic"}]}') }),
    finds: fails('ISSUERS_FILE', 'one: kind is none of', containing('issuers.md')),
  },
  {
    name: 'sources that are none',
    service: 'config-api',
    env: async () => ({ SOURCES_FILE: await file('sources', '{"sources":[{"name":"one","kind":"magic"}]}') }),
    finds: fails('SOURCES_FILE', 'one: kind is none of', containing('sources.md')),
  },
  {
    name: 'a mail server that is not there',
    service: 'config-api',
    env: () => ({ SMTP_URL: 'smtp://127.0.0.1:1', SMTP_FROM: 'gateway@mtls.example' }),
    finds: fails('SMTP_URL', 'no mail can be sent', containing('could not be reached')),
  },
  {
    name: 'a collector of the audit that is not there',
    service: 'config-api',
    env: async () => ({ AUDIT_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` }),
    finds: fails('AUDIT_OTLP_ENDPOINT', 'it was not reached: ECONNREFUSED', containing('NODE_EXTRA_CA_CERTS')),
  },
  {
    name: 'a file of the audit whose folder is missing',
    service: 'config-api',
    env: () => ({ AUDIT_FILE: '/nowhere/audit.jsonl' }),
    finds: fails('AUDIT_FILE', 'ENOENT', containing('Make its folder')),
  },
  {
    name: 'a policy that lets it create no keys',
    service: 'config-api',
    outside: () => withoutPath('config-api', 'data/keys/+/+'),
    finds: fails('login at Vault', 'it may not create keys', containing('vault setup')),
  },
  {
    name: 'garbage in the file of the secret id',
    service: 'forwarder-api',
    env: async () => ({ VAULT_SECRET_ID_FILE: await file('garbage', garbage) }),
    finds: fails('login at Vault', 'refused the login', containing('-forwarder/secret-id')),
  },
  {
    name: 'a policy that lets it read no keys',
    service: 'forwarder-api',
    outside: () => withoutPath('forwarder', 'data/keys/+/+'),
    finds: fails('login at Vault', 'it may not read keys', containing('vault setup')),
  },
  {
    name: 'more memory than there is',
    service: 'forwarder-api',
    env: () => tooMuch,
    finds: fails('memory', 'MEMORY_LIMIT_MIB is 16000000'),
  },
  {
    name: 'a user of Redis that lacks a command',
    service: 'forwarder-api',
    env: async () => {
      await backends.redis.command('ACL', 'SETUSER', 'poor', 'on', '>secret', '+@all', '-xadd', '~mtls:*')
      return { REDIS_URL: backends.redis.url.replace('//', '//poor:secret@') }
    },
    finds: fails('user of Redis', 'xadd', containing('+xadd')),
  },
  {
    name: 'a token issuer that is not there',
    service: 'forwarder-api',
    env: () => ({ TOKEN_JWKS_URL: `${nowhere}/jwks` }),
    finds: fails('TOKEN_JWKS_URL', 'ECONNREFUSED'),
  },
  {
    name: 'a collector of traces that takes none',
    service: 'forwarder-api',
    outside: async () => {
      collector.status = 401
      return async () => {
        collector.status = 200
      }
    },
    finds: fails('OTEL_EXPORTER_OTLP_ENDPOINT', 'Unauthorized', containing('OTEL_EXPORTER_OTLP_HEADERS')),
  },
  {
    name: 'garbage in the file of the secret id',
    service: 'prober',
    env: async () => ({ VAULT_SECRET_ID_FILE: await file('garbage', garbage) }),
    finds: fails('login at Vault', 'refused the login', containing('-prober/secret-id')),
  },
  {
    name: 'a Vault that is not there',
    service: 'prober',
    env: () => ({ VAULT_ADDR: nowhere }),
    finds: fails('Vault', 'ECONNREFUSED', containing('VAULT_ADDR')),
  },
  {
    name: 'a secret that is too short',
    service: 'prober',
    env: async () => ({ PROBER_SECRET_FILE: await file('short', 'short') }),
    finds: fails('PROBER_SECRET_FILE', 'at least 32 characters'),
  },
  {
    name: 'more memory than there is',
    service: 'prober',
    env: () => tooMuch,
    finds: fails('memory', 'MEMORY_LIMIT_MIB is 16000000'),
  },
  {
    name: 'a config-api that is not there',
    service: 'console',
    env: () => ({ CONFIG_API_URL: nowhere }),
    finds: fails('CONFIG_API_URL', 'ECONNREFUSED'),
  },
  {
    name: 'a forwarder-api that is not there',
    service: 'console',
    env: () => ({ FORWARDER_API_URL: nowhere }),
    finds: fails('FORWARDER_API_URL', 'ECONNREFUSED'),
  },
  {
    name: 'an identity provider that is none',
    service: 'console',
    env: () => ({ OIDC_ISSUER: system.configApi.url }),
    finds: fails('OIDC_ISSUER', 'unexpected HTTP response'),
  },
  {
    name: 'session keys that are none',
    service: 'console',
    env: async () => ({ CONSOLE_SESSION_KEY_FILE: await file('garbage', garbage) }),
    finds: fails('CONSOLE_SESSION_KEY_FILE', '32 bytes in base64', containing('openssl rand')),
  },
  {
    name: 'a wrong password for Redis',
    service: 'console',
    env: async () => ({ REDIS_PASSWORD_FILE: await file('password', 'wrong'), REDIS_USERNAME: 'nobody' }),
    finds: fails('Redis', 'WRONGPASS'),
  },
  {
    name: 'a key of another certificate',
    service: 'console',
    env: unlikePair,
    finds: fails('TLS_CERT_FILE', 'is not the one of the certificate'),
  },
]

describe.each(['config-api', 'forwarder-api', 'prober', 'console'] as const)('mtls-admin doctor of %s', (service) => {
  it('finds nothing to fix where everything works, and writes nothing', async () => {
    const env = await soundEnv(service)
    const [filesBefore, keysBefore] = [await readdir(directory), collector.spans.length]
    const { code, findings } = await doctor(service, env)
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([])
    expect({ code, files: await readdir(directory), spans: collector.spans.length }).toEqual({
      code: 0,
      files: filesBefore,
      spans: keysBefore,
    })
  })

  const own = faults.filter((fault) => fault.service === service)
  it.each(own.map((fault) => [fault.name, fault] as const))('finds %s', async (_, { env, outside, finds }) => {
    const undo = await outside?.()
    try {
      const { code, findings } = await doctor(service, { ...(await soundEnv(service)), ...(await env?.()) })
      expect(findings.filter(({ check }) => check === finds.check)).toContainEqual(finds)
      expect(code).toBe(1)
    } finally {
      await undo?.()
    }
  })
})

it.each([
  ['config-api', configApiEntry],
  ['forwarder-api', forwarderApiEntry],
  ['console', consoleEntry],
] as const)('mtls-admin doctor divides the memory as a running %s does', async (service, entry) => {
  const env = {
    ...(await soundEnv(service)),
    CONSOLE_PORT: '0',
    CONSOLE_MANAGEMENT_PORT: '0',
    MEMORY_LIMIT_MIB: '512',
  }
  const running = await startService({ entry, env })
  await running.stop()
  const line = running.output.split('\n').find((each) => each.includes('"event":"memory-budget"')) ?? ''
  const { findings } = await doctor(service, env)
  expect(findings.find(({ check }) => check === 'memory')?.found).toBe(
    `512 MiB (MEMORY_LIMIT_MIB), of which the heap may take ${JSON.parse(line).mib.heap} MiB`,
  )
})
