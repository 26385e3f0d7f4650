import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isCodedError } from '@mtls-gateway/domain'
import {
  type CallerCertificateConfiguration,
  CallerCertificates,
  type CommonConfiguration,
  notAfterOf,
  type ProxyConfiguration,
  readTlsPair,
  TrustedProxies,
} from '@mtls-gateway/service-kit'
import { type Check, type DoctorFacts, type Finding, fail, ok, reasonOf, warn } from '../../finding.ts'

/**
 * Files of DATA_DIR: whoever reads a key and the store has every private key, whoever reads the last can make tokens.
 */
const secretFiles = ['master.key', 'master.key.next', 'master.key.old', 'secrets.db', 'issuer.key'] as const
const dayMs = 86_400_000
const soonMs = 30 * dayMs

type Files = DoctorFacts<Pick<CommonConfiguration, 'dataDir' | 'secretStore'>>
type TlsFiles = Pick<CommonConfiguration, 'tlsCertFile' | 'tlsKeyFile' | 'behindTlsProxy'>

/** Kubernetes mounts secrets and volumes for a group: that is told, and is no fault. */
export function fileModes({
  configuration: { dataDir, secretStore, tlsKeyFile },
}: Files & DoctorFacts<Pick<CommonConfiguration, 'tlsKeyFile'>>): readonly Finding[] {
  if (process.platform === 'win32') return []
  const own = secretStore === 'embedded' ? secretFiles.map((name) => join(dataDir, name)) : []
  const paths = [...own, ...(tlsKeyFile === undefined ? [] : [tlsKeyFile])]
  const modes = paths.flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false })
    return stats === undefined ? [] : [{ path, mode: stats.mode & 0o777 }]
  })
  const exposed = modes.filter(({ mode }) => (mode & 0o077) !== 0)
  if (exposed.length === 0)
    return modes.length === 0 ? [] : [ok('modes of secret files', `${modes.length} files are private`)]
  return exposed.map(({ path, mode }) => {
    const found = `${path} has mode ${mode.toString(8).padStart(4, '0')}`
    const fix = `Others than its owner can use it: chmod 600 ${path}`
    return (mode & 0o007) === 0 ? warn('modes of secret files', found, fix) : fail('modes of secret files', found, fix)
  })
}

/** @param directoriesOf those that the service makes at its start if they are not there, by their variables */
export function writableDirectories<Configuration>(
  directoriesOf: (configuration: Configuration) => Readonly<Record<string, string>>,
): Check<Configuration> {
  return ({ configuration }) =>
    Object.entries(directoriesOf(configuration)).map(([variable, path]) => {
      const reason = faultOfDirectory(resolve(path))
      if (reason === undefined) return ok(variable, path)
      return fail(variable, `${path}: ${reason}`, 'Name a folder that this user may write.')
    })
}

/** What one lies in decides where it is not there yet. */
function faultOfDirectory(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return dirname(path) === path ? undefined : faultOfDirectory(dirname(path))
    if (!stats.isDirectory()) return `${path} is no folder`
    accessSync(path, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}

/** Whoever may write to it replaces the store and its keys, whatever the modes of the files say. */
export function dataDirectory({ configuration: { dataDir, secretStore } }: Files): readonly Finding[] {
  const stats = secretStore === 'embedded' ? statSync(dataDir, { throwIfNoEntry: false }) : undefined
  if (process.platform === 'win32' || stats === undefined) return []
  const [check, mode] = ['mode of DATA_DIR', stats.mode & 0o777]
  const shown = `${dataDir} has mode ${mode.toString(8).padStart(4, '0')}`
  if ((mode & 0o022) === 0) return [ok(check, shown)]
  const fix = `Others than its owner can replace files in it: chmod 700 ${dataDir}`
  return (mode & 0o002) === 0 ? [warn(check, shown, fix)] : [fail(check, shown, fix)]
}

export function masterKey({
  configuration,
}: Files & DoctorFacts<Pick<CommonConfiguration, 'masterKey'>>): readonly Finding[] {
  if (configuration.secretStore !== 'embedded' || configuration.masterKey !== undefined) return []
  const [check, isThere] = ['master key', (name: string) => existsSync(join(configuration.dataDir, name))]
  if (isThere('master.key.next')) {
    return [warn(check, 'a rotation was cut short', 'Run it again: mtls-admin rotate-master-key.')]
  }
  if (!isThere('master.key.old')) return []
  const fix = 'Keep it with the backups that need it, and delete it here: rm master.key.old.'
  return [warn(check, 'the key from before the rotation is still there', fix)]
}

/** Reads them as the service does. */
export function tlsCertificate({
  configuration: { tlsCertFile, tlsKeyFile, behindTlsProxy },
}: DoctorFacts<TlsFiles>): readonly Finding[] {
  const check = 'TLS_CERT_FILE'
  if (tlsCertFile === undefined || tlsKeyFile === undefined) {
    return behindTlsProxy ? [ok(check, 'a proxy ends TLS (BEHIND_TLS_PROXY)')] : []
  }
  const fix = 'Replace the files of TLS_CERT_FILE and TLS_KEY_FILE: they are read again without a restart.'
  try {
    const { cert } = readTlsPair({ certFile: tlsCertFile, keyFile: tlsKeyFile })
    return [expiry(check, notAfterOf(cert), fix)]
  } catch (error) {
    if (!isCodedError(error)) throw error
    return [fail(check, error.message, fix)]
  }
}

/** Reads what certificates of callers may, and the CAs that vouch for them, as the service does. */
export function callerCertificates({
  configuration,
}: DoctorFacts<ProxyConfiguration & CallerCertificateConfiguration>): readonly Finding[] {
  if (configuration.callerCertificateRulesFile === undefined) return []
  const check = 'CALLER_CERTIFICATE_RULES_FILE'
  try {
    const { rules, cas } = new CallerCertificates(configuration, new TrustedProxies(configuration))
    const fix = 'Put the next CA beside it, and replace the certificates of callers before it expires.'
    const found = ok(check, `${rules.length} rules`)
    return cas === undefined ? [found] : [found, expiry('CALLER_CA_FILE', cas.notAfterMs, fix)]
  } catch (error) {
    if (!isCodedError(error)) throw error
    return [fail(check, error.message, 'docs/callers.md says what both files are like.')]
  }
}

/** Whether what is valid until then is so for long enough. */
function expiry(check: string, notAfterMs: number, fix: string): Finding {
  const leftMs = notAfterMs - Date.now()
  const found = `valid until ${new Date(notAfterMs).toISOString()}`
  if (leftMs < 0) return fail(check, found, fix)
  return leftMs < soonMs ? warn(check, found, fix) : ok(check, found)
}
