import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem, uptime } from 'node:os'
import { gzipSync } from 'node:zlib'
import type { DoctorContext } from '../../admin-context.ts'
import type { Finding } from '../../finding.ts'
import { examine } from '../doctor/examine.ts'
import { ask } from '../doctor/http-ask.ts'
import { findingsText } from '../doctor/report.ts'
import { secretsOf, shownSettings } from './shown-settings.ts'
import { tar } from './tar.ts'

export interface BundleOptions {
  /** `-`: to stdout. */
  readonly file: string | undefined
  /** The service's own address. */
  readonly url: string | undefined
  /** Where its management port answers. */
  readonly managementUrl: string | undefined
  /** A log file, of which the end is taken. */
  readonly log: string | undefined
}

/** The end of a log, in which the cause most likely is. */
const mostLogBytes = 5 * 1_048_576
const mask = '[secret]'

/** Writes an archive that may be given to others. */
export async function makeBundle(context: DoctorContext, options: BundleOptions): Promise<void> {
  const { service, environment } = context
  const now = new Date()
  const findings = await examine(context)
  const { managementUrl = ownManagementUrl(context) } = options
  const texts: Record<string, string> = {
    'about.json': json(aboutThis(context, now)),
    'settings.json': json(shownSettings(service.settings, environment)),
    'doctor.txt': `${findingsText(findings, false)}\n`,
    'doctor.json': json({ findings } satisfies { findings: readonly Finding[] }),
    'health.json': await answerOf(`${options.url ?? ownUrl(context)}/health/ready`),
    // The running service may be of another build than this command.
    'version.json': await answerOf(`${managementUrl}/version`),
    'metrics.txt': await answerOf(`${managementUrl}/metrics`),
    ...(options.log === undefined ? {} : { 'service.log': endOf(options.log) }),
  }
  const secrets = knownSecrets(context)
  const folder = `mtls-support-${service.name}-${now.toISOString().slice(0, 19).replace(/:/g, '-')}`
  const files = Object.entries(texts).map(([name, text]) => ({
    name: `${folder}/${name}`,
    content: Buffer.from(withoutSecrets(text, secrets)),
  }))
  const file = options.file ?? `${folder}.tar.gz`
  const archive = gzipSync(tar(files, now.getTime()))
  if (file === '-') {
    context.streams.stdout.write(archive)
  } else {
    writeFileSync(file, archive, { flag: 'wx', mode: 0o600 })
    context.print(`${file}: ${Object.keys(texts).join(', ')}`)
  }
  context.note('It has names of accounts, hosts and files, but no secret. Look at it before you pass it on.')
}

function aboutThis({ service }: DoctorContext, now: Date) {
  return {
    createdAt: now.toISOString(),
    service: service.name,
    version: service.version,
    commit: service.commit,
    node: process.versions,
    system: { platform: platform(), arch: arch(), release: release(), uptimeSeconds: uptime() },
    machine: { processors: cpus().length, memoryBytes: totalmem(), memoryLimitBytes: process.constrainedMemory() },
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }
}

/** The answer, or why there is none: that tells something, too. */
async function answerOf(url: string): Promise<string> {
  try {
    const { status, body } = await ask(url, { isOwn: true })
    return status === 200 || status === 503 ? body : `${url} answered ${status}\n`
  } catch (error) {
    return `${url} does not answer: ${error instanceof Error ? error.message : String(error)}\n`
  }
}

function ownUrl({ service, environment }: DoctorContext): string {
  const { port = '', host = '' } = ownAddress(service.settings, environment, ['port', 'host'])
  const scheme = environment.TLS_CERT_FILE ? 'https' : 'http'
  return `${scheme}://${reachable(host)}:${port}`
}

function ownManagementUrl({ service, environment }: DoctorContext): string {
  const names = ['managementPort', 'managementHost']
  const { managementPort = '', managementHost = '' } = ownAddress(service.settings, environment, names)
  return `http://${reachable(managementHost)}:${managementPort}`
}

/** As they are written: the settings as a whole may not be valid. */
function ownAddress(
  settings: DoctorContext['service']['settings'],
  environment: NodeJS.ProcessEnv,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => {
      const setting = settings[name]
      return [name, (setting && environment[setting.variable]) || setting?.default || '']
    }),
  )
}

function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '') return '127.0.0.1'
  return host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host
}

function endOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, mostLogBytes))
    readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString()
  } finally {
    closeSync(file)
  }
}

/** No part of the bundle should have one; but a log file may be anything. */
function knownSecrets({ service, environment }: DoctorContext): readonly string[] {
  const ofOperators = [environment.VAULT_OPERATOR_TOKEN, environment.VAULT_TOKEN].filter((each) => each !== undefined)
  const all = [...secretsOf(service.settings, environment), ...ofOperators].filter((secret) => secret !== '')
  // A secret that is a part of another one must not break it up.
  return [...new Set(all)].sort((one, other) => other.length - one.length)
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, mask), text)
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
