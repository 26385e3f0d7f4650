import type { BearerVerifier } from '@mtls-gateway/request-auth'
import { token } from '@mtls-gateway/service-kit'

export const BEARER_VERIFIER = token<BearerVerifier>('BearerVerifier')
