import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { type MappingTrust, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import type { TargetTrust } from '@mtls-gateway/outbound'
import { CaCertificateReader } from '@mtls-gateway/registry'
import { createCa } from '@mtls-gateway/test-kit'
import { MappingTrusts } from '../../../src/forward/certificate/mapping-trusts.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')
const accountId = parseAccountId('le123')

describe('the trusts of mappings', () => {
  it('are the same for a mapping while connections are made by them, and hold its CA certificates no longer', async () => {
    const { certificate } = await createCa()
    const read = async () => ({ value: { leaf: certificate, chain: [] }, version: 1 })
    // The needed part of a store, and a reader that caches nothing.
    const certificates = new CaCertificateReader({ store: { get: read } as never, maxBytes: 1 })
    const trusts = new MappingTrusts(certificates)
    const mapping: MappingTrust = { caRecordId: parseRecordId('record'), serverName: 'a.example' }
    let held: TargetTrust | undefined = await trusts.get(accountId, mapping)
    expect(held.caCertificates).toBe(certificate)
    expect(trusts.get(accountId, mapping)).toBe(held)
    const reference = new WeakRef(held)
    held = undefined
    // A weak reference that was read lives until the end of the turn.
    await new Promise(setImmediate)
    collectGarbage()
    expect(reference.deref()).toBeUndefined()
    expect(await trusts.get(accountId, mapping)).toMatchObject({ serverName: 'a.example' })
  })
})
