import { parseYaml, type YamlPath, type YamlText } from '../declared/yaml-text.ts'
import {
  canonicalUrl,
  ImportedAccount,
  type ImportedMapping,
  type ImportOptions,
  mostAnswerSeconds,
} from './imported-account.ts'
import { asList, asRecord, asText, type Fields } from './loose.ts'

const understoodServices: ReadonlySet<string> = new Set([
  ...['id', 'name', 'tags', 'url', 'protocol', 'host', 'port', 'path', 'client_certificate', 'ca_certificates'],
  ...['tls_verify', 'read_timeout', 'enabled', 'routes'],
])
const understood: ReadonlySet<string> = new Set([
  ...['_format_version', '_transform', '_info', '_comment', 'services', 'certificates', 'ca_certificates', 'upstreams'],
])

const routesText = 'are left out: callers name the url of the target, so there are no routes.'

/**
 * The services of Kong that present a client certificate, as mappings.
 * @param text of a file of decK, in its format 3.0, YAML or JSON. @throws CliFailure where it can't be read
 */
export function importKong(text: string, file: string, { service }: ImportOptions): ImportedAccount {
  const yaml = parseYaml(text, file)
  const account = new ImportedAccount(file)
  new KongImporter(account, yaml, asRecord(yaml.value), service).run()
  return account
}

class KongImporter {
  readonly #account: ImportedAccount
  readonly #yaml: YamlText
  readonly #all: Fields
  readonly #service: string

  constructor(account: ImportedAccount, yaml: YamlText, all: Fields, service: string) {
    this.#account = account
    this.#yaml = yaml
    this.#all = all
    this.#service = service
  }

  run(): void {
    for (const [index, service] of asList(this.#all.services).entries()) {
      this.#importOrTell(asRecord(service), ['services', index])
    }
    for (const name of Object.keys(this.#all).filter((each) => !understood.has(each))) {
      this.#note([name], name === 'routes' ? `routes ${routesText}` : `${name} has no counterpart here.`)
    }
  }

  #importOrTell(service: Fields, at: YamlPath): void {
    const title = `service ${asText(service.name) || asText(service.id) || asText(service.host)}`
    const why = this.#import(service, at, title)
    if (why !== undefined) this.#note(at, `${title} is left out: ${why}`)
  }

  /** Why it is left out; undefined where it is not. */
  #import(service: Fields, at: YamlPath, title: string): string | undefined {
    const target = targetOf(service)
    if (target === undefined) return 'its url does not begin with https://.'
    const id = idOf(service.client_certificate)
    if (id === '') return 'it presents no client certificate.'
    const host = this.#hostOf(target.host, target.port)
    const url = urlOf(host.host, host.port, target.path)
    if (url === undefined) return `${host.host} is no host.`
    const mapping = {
      certificate: this.#certificate(id, asText(service.name)),
      ...(service.enabled === false && { enable: false as const }),
      ...this.#trust(service, title, at),
      ...(host.serverName !== undefined && { targetTrust: { serverName: host.serverName } }),
      ...this.#timeout(service, at),
    }
    // All that Kong adds to the path of the service.
    this.#account.map({ service: this.#service, url, ...mapping }, this.#yaml.lineOf(at))
    if (service.routes !== undefined) this.#note([...at, 'routes'], `routes ${routesText}`)
    for (const name of Object.keys(service).filter((each) => !understoodServices.has(each))) {
      this.#note([...at, name], `${name} of ${title} has no counterpart here.`)
    }
    return undefined
  }

  #certificate(id: string, service: string): string {
    const entries = asList(this.#all.certificates).map(asRecord)
    const index = entries.findIndex((entry) => entry.id === id)
    const [sni] = asList(entries[index]?.snis)
    const wanted = (typeof sni === 'string' ? sni : asText(asRecord(sni).name)) || `${service}-client`
    const line = index === -1 ? undefined : this.#yaml.lineOf(['certificates', index])
    return this.#account.certificate(id, wanted, (name) => {
      const where = line === undefined ? 'is not in this file' : `is in line ${line}`
      return `Upload the certificate ${id} of Kong, which ${where}: mtls upload ${name}.pem --key ${name}.key --name ${name}`
    })
  }

  /** A service may name an upstream instead of a host. */
  #hostOf(name: string, port: string | number | undefined) {
    const upstreams = asList(this.#all.upstreams).map(asRecord)
    const index = upstreams.findIndex((upstream) => upstream.name === name)
    const upstream = upstreams[index]
    if (upstream === undefined) return { host: name, port }
    const targets = asList(upstream.targets).map((target) => asText(asRecord(target).target))
    const [first = name] = targets
    for (const [at, target] of targets.entries()) {
      if (at === 0) continue
      this.#note(
        ['upstreams', index, 'targets', at],
        `target ${target} is left out: a mapping has one target, and ${first} is imported.`,
      )
    }
    const header = asText(upstream.host_header)
    const [host = first, ofTarget] = first.split(/:(?=\d+$)/)
    return { host, port: ofTarget ?? port, ...(header !== '' && header !== host && { serverName: header }) }
  }

  #trust(service: Fields, title: string, at: YamlPath): Partial<ImportedMapping> {
    if (service.tls_verify !== true) {
      this.#note([...at, 'tls_verify'], `${title} does not verify its target (tls_verify). The gateway does.`)
    }
    const ids = asList(service.ca_certificates).map(idOf)
    if (ids.length === 0) return {}
    const entries = asList(this.#all.ca_certificates).map(asRecord)
    const pem = ids.map((id) => asText(entries.find((entry) => entry.id === id)?.cert).trim())
    if (pem.some((each) => !each.startsWith('-----BEGIN CERTIFICATE-----'))) {
      this.#note([...at, 'ca_certificates'], `ca_certificates of ${title} are left out: this file does not have them.`)
      return {}
    }
    const wanted = `${asText(service.name)}-ca`
    return { trust: this.#account.trust(ids.toSorted().join(' '), wanted, () => `${pem.join('\n')}\n`) }
  }

  #timeout(service: Fields, at: YamlPath): Partial<ImportedMapping> {
    if (service.read_timeout === undefined) return {}
    const seconds = Math.ceil(Number(service.read_timeout) / 1_000)
    if (seconds >= 1 && seconds <= mostAnswerSeconds) return { answerTimeoutSeconds: seconds }
    this.#note([...at, 'read_timeout'], `read_timeout is left out: here it is 1 to ${mostAnswerSeconds} s.`)
    return {}
  }

  #note(path: YamlPath, text: string): void {
    this.#account.note(this.#yaml.lineOf(path), text)
  }
}

/** Undefined where it is not called by https. Kong takes a url, or its parts. */
function targetOf({ url, protocol, host, port, path }: Fields) {
  if (typeof url === 'string') {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed?.protocol !== 'https:') return undefined
    return { host: parsed.hostname, port: parsed.port || undefined, path: parsed.pathname }
  }
  if (protocol !== 'https') return undefined
  return { host: asText(host), port: typeof port === 'number' ? port : undefined, path: asText(path) || '/' }
}

/** All that is below the path of a service. Undefined where the host is none. */
function urlOf(host: string, port: string | number | undefined, path: string): string | undefined {
  try {
    return canonicalUrl(host, port, path.endsWith('/') ? `${path}*` : `${path}/*`)
  } catch {
    return undefined
  }
}

/** decK writes an id, and Kong itself an object that has it. */
function idOf(reference: unknown): string {
  return asText(reference) || asText(asRecord(reference).id)
}
