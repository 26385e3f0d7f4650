import type { Scope } from '../api/session.ts'
import { CheckFields } from './check-fields.tsx'

const meanings: Readonly<Record<Scope, string>> = {
  forward: 'Makes calls through the gateway.',
  'mtls:read': 'Reads certificates, mappings and recent calls. Alone: read-only access.',
  'mtls:write': 'Adds and changes certificates and mappings.',
  'mtls:admin': 'Manages app keys, invitations and settings, and reads the audit.',
}

export interface ScopeFieldsProps {
  readonly of: readonly Scope[]
  readonly chosen: readonly Scope[]
  readonly onChange: (chosen: readonly Scope[]) => void
  /** What to choose for what. */
  readonly hint?: string
}

/** What a credential may do. */
export function ScopeFields({ of, ...fields }: ScopeFieldsProps) {
  return <CheckFields legend="Scopes" of={of.map((value) => ({ value, hint: meanings[value] }))} {...fields} />
}
