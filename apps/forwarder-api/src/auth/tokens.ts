import { type BearerVerification, token } from '@mtls-gateway/service-kit'

export const BEARER_VERIFIER = token<BearerVerification>('BearerVerification')
