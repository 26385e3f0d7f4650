import {
  canonicalUrl,
  cipherNames,
  ImportedAccount,
  type ImportedMapping,
  type ImportedTls,
  type ImportOptions,
  isSystemCas,
  mostAnswerSeconds,
  usualTls13Ciphers,
} from './imported-account.ts'
import { type Directive, readNginx } from './nginx-config.ts'

/** Directives by name, with those that are inherited from the blocks around. */
type Context = ReadonlyMap<string, readonly Directive[]>

/** What has a counterpart, or is part of one. */
const understood: ReadonlySet<string> = new Set([
  ...['proxy_pass', 'proxy_ssl_certificate', 'proxy_ssl_certificate_key', 'proxy_ssl_password_file'],
  ...['proxy_ssl_trusted_certificate', 'proxy_ssl_name', 'proxy_ssl_server_name', 'proxy_ssl_verify'],
  ...['proxy_ssl_protocols', 'proxy_ssl_ciphers', 'proxy_ssl_conf_command', 'proxy_read_timeout'],
  // Where callers come in: here they name the url of the target.
  ...['listen', 'server_name'],
])

/** Why some have none, and what there is instead. */
const reasons: Readonly<Record<string, string>> = {
  include: 'is not followed. Import what nginx -T prints: it has all files.',
  proxy_set_header:
    'is left out: calls have the header fields of their callers. One that the target wants is a targetAuth.',
  if: 'is left out, with what is in it: a mapping has no conditions.',
}

/**
 * The locations of nginx that call targets with a client certificate, as mappings.
 * @param text of a configuration file, or what `nginx -T` prints. @throws CliFailure where it can't be read
 */
export function importNginx(text: string, file: string, { service }: ImportOptions): ImportedAccount {
  const directives = readNginx(text, file)
  const account = new ImportedAccount(file)
  const importer = new NginxImporter(account, service, upstreamsIn(directives))
  importer.block(directives, new Map())
  return account
}

function upstreamsIn(directives: readonly Directive[]): ReadonlyMap<string, Directive> {
  const found = directives.flatMap(({ name, args, block, ...rest }): [string, Directive][] =>
    name === 'upstream' && block
      ? [[args[0] ?? '', { name, args, block, ...rest }]]
      : [...upstreamsIn(block ?? []).entries()],
  )
  return new Map(found)
}

class NginxImporter {
  readonly #account: ImportedAccount
  readonly #service: string
  readonly #upstreams: ReadonlyMap<string, Directive>
  readonly #told = new Set<string>()

  constructor(account: ImportedAccount, service: string, upstreams: ReadonlyMap<string, Directive>) {
    this.#account = account
    this.#service = service
    this.#upstreams = upstreams
  }

  /** What is outside of servers. */
  block(directives: readonly Directive[], outer: Context): void {
    const context = inside(directives, outer)
    for (const directive of directives) {
      const { name, block } = directive
      if (name === 'http' && block) this.block(block, context)
      else if (name === 'server' && block) this.#server(directive, block, context)
      else if (name === 'stream') this.#note(directive, 'is left out: only calls by HTTP go through mappings.')
      else if (name === 'include' || name.startsWith('proxy_')) this.#tellUnknown(directive)
    }
  }

