import { expect } from '@jest/globals'
import type { Tenant } from './tenant.ts'

/** Nothing was stored: neither certificate nor mapping nor app key. */
export async function expectEmpty(tenant: Tenant): Promise<void> {
  for (const list of ['certificates', 'mappings', 'app-keys']) {
    expect(await tenant.api.json('GET', tenant.path(list))).toMatchObject({ status: 200, body: [] })
  }
}
