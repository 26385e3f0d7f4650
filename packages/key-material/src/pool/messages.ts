import type { KeyMaterialInput } from '../input.ts'
import type { Examination } from '../report.ts'

/** To a child: one file at a time. */
export interface Job {
  readonly input: KeyMaterialInput
  /** Key derivation iterations that may be spent. */
  readonly allowance: number
}

/** From a child: `ready` once; for each job `taken` before anything is done with it, then one answer. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'examined'; readonly examination: Examination }
  | { readonly kind: 'needs-expensive-child' }
