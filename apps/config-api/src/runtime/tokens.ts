import type { InjectionToken } from '@nestjs/common'

/** Tokens of what is an interface or a plain value; classes are their own. */
export const BACKENDS: InjectionToken = Symbol('Backends')
export const CONFIGURATION: InjectionToken = Symbol('ConfigApiConfiguration')
export const LOG: InjectionToken = Symbol('Log')
export const METRICS: InjectionToken = Symbol('ServiceMetrics')
