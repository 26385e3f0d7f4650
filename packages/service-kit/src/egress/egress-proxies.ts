import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { readPemCertificates } from '@mtls-gateway/certificate-rules'
import { Gauge } from 'prom-client'
import { z } from 'zod'
import { account, invalid, readText } from '../auth/rules-file.ts'
import type { Log } from '../logging/log.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { type FileWatch, FollowedFiles } from '../process/followed-files.ts'

/** As `outbound` takes it. */
export interface EgressProxy {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
  /** PEM of the CAs that its certificate has to come from, where it is spoken to over TLS; undefined: in clear text. */
  readonly ca: string | undefined
  /** The value of `Proxy-Authorization`; a secret. */
  readonly authorization: string | undefined
  /** Hosts that are connected to directly: `host.example`, or `*.example` for all names right below. */
  readonly except: readonly string[]
}

/** By account, or `*` for all others; null: directly. */
type ProxiesByAccount = ReadonlyMap<string, EgressProxy | null>

const ports: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }
/** Basic has a colon between the two (RFC 7617 section 2). */
const username = z.string().regex(/^[^\p{Cc}:]{1,255}$/u, 'must be 1 to 255 printable characters without a colon')
const password = z.string().regex(/^\P{Cc}{1,255}$/u, 'must be 1 to 255 printable characters')
const hostName = /^(?:\*\.)?[a-z\d_-]+(?:\.[a-z\d_-]+)*$/
const host = z.string().refine((text) => hostName.test(text) || isIP(text) !== 0, {
  error: 'must be a host such as bank.example or *.bank.example, in lower case',
})

const proxy = z
  .strictObject({
    url: z.string().refine(isProxyUrl, 'must be like http://proxy.example:3128 (credentials go beside it)'),
    ca: z.string().refine(areCertificates, 'must be the PEM of one or more CA certificates').optional(),
    username: username.optional(),
    password: password.optional(),
    except: z.array(host).max(1_000).default([]),
  })
  .refine((entry) => (entry.username === undefined) === (entry.password === undefined), {
    error: 'needs both username and password, or neither',
  })
  .refine(({ url, ca }) => url.startsWith('https:') === (ca !== undefined), {
    error: 'needs the CA of the proxy as "ca" if its url is https:, and none if it is http:',
  })
  .transform(({ url, ca, username: user, password: secret, except }): EgressProxy => {
    const { protocol, hostname, port } = new URL(url)
    const credentials = user === undefined ? undefined : Buffer.from(`${user}:${secret}`).toString('base64')
    return {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || ports[protocol]),
      ca,
      authorization: credentials && `Basic ${credentials}`,
      except,
    }
  })

function isProxyUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || ports[url.protocol] === undefined) return false
  return url.href === `${url.protocol}//${url.host}/` && !/[?#@]/.test(text)
}

/** OpenSSL stops at the first of a list that it cannot read, and says nothing. */
function areCertificates(text: string): boolean {
  try {
    for (const der of readPemCertificates(text)) new X509Certificate(der)
    return true
  } catch {
    return false
  }
}

const variable = 'EGRESS_PROXIES_FILE'

/**
 * The proxies that EGRESS_PROXIES_FILE names, of each account.
 * @throws CodedError `CONFIGURATION_INVALID` that reports all errors at once, and nothing that the file holds
 */
export function readEgressProxies(file: string): ProxiesByAccount {
  const entries = objectIn(readText(variable, file))
  const faults = entries ? [] : ['it is not JSON like {"*": {"url": "http://..."}}']
  const proxies = new Map<string, EgressProxy | null>()
  for (const [name, value] of Object.entries(entries ?? {})) {
    if (name !== '*' && !account.safeParse(name).success) faults.push(`"${name}" is neither an account id nor *`)
    const { data = null, error } = value === 'direct' ? {} : proxy.safeParse(value)
    if (error) faults.push(...error.issues.map(({ path, message }) => `${[name, ...path].join('.')}: ${message}`))
    proxies.set(name, data)
  }
  if (faults.length > 0) throw invalid(variable, file, faults)
  return proxies
}

/** What V8 says of a text that is not JSON quotes it, and so its secrets. */
function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** The proxies through which the connections of accounts go, read again when their file changes. */
export class EgressProxies {
  readonly #file: FollowedFiles
  #onChanged: ((hasChanged: (account: string) => boolean) => void) | undefined
  #proxies: ProxiesByAccount

  /** @throws CodedError `CONFIGURATION_INVALID` */
  constructor(file: string, watch: FileWatch) {
    this.#proxies = readEgressProxies(file)
    const failed = new Gauge({
      name: 'egress_proxies_reload_failed',
      help: '1 while EGRESS_PROXIES_FILE cannot be used, and what it said before is in use; else 0',
      registers: [watch.metrics.registry],
    })
    const read = () => this.#replace(readEgressProxies(file))
    this.#file = new FollowedFiles({ ...watch, name: 'egress-proxies', files: [file], failed, read })
  }

  /** Undefined: the connections of this account go out directly. */
  readonly of = (account: string): EgressProxy | undefined => proxyOf(this.#proxies, account)

  /** @param listener told which accounts have another proxy than before */
  onChanged(listener: (hasChanged: (account: string) => boolean) => void): void {
    this.#onChanged = listener
  }

  close(): void {
    this.#file.close()
  }

  #replace(proxies: ProxiesByAccount): object | undefined {
    const before = this.#proxies
    if (isDeepStrictEqual(before, proxies)) return undefined
    this.#proxies = proxies
    this.#onChanged?.((name) => !isDeepStrictEqual(proxyOf(before, name), this.of(name)))
    return {}
  }
}

function proxyOf(proxies: ProxiesByAccount, account: string): EgressProxy | undefined {
  const own = proxies.get(account)
  return (own === undefined ? proxies.get('*') : own) ?? undefined
}

/**
 * The proxies of accounts; undefined where a service has no such file.
 * @throws CodedError `CONFIGURATION_INVALID`
 */
export function openEgressProxies(
  { egressProxiesFile: file }: { readonly egressProxiesFile: string | undefined },
  log: Log,
  metrics: ServiceMetrics,
): EgressProxies | undefined {
  return file === undefined ? undefined : new EgressProxies(file, { log, metrics })
}
