import type { InjectionToken } from '@nestjs/common'

/** Tokens of what is an interface or a plain value; classes are their own. */
/** The pool that reads and changes of accounts share. */
export const ACCOUNT_READS: InjectionToken = Symbol('account-reads')
export const BACKENDS: InjectionToken = Symbol('Backends')
export const CONFIGURATION: InjectionToken = Symbol('ConfigApiConfiguration')
export const LOG: InjectionToken = Symbol('Log')
export const METRICS: InjectionToken = Symbol('ServiceMetrics')
