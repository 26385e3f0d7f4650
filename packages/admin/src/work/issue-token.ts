import { type AccountId, CodedError, type Scope } from '@mtls-gateway/domain'
import { EmbeddedIssuer } from '@mtls-gateway/request-auth'
import { hasOwnTokenIssuer, issuerKey } from '@mtls-gateway/service-kit'
import type { AdminContext } from '../admin-context.ts'

export interface TokenWish {
  readonly subject: string
  readonly accounts: readonly AccountId[] | '*'
  readonly scopes: readonly Scope[]
  readonly expiresInSeconds: number
}

/** @throws CodedError `CONFIGURATION_INVALID` */
export async function issueToken({ service, environment }: AdminContext, wish: TokenWish): Promise<string> {
  const configuration = service.readConfiguration(environment)
  if (!hasOwnTokenIssuer(configuration)) {
    throw new CodedError('CONFIGURATION_INVALID', 'Tokens come from the configured issuer; the embedded one is off.')
  }
  return new EmbeddedIssuer({ key: issuerKey(configuration.dataDir), clock: Date.now }).issue(wish)
}
