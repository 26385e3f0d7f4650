import type { InjectionToken } from '@nestjs/common'

export const BEARER_VERIFIER: InjectionToken = Symbol('BearerVerifier')
