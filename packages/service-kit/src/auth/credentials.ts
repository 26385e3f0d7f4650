import type { CredentialRule } from '@mtls-gateway/contract'
import { Reflector } from '@nestjs/core'

/** What a resource asks of its callers. A resource without it is closed. */
export const Credentials = Reflector.createDecorator<CredentialRule>()

/** Marks a resource that anyone may call: health checks. */
export const OpenToAll = Reflector.createDecorator<true>()
