import {
  type BearerVerifier,
  claimsRule,
  localTokenKeys,
  type Principal,
  RemoteTokenKeys,
  TokenIssuers,
} from '@mtls-gateway/request-auth'
import { Gauge } from 'prom-client'
import type { TokenConfiguration } from '../configuration/common-settings.ts'
import { type FileWatch, FollowedFiles } from '../process/followed-files.ts'
import { type IssuerEntry, readTokenIssuers } from './token-issuers-file.ts'

/** The issuers of `TOKEN_ISSUERS_FILE`, and that of `TOKEN_ISSUER`: a change of the file needs no restart. */
export class ConfiguredTokenIssuers implements BearerVerifier {
  readonly #configuration: TokenConfiguration
  #entries: readonly IssuerEntry[] = []
  /** By where they are published: they outlive a change of the file. */
  #remote = new Map<string, RemoteTokenKeys>()
  #verifier: TokenIssuers
  readonly #file: FollowedFiles | undefined

  /**
   * @param watch without it, the file is read once
   * @throws CodedError `CONFIGURATION_INVALID`
   */
  constructor(configuration: TokenConfiguration, watch?: FileWatch) {
    this.#configuration = configuration
    this.#verifier = this.#read()
    if (watch === undefined) return
    this.#file = this.#follow(watch)
    this.#show(watch)
  }

  get entries(): readonly IssuerEntry[] {
    return this.#entries
  }

  /** Why the file cannot be used as it is now; what it said before is in use. */
  get fault(): string | undefined {
    return this.#file?.fault
  }

  /** How fetching the keys of an issuer went; undefined for keys that the file has. */
  keysOf({ keys }: IssuerEntry): Pick<RemoteTokenKeys, 'fault' | 'ageMs'> | undefined {
    return this.#remote.get(JSON.stringify(keys))
  }

  /** Whether a token says that it is of one of these issuers. */
  claimsOneOf(token: string): boolean {
    return this.#verifier.claimsOneOf(token)
  }

  verify(token: string): Promise<Principal> {
    return this.#verifier.verify(token)
  }

  close(): void {
    this.#file?.close()
  }

  #follow(watch: FileWatch): FollowedFiles {
    const failed = new Gauge({
      name: 'token_issuers_reload_failed',
      help: '1 while TOKEN_ISSUERS_FILE cannot be used, and what it said before is in use; else 0',
      registers: [watch.metrics.registry],
    })
    const read = () => {
      this.#verifier = this.#read()
      return { issuers: this.#entries.length }
    }
    const files = [this.#configuration.tokenIssuersFile]
    return new FollowedFiles({ ...watch, name: 'token-issuers', files, failed, read })
  }

  #read(): TokenIssuers {
    const { tokenIssuersFile: file, services } = this.#configuration
    const single = issuerOfSettings(this.#configuration)
    const others = single.map(({ name }) => name)
    const entries = [...single, ...(file === undefined ? [] : readTokenIssuers(file, services, others))]
    const remote = new Map<string, RemoteTokenKeys>()
    const keysOf = ({ keys }: IssuerEntry) => {
      if ('keys' in keys) return localTokenKeys(keys)
      const place = JSON.stringify(keys)
      const own = remote.get(place) ?? this.#remote.get(place) ?? new RemoteTokenKeys(keys)
      remote.set(place, own)
      return own.find
    }
    const verifier = new TokenIssuers(entries.map((each) => ({ ...each, keys: keysOf(each), clock: Date.now })))
    this.#entries = entries
    this.#remote = remote
    return verifier
  }

  #show({ metrics }: FileWatch): void {
    const entries = () => this.#entries
    const keysOf = (entry: IssuerEntry) => this.keysOf(entry)
    new Gauge({
      name: 'token_issuer_keys_failed',
      help: '1 if the keys of a token issuer could not be fetched the last time; tokens are verified by those from before, for 10 minutes',
      labelNames: ['issuer'],
      registers: [metrics.registry],
      collect() {
        this.reset()
        for (const each of entries()) this.set({ issuer: each.name }, keysOf(each)?.fault === undefined ? 0 : 1)
      },
    })
  }
}

function issuerOfSettings(configuration: TokenConfiguration): readonly IssuerEntry[] {
  const { tokenIssuer: issuer, tokenAudience: audience, tokenJwksUrl: jwksUrl, tokenType: type } = configuration
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) return []
  const { tokenAccountsClaim: accounts, tokenScopeClaim: scope } = configuration
  return [{ name: issuer, issuer, audience, type, keys: { jwksUrl }, rules: [claimsRule({ accounts, scope })] }]
}
