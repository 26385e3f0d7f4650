import type { Scope } from '@mtls-gateway/domain'
import type { CredentialKind } from '@mtls-gateway/request-auth'
import { Reflector } from '@nestjs/core'

export interface CredentialRule {
  /** The kinds of credentials that the resource takes (contract, "Authentication by resource"). */
  readonly kinds: readonly CredentialKind[]
  readonly scope: Scope
}

/** What a resource asks of its callers. One without it is closed. */
export const Credentials = Reflector.createDecorator<CredentialRule>()

/** Marks a resource that anyone may call: health checks. */
export const OpenToAll = Reflector.createDecorator<true>()
