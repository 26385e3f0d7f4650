import { parseYaml, type YamlPath, type YamlText } from '../declared/yaml-text.ts'
import {
  canonicalUrl,
  cipherNames,
  ImportedAccount,
  type ImportedTls,
  type ImportOptions,
  isSystemCas,
  usualTls13Ciphers,
} from './imported-account.ts'
import { asList, asRecord, asText, type Fields } from './loose.ts'

const understoodCluster: ReadonlySet<string> = new Set(['name', 'type', 'load_assignment', 'transport_socket'])
const understoodContext: ReadonlySet<string> = new Set(['@type', 'sni', 'common_tls_context'])
const understoodCommon: ReadonlySet<string> = new Set([
  ...['tls_params', 'tls_certificates', 'tls_certificate_sds_secret_configs', 'validation_context'],
  ...['validation_context_sds_secret_config', 'combined_validation_context'],
])
const understoodValidation: ReadonlySet<string> = new Set(['trusted_ca', 'verify_certificate_spki'])
const understoodParams: ReadonlySet<string> = new Set([
  ...['tls_minimum_protocol_version', 'tls_maximum_protocol_version', 'cipher_suites', 'ecdh_curves'],
])

/**
 * The static clusters of Envoy that present a client certificate, as mappings.
 * @param text of a bootstrap, YAML or JSON. @throws CliFailure where it can't be read
 */
export function importEnvoy(text: string, file: string, { service }: ImportOptions): ImportedAccount {
  const yaml = parseYaml(text, file)
  const account = new ImportedAccount(file)
  new EnvoyImporter(account, yaml, service).run(asRecord(asRecord(yaml.value).static_resources))
  for (const name of Object.keys(asRecord(yaml.value)).filter((each) => each === 'dynamic_resources')) {
    account.note(yaml.lineOf([name]), `${name} is left out: only what is in this file is imported.`)
  }
  return account
}

class EnvoyImporter {
  readonly #account: ImportedAccount
  readonly #yaml: YamlText
  readonly #service: string
  #secrets: readonly Fields[] = []

  constructor(account: ImportedAccount, yaml: YamlText, service: string) {
    this.#account = account
    this.#yaml = yaml
    this.#service = service
  }

