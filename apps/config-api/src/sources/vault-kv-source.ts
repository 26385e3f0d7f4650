import { isCodedError } from '@mtls-gateway/domain'
import { isVaultFailure, type VaultSession } from '@mtls-gateway/secret-store'
import { maxSourcedBytes, type Source, type SourcedCertificate, type SourcedPair, sourceError } from './source.ts'

export interface VaultKvOptions {
  /** Taken over: {@link VaultKvSource.close} closes it. */
  readonly session: VaultSession
  /** The mount of a KV version 2 engine. */
  readonly mount: string
  /** With `{account}` and `{certificate}`, which stand for the account and the name of the certificate. */
  readonly path: string
  readonly certificateField: string
  readonly keyField: string
}

type Fields = Readonly<Record<string, unknown>>

/** What of a certificate's name can be part of a path as it is. */
const wordOfPath = /^(?!\.+$)[\w.-]{1,128}$/

/** A secret of a KV engine (version 2) of Vault or OpenBao. */
export class VaultKvSource implements Source {
  readonly #options: VaultKvOptions

  constructor(options: VaultKvOptions) {
    this.#options = options
  }

  place({ account, name }: SourcedCertificate): string {
    return this.#options.path.replaceAll('{account}', account).replaceAll('{certificate}', () => name)
  }

  async mark(of: SourcedCertificate, signal: AbortSignal): Promise<string> {
    const { current_version, versions } = await this.#ask('metadata', of, signal)
    const { deletion_time, destroyed } = fieldsOf(fieldsOf(versions)[String(current_version)])
    return JSON.stringify([current_version, deletion_time, destroyed])
  }

  async read(of: SourcedCertificate, signal: AbortSignal): Promise<SourcedPair> {
    const { certificateField, keyField } = this.#options
    const secret = fieldsOf((await this.#ask('data', of, signal)).data)
    const [certificate, privateKey] = [secret[certificateField], secret[keyField]].map(textOf)
    if (certificate === undefined && privateKey === undefined) throw sourceError('SOURCE_MISSING')
    if (certificate === undefined || privateKey === undefined) throw sourceError('SOURCE_HALF_WRITTEN')
    return { certificate, privateKey }
  }

  close(): void {
    this.#options.session.close()
  }

  async #ask(what: 'metadata' | 'data', of: SourcedCertificate, signal: AbortSignal): Promise<Fields> {
    const { session, mount, path } = this.#options
    if (path.includes('{certificate}') && !wordOfPath.test(of.name)) {
      throw sourceError('SOURCE_MISSING', new Error('the name of the certificate cannot be part of a path'))
    }
    try {
      const url = `${mount}/${what}/${this.place(of)}`
      return await session.ask(
        ['not-done', 'unknown'],
        async (_vault, token, axios) => {
          const { data } = await axios({ method: 'get', url, headers: { 'X-Vault-Token': token } })
          return fieldsOf(fieldsOf(data).data)
        },
        signal,
      )
    } catch (error) {
      if (isCodedError(error)) throw error
      const isMissing = isVaultFailure(error, 'missing', 'deleted')
      throw sourceError(isMissing ? 'SOURCE_MISSING' : 'SOURCE_UNREADABLE', error)
    }
  }
}

/** @throws CodedError `SOURCE_UNREADABLE` */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  if (value.length > maxSourcedBytes) throw sourceError('SOURCE_UNREADABLE', new Error('a field is too long'))
  return value
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
