import { createHash } from 'node:crypto'
import { CodedError, type DigestAlgorithm } from '@mtls-gateway/domain'

/** A request as it goes to the target, but for what is signed. */
export interface RequestToSign {
  readonly method: string
  /** The whole url, with the default port left out. */
  readonly url: string
  /** As in the Host field: the port is there unless it is the default one. */
  readonly authority: string
  /** Path and query, byte for byte as they are sent. */
  readonly pathAndQuery: string
  /** `[name, value, ...]`, the values without spaces at their ends. Host and Content-Length come from elsewhere. */
  readonly headers: readonly string[]
  /** What Content-Length will say; undefined: nothing, or it comes in chunks. */
  readonly contentLength: number | undefined
  /** The whole body; null: none. Undefined: it was not held, as no digest of it is signed. */
  readonly body: Uint8Array | null | undefined
  /** In milliseconds since 1970. */
  readonly now: number
}

/** A caller's own say nothing of what goes out: they are left out of a signed request. In lower case. */
export const signatureFields: ReadonlySet<string> = new Set([
  'content-digest',
  'digest',
  'signature',
  'signature-input',
  'tpp-signature-certificate',
  'x-jws-signature',
])

const nothing = new Uint8Array()
const printable = /^[\t\x20-\x7e]*$/

/** What of a request is signed, beside what each scheme derives from it. */
export class FieldsToSign {
  readonly #request: RequestToSign
  /** What the gateway adds, in the place of others by the same names; `[name, value, ...]`. */
  readonly added: string[] = []

  constructor(request: RequestToSign) {
    this.#request = request
  }

  add(name: string, value: string): void {
    this.added.push(name, value)
  }

  /** The body, which is empty where there is none. @throws TypeError: there is one, and it was not held */
  get body(): Uint8Array {
    const { body } = this.#request
    if (body === undefined) throw new TypeError('a body that is signed is held')
    return body ?? nothing
  }

  /** base64 */
  digest(algorithm: DigestAlgorithm): string {
    return createHash(algorithm.replace('-', '')).update(this.body).digest('base64')
  }

  /**
   * The value of a field as it is sent, all of them where it is there more than once; undefined: it is not sent.
   * @param name in lower case
   * @throws CodedError `SIGNATURE_HEADER_MISSING`: it has characters that cannot be signed
   */
  value(name: string): string | undefined {
    const { authority, contentLength, headers } = this.#request
    if (name === 'host') return authority
    if (name === 'content-length') return contentLength === undefined ? undefined : String(contentLength)
    // What is added takes the place of others by the same name.
    const own = valuesOf(name, this.added)
    const values = own.length > 0 ? own : valuesOf(name, headers)
    if (values.length === 0) return undefined
    const value = values.join(', ')
    if (printable.test(value)) return value
    throw new CodedError(
      'SIGNATURE_HEADER_MISSING',
      `The header field "${name}" is to be signed, and has characters beyond ASCII. Send it without them.`,
      { details: { field: name } },
    )
  }

  /**
   * Adds a date where it is to be signed and missing.
   * @throws CodedError `SIGNATURE_HEADER_MISSING`
   */
  required(name: string): string {
    const value = this.value(name)
    if (value !== undefined) return value
    if (name === 'date') {
      this.add('Date', new Date(this.#request.now).toUTCString())
      return this.required(name)
    }
    throw new CodedError(
      'SIGNATURE_HEADER_MISSING',
      `The header field "${name}" is to be signed, and this call does not have it. Send it, or take it out of the messageSignature of the mapping.`,
      { details: { field: name } },
    )
  }
}

function valuesOf(name: string, fields: readonly string[]): readonly string[] {
  return fields.filter((_, index) => index % 2 === 1 && fields[index - 1]?.toLowerCase() === name)
}