  #server(server: Directive, block: readonly Directive[], outer: Context): void {
    if (callsByTls(block)) this.#within(block, inside(block, outer))
    else this.#note(server, 'is left out: it has no proxy_pass to https://.')
  }

  #within(block: readonly Directive[], context: Context): void {
    for (const directive of block) {
      if (directive.name === 'location' && directive.block) this.#location(directive, directive.block, context)
      else this.#tellUnknown(directive)
    }
  }

  #location(location: Directive, block: readonly Directive[], outer: Context): void {
    if (!callsByTls(block)) {
      this.#note(location, 'is left out: it has no proxy_pass to https://.')
      return
    }
    const context = inside(block, outer)
    const pass = block.find(({ name }) => name === 'proxy_pass')
    const why = pass && this.#pass(pass, location, context)
    if (pass && why !== undefined) this.#note(pass, `is left out: ${why}`)
    this.#within(block, context)
  }

  /** Why it is left out; undefined where it is not. */
  #pass(pass: Directive, { args: match }: Directive, context: Context): string | undefined {
    const [, authority = '', uri = ''] = /^https:\/\/([^/?\s]+)([/?].*|)$/s.exec(pass.args[0] ?? '') ?? []
    if (authority === '') return 'it does not begin with https://.'
    if (/\$/.test(authority + uri)) return 'its url has a variable. Map each url that it can be, or a pattern.'
    const certificate = this.#certificate(context)
    if (certificate === undefined) return 'it presents no client certificate that is in a file.'
    const host = this.#hostOf(authority)
    if (host === undefined) return 'its upstream has no server with a host.'
    if (!URL.canParse(`https://${host}`)) return `${host} is no host.`
    const mapping = {
      ...{ service: this.#service, certificate },
      ...this.#trust(pass, host, authority, context),
      ...this.#tls(context),
      ...this.#timeout(context),
    }
    for (const path of this.#paths(pass, match, uri)) {
      this.#account.map({ ...mapping, url: canonicalUrl(host, undefined, path) }, pass.line, pass.file)
    }
    return undefined
  }

  /** As nginx makes the target's path of that of a call. */
  #paths(pass: Directive, match: readonly string[], uri: string): readonly string[] {
    // Between the modifier and the path there may be no space.
    const [, modifier = '', pattern = ''] = /^(=|\^~|~\*?|@)? ?(.*)$/.exec(match.join(' ')) ?? []
    const isExact = modifier === '='
    if (/^[~@]/.test(modifier)) {
      this.#note(pass, 'is imported for the whole host: the location has no path that a mapping could name.')
      return ['/*']
    }
    const [path = ''] = (uri === '' ? pattern : uri).split('?')
    if (uri.includes('?')) this.#note(pass, 'is imported without its query.')
    if (path.includes('*')) {
      this.#note(pass, 'is imported for the whole host: a * in its path would be a pattern here.')
      return ['/*']
    }
    if (isExact) return [path]
    if (path.endsWith('/')) return [`${path}*`]
    // `/a` is for `/a` and what is below it, and here these are two mappings.
    return [path, `${path}/*`]
  }

  #certificate(context: Context): string | undefined {
    const names = ['proxy_ssl_certificate', 'proxy_ssl_certificate_key', 'proxy_ssl_password_file']
    const [file, key, password] = names.map((name) => only(context, name)?.args[0])
    // It may be chosen by a variable, or be in an engine.
    if (!file || [file, key ?? ''].some((each) => /\$|^(?:data|engine|store):/.test(each))) return undefined
    return this.#account.certificateOfFile(file, key, password)
  }

  /** The host of the url, with its port. */
  #hostOf(authority: string): string | undefined {
    const upstream = this.#upstreams.get(authority)
    if (!upstream) return authority
    const servers = (upstream.block ?? []).filter(({ name }) => name === 'server')
    const used = servers.find(({ args }) => !args.includes('backup') && !args.includes('down'))
    const address = used?.args[0] ?? ''
    for (const other of servers.filter((each) => each !== used)) {
      this.#note(other, `is left out: a mapping has one target, and ${address} is imported.`)
    }
    for (const other of (upstream.block ?? []).filter(({ name }) => name !== 'server')) this.#tellUnknown(other)
    if (address === '' || address.startsWith('unix:')) return undefined
    // Even for https, as nginx has it.
    return /:\d+$/.test(address) ? address : `${address}:80`
  }

  #trust(pass: Directive, host: string, authority: string, context: Context): Partial<ImportedMapping> {
    const verify = only(context, 'proxy_ssl_verify')
    const name = only(context, 'proxy_ssl_name')
    const file = only(context, 'proxy_ssl_trusted_certificate')?.args[0]
    if (!verify) this.#note(pass, 'does not verify its target, as proxy_ssl_verify is not set. The gateway does.')
    else if (verify.args[0] !== 'on') this.#note(verify, 'is left out: the gateway always verifies its targets.')
    const isName = name !== undefined && !/^\$(?:proxy_host|host)$/.test(name.args[0] ?? '')
    if (isName && name.args[0]?.includes('$')) this.#note(name, 'is left out: it has a variable.')
    // Unless set, it is what proxy_pass names: an upstream's name, where that has one.
    const expected = isName ? (name.args[0] ?? '') : withoutPort(authority)
    const isOther = expected !== withoutPort(host) && !expected.includes('$') && (isName || verify?.args[0] === 'on')
    return {
      ...(file !== undefined && !isSystemCas(file) && { trust: this.#account.trustOfFile(file) }),
      ...(isOther && { targetTrust: { serverName: expected } }),
    }
  }

  #tls(context: Context): Partial<ImportedMapping> {
    const protocols = only(context, 'proxy_ssl_protocols')
    const versions = (protocols?.args ?? []).filter((name) => ['TLSv1.2', 'TLSv1.3'].includes(name))
    for (const name of (protocols?.args ?? []).filter((each) => !versions.includes(each))) {
      if (protocols) this.#note(protocols, `is imported without ${name}, which is too weak here.`)
    }
    const [only12, only13] = ['TLSv1.2', 'TLSv1.3'].map((name) => versions.length === 1 && versions[0] === name)
    const targetTls: ImportedTls = {
      ...(only13 && { minVersion: '1.3' }),
      ...(only12 && { maxVersion: '1.2' }),
      ...this.#ciphers(context, only12 === true),
      ...this.#openssl(context),
    }
    return Object.keys(targetTls).length === 0 ? {} : { targetTls }
  }

  #ciphers(context: Context, isTls12: boolean): ImportedTls {
    const ciphers = only(context, 'proxy_ssl_ciphers')
    if (!ciphers || ciphers.args[0] === 'DEFAULT') return {}
    const names = cipherNames(ciphers.args[0] ?? '')
    if (names) return { ciphers: isTls12 ? names : [...names, ...usualTls13Ciphers] }
    this.#note(ciphers, 'is left out: name each cipher in targetTls, as openssl ciphers lists them.')
    return {}
  }

  #openssl(context: Context): ImportedTls {
    let found: ImportedTls = {}
    for (const command of context.get('proxy_ssl_conf_command') ?? []) {
      const [name = '', value = ''] = command.args
      if (name === 'Options' && /^Unsafe(?:LegacyServerConnect|LegacyRenegotiation)$/.test(value)) {
        found = { ...found, legacyRenegotiation: true }
      } else if (name === 'Groups' || name === 'Curves') found = { ...found, groups: value.split(':') }
      else this.#note(command, 'has no counterpart here.')
    }
    return found
  }

  #timeout(context: Context): Partial<ImportedMapping> {
    const timeout = only(context, 'proxy_read_timeout')
    const seconds = timeout && secondsOf(timeout.args[0] ?? '')
    if (!timeout || seconds === undefined) return {}
    if (seconds > mostAnswerSeconds)
      this.#note(timeout, `is imported as ${mostAnswerSeconds} s, the longest there is here.`)
    return { answerTimeoutSeconds: Math.min(Math.max(Math.ceil(seconds), 1), mostAnswerSeconds) }
  }

  #tellUnknown(directive: Directive): void {
    if (understood.has(directive.name)) return
    this.#note(directive, reasons[directive.name] ?? 'has no counterpart here.')
  }

  /** Once, as what is inherited is met in many locations. */
  #note({ name, args, file, line }: Directive, text: string): void {
    const key = `${file}:${line} ${name} ${args.join(' ')} ${text}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    // Header fields may have secrets.
    const words = name === 'proxy_set_header' ? [name, args[0] ?? ''] : [name, ...args]
    this.#account.note(line, `${words.join(' ').slice(0, 120)} ${text}`, file)
  }
}

function inside(directives: readonly Directive[], outer: Context): Context {
  const own = new Map<string, Directive[]>()
  for (const directive of directives) {
    const named = own.get(directive.name)
    if (named) named.push(directive)
    else own.set(directive.name, [directive])
  }
  return new Map([...outer, ...own])
}

function only(context: Context, name: string): Directive | undefined {
  return context.get(name)?.at(-1)
}

function callsByTls(block: readonly Directive[]): boolean {
  return block.some(({ name, args, block: inner }) => {
    if (inner) return name !== 'if' && callsByTls(inner)
    return name === 'proxy_pass' && args[0]?.startsWith('https://') === true
  })
}

function withoutPort(authority: string): string {
  return authority.replace(/:\d+$/, '').toLowerCase()
}

const secondsPer: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, '': 1 }

/** A time of nginx, such as `90`, `90s` or `1m 30s`. */
function secondsOf(time: string): number | undefined {
  const parts = [...time.matchAll(/(\d{1,9})(ms|[smhd]|)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== time.replaceAll(' ', '')) return undefined
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (secondsPer[unit] ?? 1), 0)
}
