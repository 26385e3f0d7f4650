import type { Scope } from '@mtls-gateway/domain'
import type { CredentialKind } from '@mtls-gateway/request-auth'
import { applyDecorators } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import { ApiSecurity } from '@nestjs/swagger'

export interface CredentialRule {
  /** The kinds of credentials that the resource takes (contract, "Authentication by resource"). */
  readonly kinds: readonly CredentialKind[]
  readonly scope: Scope
}

export const credentialRule = Reflector.createDecorator<CredentialRule>()

/** What a resource asks of its callers, for the guard and for OpenAPI. A resource without it is closed. */
export function Credentials(rule: CredentialRule): ClassDecorator & MethodDecorator {
  return applyDecorators(credentialRule(rule), ...rule.kinds.map((kind) => ApiSecurity(kind)))
}

/** Marks a resource that anyone may call: health checks. */
export const OpenToAll = Reflector.createDecorator<true>()
