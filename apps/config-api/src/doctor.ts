import type { ExaminedProcess } from '@mtls-gateway/admin'
import {
  addresses,
  type Check,
  egressProxies,
  examination,
  fail,
  memory,
  ok,
  reasonOf,
  storeServiceChecks,
  vaultAccess,
  vaultHealth,
  vaultSetUp,
  warn,
} from '@mtls-gateway/admin/doctor'
import { storeConfig } from '@mtls-gateway/service-kit'
import { receiversOf } from './audit-stream/receivers-of.ts'
import { type ConfigApiConfiguration, configApiSettings, readConfiguration } from './configuration/configuration.ts'
import { checkIssuers } from './issuers/issuer-checks.ts'
import { offWithoutListing, withGarbageLogin } from './maintenance/garbage-login.ts'
import { MailChannel } from './notices/mail-channel.ts'
import { RemoteProber } from './prober/remote-prober.ts'
import {
  type ProberConfiguration,
  proberSettings,
  readConfiguration as readProberConfiguration,
} from './prober-service/configuration.ts'
import { proberVaultConfig } from './prober-service/prober-vault.ts'
import { configMemory } from './runtime/config-memory.ts'
import { openSources } from './sources/sources.ts'

/** What `mtls-admin doctor` examines of config-api. */
export function examinedConfigApi(vaultPolicies: string): ExaminedProcess {
  return examination<ConfigApiConfiguration>({
    readConfiguration,
    checks: [
      memory('config-api', configMemory),
      ...storeServiceChecks({ settings: configApiSettings, role: 'config-api', vaultPolicies }),
      vaultAccess({ check: 'garbage collection', role: 'gc', storeOf: garbageStore, secretIdVariable }),
      listing,
      egressProxies,
      prober,
      issuers,
      sources,
      mail,
      auditReceivers,
    ],
  })
}

/** What `mtls-admin doctor --service prober` examines. */
export function examinedProber(vaultPolicies: string): ExaminedProcess {
  return examination<ProberConfiguration & { readonly secretStore: 'vault' }>({
    // It has no other store.
    readConfiguration: (environment) => ({ ...readProberConfiguration(environment), secretStore: 'vault' }),
    checks: [
      memory('prober'),
      addresses(proberSettings),
      vaultHealth,
      vaultAccess({
        check: 'login at Vault',
        role: 'prober',
        storeOf: proberVaultConfig,
        secretIdVariable: 'VAULT_SECRET_ID_FILE',
      }),
      vaultSetUp(vaultPolicies),
      egressProxies,
    ],
  })
}

const secretIdVariable = 'VAULT_GC_SECRET_ID_FILE'

function garbageStore(configuration: ConfigApiConfiguration) {
  const withLogin = withGarbageLogin(configuration)
  return withLogin && storeConfig(withLogin)
}

const listing: Check<ConfigApiConfiguration> = ({ configuration }) => {
  const off = offWithoutListing(configuration)
  if (off.length === 0) return []
  return [warn('garbage collection', `off: ${off.join(', ')}`, 'Set VAULT_GC_ROLE_ID and VAULT_GC_SECRET_ID_FILE.')]
}

/** Reaches it as config-api does. */
const prober: Check<ConfigApiConfiguration> = async ({ configuration: { proberUrl: url, proberSecretFile } }) => {
  if (url === undefined || proberSecretFile === undefined) return []
  const check = 'PROBER_URL'
  const remote = new RemoteProber({ url, secretFile: proberSecretFile, log: { warn: () => {} } })
  try {
    await remote.check()
    return [ok(check, 'the prober answers, and has the same secret')]
  } catch (error) {
    if (isRefusal(error)) {
      const fix = 'Give config-api and the prober a PROBER_SECRET_FILE with the same secret (openssl rand -base64 32).'
      return [fail(check, 'it refuses the handshake: it has another secret, or is no prober', fix)]
    }
    const fix =
      'Check PROBER_URL and the network, and in the container of the prober: mtls-admin doctor --service prober.'
    return [fail(check, `not reached: ${reasonOf(error)}`, fix)]
  } finally {
    await remote.close()
  }
}

/** Each profile of ISSUERS_FILE, as config-api asks it at its start. */
const issuers: Check<ConfigApiConfiguration> = async ({ configuration }) => {
  if (configuration.issuersFile === undefined) return []
  const check = 'ISSUERS_FILE'
  try {
    const faults = await checkIssuers(configuration)
    if (faults.length === 0) return [ok(check, 'every issuer would issue')]
    const fix = 'See docs/issuers.md for what an issuer has to allow.'
    return faults.map(({ profile, error, isWarning }) => {
      const finding = `${profile}: ${error.message} (${error.code})`
      return isWarning ? warn(check, finding, fix) : fail(check, finding, fix)
    })
  } catch (error) {
    return [fail(check, reasonOf(error), 'Correct the file: docs/issuers.md has examples.')]
  }
}

/** What an operator has declared; whether it is there, plans say. */
const sources: Check<ConfigApiConfiguration> = async ({ configuration: { sourcesFile } }) => {
  if (sourcesFile === undefined) return []
  const check = 'SOURCES_FILE'
  try {
    openSources(sourcesFile).close()
    return [ok(check, 'every source is declared as it has to be')]
  } catch (error) {
    return [fail(check, reasonOf(error), 'Correct the file: docs/sources.md has examples.')]
  }
}

/** Connects and logs in as notices do. */
const mail: Check<ConfigApiConfiguration> = async ({ configuration }) => {
  if (configuration.smtpUrl === undefined) return []
  const check = 'SMTP_URL'
  const fault = await new MailChannel(configuration).check()
  if (fault === undefined) return [ok(check, 'the mail server takes the login')]
  return [fail(check, 'no mail can be sent', fault)]
}

/** Reaches each receiver of the audit, without an entry. */
const auditReceivers: Check<ConfigApiConfiguration> = async ({ configuration }) => {
  const findings = []
  for (const { variable, receiver, fix } of receiversOf(configuration)) {
    try {
      await receiver.check()
      findings.push(ok(variable, 'it can take entries of the audit'))
    } catch (error) {
      findings.push(fail(variable, reasonOf(error), fix))
    }
  }
  return findings
}

/** Whether the handshake was refused, which is what takes the secret. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(EPROTO|ECONNRESET|ERR_SSL_.*)$/.test(String(error.code))
}
