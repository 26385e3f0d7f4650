import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { LocalIssuer } from '@mtls-gateway/issuance'
import { issuerContract } from '@mtls-gateway/issuance/testing'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AccountWriter, readRecord } from '@mtls-gateway/registry'
import { openEmbeddedStore, recordFolder } from '@mtls-gateway/secret-store'
import { StoredAccountCas } from '../../src/issuers/stored-account-cas.ts'
import { LocalProber } from '../../src/prober/local-prober.ts'
import { openProbePlaces } from '../../src/prober/probe-limits.ts'

const directory = mkdtempSync(join(tmpdir(), 'account-cas-'))
const store = openEmbeddedStore({ directory })
const changeFeed = { append: async () => {}, follow: async () => ({ stop: async () => {} }) }
const writer = new AccountWriter({ store, changeFeed })
const bulkheads = new Bulkheads()
const ranks = new Ranks()
const keyMaterial = new KeyMaterialPool({ bulkheads, ranks })
const prober = new LocalProber({
  keys: { kind: 'embedded', store, keyMaterial },
  guard: { allowCidrs: [], ports: 'any' },
  extraCa: [],
  places: openProbePlaces(bulkheads),
  ranks,
})
const newCas = () => new StoredAccountCas({ records: writer.records, store, keyMaterial, prober })

afterAll(async () => {
  await prober.close()
  await keyMaterial.close()
  await writer.close()
  await store.close()
  rmSync(directory, { recursive: true })
})

issuerContract('local, on the embedded store,', async () => {
  const profile = { lifetimeSeconds: 120 }
  return { issuer: new LocalIssuer({ cas: newCas(), profile }), profile }
})

describe('the CA of an account', () => {
  it('is the same for every instance, whichever makes it first', async () => {
    const account = parseAccountId('together')
    const made = await Promise.all([newCas(), newCas()].map((cas) => cas.certificate(account)))
    expect(new Set([...made, await newCas().certificate(account)]).size).toBe(1)
    expect(await newCas().certificate(parseAccountId('other'))).not.toBe(made[0])
  })

  it('is made by an order, and by nothing that only asks for it', async () => {
    const account = parseAccountId('asked')
    const issuer = new LocalIssuer({ cas: newCas(), profile: {} })
    await expect(issuer.ca(account, AbortSignal.timeout(60_000))).rejects.toMatchObject({ code: 'ISSUER_CA_NOT_MADE' })
    expect(await store.list(recordFolder('issuer-keys', account))).toEqual([])
    const made = await newCas().certificate(account)
    expect(await issuer.ca(account, AbortSignal.timeout(60_000))).toBe(made)
  })

  it('has its key in a record of its own kind alone', async () => {
    const account = parseAccountId('alone')
    const certificate = await newCas().certificate(account)
    const record = await readRecord(store, 'issuer-cas', account, parseRecordId('local'))
    expect(record).toEqual({ certificate, keyId: expect.any(String) })
    expect(await store.list(recordFolder('issuer-keys', account))).toEqual([record?.keyId])
    expect(await store.list(recordFolder('keys', account))).toEqual([])
  })

  it('does not sign without its key, and says that it is lost', async () => {
    const order = { keyId: parseRecordId('gone'), ca: 'a CA', csr: 'a request', lifetimeSeconds: 60 }
    const signed = prober.sign(parseAccountId('alone'), order)
    await expect(signed).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  })
})
