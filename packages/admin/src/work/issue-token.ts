import { type AccountId, CodedError, type Scope } from '@mtls-gateway/domain'
import { EmbeddedIssuer } from '@mtls-gateway/request-auth'
import { issuerKey } from '@mtls-gateway/service-kit'
import type { AdminContext } from '../admin-context.ts'

export interface TokenWish {
  readonly subject: string
  readonly accounts: readonly AccountId[] | '*'
  readonly scopes: readonly Scope[]
  readonly expiresInSeconds: number
}

/** @throws CodedError `CONFIGURATION_INVALID` */
export async function issueToken({ service, environment }: AdminContext, wish: TokenWish): Promise<string> {
  const { dataDir, tokenJwksUrl, introspectionUrl } = service.readConfiguration(environment)
  if (tokenJwksUrl !== undefined || introspectionUrl !== undefined) {
    throw new CodedError('CONFIGURATION_INVALID', 'Tokens come from the configured issuer; the embedded one is off.')
  }
  return new EmbeddedIssuer({ key: issuerKey(dataDir), clock: Date.now }).issue(wish)
}
