import type { Caller } from '@mtls-gateway/contract'
import { type ServiceCatalogue, scopes } from '@mtls-gateway/domain'
import type { Principal } from '@mtls-gateway/request-auth'

/** Tokens may name any number: one that is beyond what ISO 8601 has four digits for is as good as none. */
const lastTimeMs = Date.parse('9999-12-31T23:59:59.999Z')

/** On the wire. */
export function viewCaller(principal: Principal, catalogue: ServiceCatalogue): Caller {
  const { subject, kind, accounts, scopes: granted, services, expiresAtMs, invitation } = principal
  return {
    subject,
    kind: invitation === undefined ? kind : 'invitation',
    accounts: accounts === '*' ? '*' : [...accounts],
    scopes: scopes.filter((scope) => granted.has(scope)),
    ...(services && { services: [...services].map((number) => catalogue.numbered(number).name).sort() }),
    expiresAt: expiresAtMs > lastTimeMs ? null : new Date(expiresAtMs).toISOString(),
  }
}
