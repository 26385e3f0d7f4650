import { shellWord } from '@mtls-gateway/contract/words'
import { FileReference } from '../declared/yaml-text.ts'

/** Where systems have the CAs that everybody trusts, which is what a mapping without a trust list does. */
const systemCas: ReadonlySet<string> = new Set([
  ...['/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/cert.pem', '/etc/pki/tls/certs/ca-bundle.crt'],
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
])

export function isSystemCas(path: string): boolean {
  return systemCas.has(path)
}

/** What has no counterpart here, and where it is. */
export interface Note {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** A sentence. */
  readonly text: string
}

export interface ImportedMapping {
  readonly service: string
  readonly url: string
  readonly certificate: string
  readonly enable?: false
  readonly trust?: string
  readonly targetTrust?: { readonly spkiPins?: readonly string[]; readonly serverName?: string }
  readonly targetTls?: ImportedTls
  readonly answerTimeoutSeconds?: number
}

export interface ImportedTls {
  readonly minVersion?: '1.2' | '1.3'
  readonly maxVersion?: '1.2' | '1.3'
  readonly legacyRenegotiation?: true
  readonly ciphers?: readonly string[]
  readonly groups?: readonly string[]
}

/** Who calls is in no proxy's configuration. */
export interface ImportOptions {
  readonly service: string
}

/** Collects what an importer finds. */
export class ImportedAccount {
  readonly notes: Note[] = []
  /** What a user has to do before the document can be applied, a sentence each. */
  readonly steps: string[] = []
  readonly #names = { certificates: new Map<string, string>(), trusts: new Map<string, string>() }
  readonly #trusts = new Map<string, string | FileReference>()
  readonly #mappings = new Map<string, ImportedMapping>()
  readonly #urls = new Map<string, string>()
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  get size(): number {
    return this.#mappings.size
  }

  get document(): Readonly<Record<string, unknown>> {
    return {
      certificates: Object.fromEntries([...this.#names.certificates.values()].map((name) => [name, {}])),
      ...(this.#trusts.size > 0 && {
        trusts: Object.fromEntries([...this.#trusts].map(([name, caCertificates]) => [name, { caCertificates }])),
      }),
      mappings: Object.fromEntries(this.#mappings),
    }
  }

  note(line: number, text: string, file = this.#file): void {
    this.notes.push({ file, line, text })
  }

  /**
   * The name of a certificate, which a document can only refer to.
   * @param id what tells it from others, such as the path of its file
   * @param stepOf says how it comes into the account
   */
  certificate(id: string, wanted: string, stepOf: (name: string) => string): string {
    return this.#named('certificates', id, wanted, (name) => void this.steps.push(stepOf(name)))
  }

  /** The name of a trust list. @param caCertificatesOf what it has, by its name */
  trust(id: string, wanted: string, caCertificatesOf: (name: string) => string | FileReference): string {
    return this.#named('trusts', id, wanted, (name) => void this.#trusts.set(name, caCertificatesOf(name)))
  }

  /** The name of a trust list whose PEM is in a file elsewhere. */
  trustOfFile(path: string): string {
    return this.trust(path, stemOf(path), (name) => {
      this.steps.push(`Copy ${path} beside the document, as ${name}.pem.`)
      return new FileReference(`${name}.pem`)
    })
  }

  /** The name of a certificate whose files are elsewhere. */
  certificateOfFile(path: string, key: string | undefined, passwordFile?: string): string {
    return this.certificate(`${path} ${key ?? ''}`, stemOf(path), (name) => {
      const words = ['mtls', 'upload', path, ...(key === undefined || key === path ? [] : ['--key', key])]
      if (passwordFile !== undefined) words.push('--password-file', passwordFile)
      return `Upload the certificate: ${[...words, '--name', name].map(shellWord).join(' ')}`
    })
  }

  /** One mapping per url: another one for the same is noted. */
  map(mapping: ImportedMapping, line: number, file = this.#file): void {
    const present = this.#urls.get(mapping.url)
    if (present !== undefined) {
      const isSame = JSON.stringify(this.#mappings.get(present)) === JSON.stringify(mapping)
      if (!isSame) this.note(line, `${mapping.url} is imported already, with other settings: this is left out.`, file)
      return
    }
    const name = freeName(nameOf(mapping.url.replace(/^https:\/\//, '')), (each) => this.#mappings.has(each))
    this.#urls.set(mapping.url, name)
    this.#mappings.set(name, mapping)
  }

  #named(kind: 'certificates' | 'trusts', id: string, wanted: string, onNew: (name: string) => void): string {
    const names = this.#names[kind]
    const known = names.get(id)
    if (known !== undefined) return known
    const taken = new Set(names.values())
    const name = freeName(nameOf(wanted), (each) => taken.has(each))
    names.set(id, name)
    onNew(name)
    return name
  }
}

/** How long a target may take at most, in seconds. */
export const mostAnswerSeconds = 600

const mostOfName = 60

/** As trust lists are named, and so that a shell needs no quotes. */
function nameOf(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, mostOfName)
  return name.replace(/^-|-$/g, '') || 'imported'
}

/** What a file is called, without what follows the last dot. */
function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '')
}

function freeName(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name
  let count = 2
  while (isTaken(`${name}-${count}`)) count += 1
  return `${name}-${count}`
}

/** What is offered in TLS 1.3, where a proxy's list of ciphers is only about TLS 1.2. */
export const usualTls13Ciphers = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']

/** Undefined for a list that names more than suites of OpenSSL, such as `HIGH:!aNULL`. */
export function cipherNames(list: string): readonly string[] | undefined {
  const names = list.split(':')
  return names.every((name) => /^(?:TLS_[A-Z0-9_]+|(?:ECDHE|DHE)-[A-Z0-9-]+)$/.test(name)) ? names : undefined
}

/** @throws TypeError for what is no host */
export function canonicalUrl(host: string, port: string | number | undefined, path: string): string {
  const url = new URL(`https://${host}${port === undefined ? '' : `:${port}`}`)
  return `${url.origin}${new URL(path, url).pathname}`
}
