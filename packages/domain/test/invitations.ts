import { digestOf, type NewInvitation, parseRecordId, type Scope } from '../src/index.ts'

export const inviter: ReadonlySet<Scope> = new Set(['mtls:read', 'mtls:write', 'mtls:admin', 'forward'])
export const code = (id: string) => digestOf(`code of ${id}`)
export const token = (id: string) => digestOf(`token of ${id}`)

/** Good for a week from `context().at`. */
export function newInvitation(id: string, parts: Partial<NewInvitation> = {}): NewInvitation {
  return {
    id: parseRecordId(id),
    label: `${id} of bank`,
    scopes: ['mtls:read', 'mtls:admin'],
    expiresAt: '2026-01-09T03:04:05.000Z',
    codeSha256: code(id),
    ...parts,
  }
}