  run(resources: Fields): void {
    this.#secrets = asList(resources.secrets).map(asRecord)
    for (const [index, cluster] of asList(resources.clusters).entries()) {
      this.#cluster(asRecord(cluster), ['static_resources', 'clusters', index])
    }
    if (resources.listeners !== undefined) {
      this.#note(
        ['static_resources', 'listeners'],
        'listeners are left out: callers name the url of the target, so there are no routes.',
      )
    }
  }

  #cluster(cluster: Fields, at: YamlPath): void {
    const title = `cluster ${asText(cluster.name)}`
    const why = this.#import(cluster, at, title)
    if (why !== undefined) this.#note(at, `${title} is left out: ${why}`)
  }

  /** Why it is left out; undefined where it is not. */
  #import(cluster: Fields, at: YamlPath, title: string): string | undefined {
    const { typed_config: config } = asRecord(cluster.transport_socket)
    const context = asRecord(config)
    if (!asText(context['@type']).endsWith('.UpstreamTlsContext')) return 'it does not call by TLS.'
    const contextAt = [...at, 'transport_socket', 'typed_config']
    const common = asRecord(context.common_tls_context)
    const commonAt = [...contextAt, 'common_tls_context']
    const certificate = this.#certificate(common, commonAt)
    if (certificate === undefined) return 'it presents no client certificate that can be named.'
    const address = this.#address(cluster, at)
    if (address === undefined) return 'it has no endpoint with a host and a port in this file.'
    const targetTrust = { ...this.#pins(common, commonAt), ...serverNameOf(context, address.host) }
    const trust = this.#trust(common, commonAt, title)
    const targetTls = this.#tls(asRecord(common.tls_params), [...commonAt, 'tls_params'])
    const settings = {
      ...(trust !== undefined && { trust }),
      ...(Object.keys(targetTrust).length > 0 && { targetTrust }),
      ...(Object.keys(targetTls).length > 0 && { targetTls }),
    }
    const url = urlOf(address)
    if (url === undefined) return `${address.host} is no host.`
    this.#account.map({ service: this.#service, url, certificate, ...settings }, this.#yaml.lineOf(at))
    this.#others(cluster, understoodCluster, at, title)
    this.#others(context, understoodContext, contextAt, title)
    this.#others(common, understoodCommon, commonAt, title)
    return undefined
  }

  /** The first endpoint. */
  #address(cluster: Fields, at: YamlPath) {
    const groupsAt = [...at, 'load_assignment', 'endpoints']
    const groups = asList(asRecord(cluster.load_assignment).endpoints).map(asRecord)
    const found = groups.flatMap((group, groupIndex) =>
      asList(group.lb_endpoints).map((endpoint, index) => {
        const { address } = asRecord(asRecord(endpoint).endpoint)
        const { address: host, port_value: port } = asRecord(asRecord(address).socket_address)
        return { host: asText(host), port: Number(port), at: [...groupsAt, groupIndex, 'lb_endpoints', index] }
      }),
    )
    const [first, ...others] = found
    for (const other of others) {
      this.#note(
        other.at,
        `endpoint ${other.host}:${other.port} is left out: a mapping has one target, and ${first?.host}:${first?.port} is imported.`,
      )
    }
    return first && first.host !== '' && Number.isInteger(first.port) ? first : undefined
  }

  #certificate(common: Fields, at: YamlPath): string | undefined {
    const [given, ...more] = asList(common.tls_certificates).map(asRecord)
    if (more.length > 0) this.#note([...at, 'tls_certificates', 1], 'Only the first of tls_certificates is imported.')
    if (given) return this.#ofFiles(given, [...at, 'tls_certificates', 0])
    const [config] = asList(common.tls_certificate_sds_secret_configs).map(asRecord)
    const name = asText(config?.name)
    if (name === '') return undefined
    const secret = this.#secrets.find((each) => each.name === name)
    const index = secret === undefined ? -1 : this.#secrets.indexOf(secret)
    const stored = asRecord(secret?.tls_certificate)
    if (Object.keys(stored).length > 0) {
      return this.#ofFiles(stored, ['static_resources', 'secrets', index, 'tls_certificate'], name)
    }
    const path = asText(asRecord(asRecord(config?.sds_config).path_config_source).path)
    return this.#account.certificate(`sds ${name}`, name, (as) => {
      const from = path === '' ? 'a server' : path
      return `Upload the certificate that Envoy takes from ${from} as the secret ${name}: mtls upload ${as}.pem --key ${as}.key --name ${as}`
    })
  }

  #ofFiles({ certificate_chain: chain, private_key: key, password }: Fields, at: YamlPath, wanted?: string): string {
    const path = asText(asRecord(chain).filename)
    if (path !== '') {
      const of = (source: unknown) => asText(asRecord(source).filename) || undefined
      return this.#account.certificateOfFile(path, of(key), of(password))
    }
    const line = this.#yaml.lineOf(at)
    return this.#account.certificate(`line ${line}`, wanted ?? 'client', (name) => {
      return `Upload the certificate of line ${line}: mtls upload ${name}.pem --key ${name}.key --name ${name}`
    })
  }

  /** What the target is verified by, wherever that is. */
  #validation(common: Fields, at: YamlPath): { readonly context: Fields; readonly at: YamlPath } {
    const combined = asRecord(common.combined_validation_context)
    const own = asRecord(common.validation_context ?? combined.default_validation_context)
    const ownAt =
      common.validation_context === undefined
        ? [...at, 'combined_validation_context', 'default_validation_context']
        : [...at, 'validation_context']
    const config = asRecord(
      common.validation_context_sds_secret_config ?? combined.validation_context_sds_secret_config,
    )
    const index = this.#secrets.findIndex((each) => each.name === config.name)
    const context = asRecord(this.#secrets[index]?.validation_context)
    if (index === -1) return { context: own, at: ownAt }
    return { context: { ...own, ...context }, at: ['static_resources', 'secrets', index, 'validation_context'] }
  }

  #trust(common: Fields, commonAt: YamlPath, title: string): string | undefined {
    const { context, at } = this.#validation(common, commonAt)
    this.#others(context, understoodValidation, at, title)
    const { filename, inline_string: inline } = asRecord(context.trusted_ca)
    const path = asText(filename)
    if (isSystemCas(path)) return undefined
    if (path !== '') return this.#account.trustOfFile(path)
    const pem = asText(inline)
    if (pem.includes('-----BEGIN CERTIFICATE-----')) {
      return this.#account.trust(pem, `${title.replace('cluster ', '')}-ca`, () => `${pem.trim()}\n`)
    }
    const isElsewhere = [common.validation_context_sds_secret_config, common.combined_validation_context].some(Boolean)
    const text = isElsewhere
      ? `${title} takes its CAs from a server: set them as a trust list (mtls trusts set).`
      : `${title} does not verify its target: it has no trusted_ca. The gateway does.`
    this.#note(at, text)
    return undefined
  }

  #pins(common: Fields, commonAt: YamlPath): { readonly spkiPins?: readonly string[] } {
    const { context } = this.#validation(common, commonAt)
    const pins = asList(context.verify_certificate_spki).map(asText)
    return pins.length === 0 ? {} : { spkiPins: pins.map((pin) => `sha256/${pin}`) }
  }

  #tls(params: Fields, at: YamlPath): ImportedTls {
    const [lowest, highest] = ['tls_minimum_protocol_version', 'tls_maximum_protocol_version'].map((name) => {
      const version = asText(params[name])
      const known = version === 'TLSv1_2' ? ('1.2' as const) : version === 'TLSv1_3' ? ('1.3' as const) : undefined
      if (known === undefined && version !== '' && version !== 'TLS_AUTO') {
        this.#note([...at, name], `${name} is left out: ${version} is too weak here.`)
      }
      return known
    })
    this.#others(params, understoodParams, at, 'tls_params')
    // As OpenSSL calls them.
    const groups = asList(params.ecdh_curves).map(asText)
    return {
      ...(lowest && { minVersion: lowest }),
      ...(highest && { maxVersion: highest }),
      ...this.#ciphers(params, at, highest === '1.2'),
      ...(groups.length > 0 && { groups }),
    }
  }

  #ciphers(params: Fields, at: YamlPath, isTls12: boolean): ImportedTls {
    const suites = asList(params.cipher_suites).map(asText)
    if (suites.length === 0) return {}
    // Those in brackets are as good as each other.
    const names = cipherNames(suites.join(':').replace(/[[\]]/g, '').replaceAll('|', ':'))
    if (names) return { ciphers: isTls12 ? names : [...names, ...usualTls13Ciphers] }
    this.#note([...at, 'cipher_suites'], 'cipher_suites is left out: it has names that are not offered here.')
    return {}
  }

  #others(fields: Fields, understood: ReadonlySet<string>, at: YamlPath, title: string): void {
    for (const name of Object.keys(fields).filter((each) => !understood.has(each))) {
      this.#note([...at, name], `${name} of ${title} has no counterpart here.`)
    }
  }

  #note(path: YamlPath, text: string): void {
    this.#account.note(this.#yaml.lineOf(path), text)
  }
}

function serverNameOf({ sni }: Fields, host: string): { readonly serverName?: string } {
  const name = asText(sni)
  return name === '' || name === host ? {} : { serverName: name }
}

/** Undefined where the host is none. */
function urlOf({ host, port }: { readonly host: string; readonly port: number }): string | undefined {
  try {
    return canonicalUrl(host.includes(':') ? `[${host}]` : host, port, '/*')
  } catch {
    return undefined
  }
}
