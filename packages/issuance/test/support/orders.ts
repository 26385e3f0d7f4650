import { Bulkheads } from '@mtls-gateway/bulkhead'
import { parseAccountId, type RequestKeyType } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool, type SubjectAltName } from '@mtls-gateway/key-material'
import type { IssuanceOrder } from '../../src/index.ts'

export const account = parseAccountId('le123')

export function openKeyMaterial(): KeyMaterialPool {
  return new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
}

let orders = 0

/** An order whose key nobody keeps. */
export async function newOrder(
  keyMaterial: KeyMaterialPool,
  { keyType = 'EC-P256' as RequestKeyType, subjectAltNames = [] as readonly SubjectAltName[] } = {},
): Promise<IssuanceOrder> {
  const { csr } = await keyMaterial.makeRequest(account, {
    keyType,
    subject: { O: 'Acme', CN: 'client' },
    subjectAltNames,
  })
  return { id: `order-${++orders}`, account, csr }
}
