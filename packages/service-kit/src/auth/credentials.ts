import type { CredentialRule } from '@mtls-gateway/contract'
import { Reflector } from '@nestjs/core'

/** What a resource requires of its callers. A resource without it refuses everybody. */
export const Credentials = Reflector.createDecorator<CredentialRule>()

/** Marks a resource that anyone may call: health checks. */
export const OpenToAll = Reflector.createDecorator<true>()
