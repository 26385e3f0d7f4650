import type { Closable } from '@mtls-gateway/bulkhead'
import type { TokenTest, TokenTestQuery, tokenBindings } from '@mtls-gateway/contract'
import {
  type AccountId,
  CodedError,
  isRequested,
  type MappingId,
  mappingNotFound,
  stagedNotFound,
  stagedPending,
  type UploadedVersion,
} from '@mtls-gateway/domain'
import type { AccountReader, AccountSnapshot } from '@mtls-gateway/registry'
import { type AccessToken, bindingOf } from '@mtls-gateway/target-auth'
import { type CertificateChoice, isMapped } from '../forward/certificate/certificate-choice.ts'
import type { TargetCredentials } from '../forward/credentials/target-credentials.ts'
import type { Targets } from '../forward/targets/targets.ts'

export interface RequestedTokenTest {
  readonly accountId: AccountId
  readonly mappingId: MappingId
  readonly version: TokenTestQuery['version']
  /** Closes when the caller leaves. */
  readonly until: Closable
}

type GivenToken = NonNullable<TokenTest['token']>

/** Asks token endpoints as calls would, and says what they said; the token goes no further than here. */
export class TokenTests {
  readonly #accounts: Pick<AccountReader, 'get' | 'revalidate'>
  readonly #choice: Pick<CertificateChoice, 'choose'>
  readonly #targets: Pick<Targets, 'of'>
  readonly #credentials: Pick<TargetCredentials, 'test'>

  constructor(
    accounts: Pick<AccountReader, 'get' | 'revalidate'>,
    choice: Pick<CertificateChoice, 'choose'>,
    targets: Pick<Targets, 'of'>,
    credentials: Pick<TargetCredentials, 'test'>,
  ) {
    this.#accounts = accounts
    this.#choice = choice
    this.#targets = targets
    this.#credentials = credentials
  }

  /**
   * It counts as a call of the account to the token endpoint.
   * @throws CodedError `MAPPING_NOT_FOUND`, `MAPPING_WITHOUT_TOKEN`, `STAGED_NOT_FOUND`, `STAGED_PENDING`,
   *   `TOO_MANY_CALLS`, `STORE_UNAVAILABLE`, and why a call of the mapping presents no certificate
   */
  async test({ accountId, mappingId, version, until }: RequestedTokenTest): Promise<TokenTest> {
    const account = await this.#accountWith(mappingId, accountId)
    const fingerprintSha256 = version === 'staged' ? stagedFor(account, mappingId).fingerprintSha256 : undefined
    const identity = await this.#choice.choose({ accountId, mappingId, fingerprintSha256 })
    if (!isMapped(identity)) throw mappingNotFound(mappingId)
    const { auth } = identity
    if (auth?.type !== 'oauth2') throw withoutToken(mappingId)
    const permit = await this.#targets.of(accountId, auth.tokenUrl).acquire(until)
    try {
      const attempt = await this.#credentials.test(identity, auth)
      const { tokenUrl } = auth
      const asked = { tokenUrl, presentedCertificate: identity.fingerprintSha256, durationMs: attempt.durationMs }
      if ('failure' in attempt) {
        const { code, message, said } = attempt.failure
        return { ...asked, tokenEndpoint: said, token: null, explanation: message, error: { code, message } }
      }
      const token = tokenOf(attempt.token, identity.fingerprintSha256)
      const explanation = explanations[token.binding]
      return { ...asked, tokenEndpoint: { status: 200 }, token, explanation, error: null }
    } finally {
      permit.release()
    }
  }

  /** The mapping may have been made a moment ago. */
  async #accountWith(mappingId: MappingId, accountId: AccountId): Promise<AccountSnapshot> {
    const account = await this.#accounts.get(accountId)
    if (account?.findMappingById(mappingId)) return account
    const newer = await this.#accounts.revalidate(accountId, 'unknown-mapping')
    if (newer?.findMappingById(mappingId)) return newer
    throw mappingNotFound(mappingId)
  }
}

function stagedFor(account: AccountSnapshot, mappingId: MappingId): UploadedVersion {
  const mapping = account.findMappingById(mappingId)
  const { staged } = (mapping && account.findCertificate(mapping.certificateId)) ?? {}
  if (staged === undefined) throw stagedNotFound()
  if (isRequested(staged)) throw stagedPending()
  return staged
}

const explanations: Readonly<Record<(typeof tokenBindings)[number], string>> = {
  'presented-certificate': 'The endpoint gave a token that is bound to the presented certificate.',
  'other-certificate':
    'The endpoint gave a token that is bound to another certificate than the presented one, so targets may refuse it. Ask its owner whether something between the gateway and the endpoint ends TLS.',
  none: 'The endpoint gave a token that is not bound to a certificate: whoever has it can use it.',
  opaque: 'The endpoint gave a token. Only its issuer can tell whether it is bound to the presented certificate.',
}

function tokenOf({ token, expiresIn, scope }: AccessToken, presented: string): GivenToken {
  return {
    type: 'Bearer',
    lifetimeSeconds: expiresIn ?? null,
    scope: scope ?? null,
    binding: wordFor(token, presented),
  }
}

function wordFor(token: string, presented: string): GivenToken['binding'] {
  const binding = bindingOf(token)
  if (binding.kind !== 'certificate') return binding.kind
  return binding.fingerprintSha256 === presented ? 'presented-certificate' : 'other-certificate'
}

function withoutToken(mappingId: MappingId): CodedError {
  const message = `Calls of mapping ${mappingId} have no token. Give it a targetAuth of the type oauth2, or name another.`
  return new CodedError('MAPPING_WITHOUT_TOKEN', message)
}
