import type { Scope } from '@mtls-gateway/domain/words'
import type { CredentialRule } from '../operation.ts'

export function bearer(scope: Scope): CredentialRule {
  return { kinds: ['bearer'], scope }
}

export function either(scope: CredentialRule['scope']): CredentialRule {
  return { kinds: ['oauth1', 'bearer'], scope }
}
