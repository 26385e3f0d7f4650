import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { AccountWriter } from '@mtls-gateway/registry'
import { openEmbeddedStore, type SecretStore } from '@mtls-gateway/secret-store'
import { createCa } from '@mtls-gateway/test-kit'
import { RevocationCheck } from '../../src/revocation/revocation-check.ts'
import { accountWith, plannedCertificate } from '../plans/planned-accounts.ts'

const certificates = 50
let directory: string
let store: SecretStore
let writer: AccountWriter

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'revocation-'))
  store = openEmbeddedStore({ directory })
  writer = new AccountWriter({ store, changeFeed: { append: async () => {}, follow: never } })
})

afterEach(async () => {
  await writer.close()
  await store.close()
  rmSync(directory, { recursive: true })
})

it('looks at the certificates of a large account a few in each tick of the event loop, whose store answers at once', async () => {
  const account = accountWith(
    'large',
    Array.from({ length: certificates }, (_, index) => plannedCertificate(index + 1)),
  )
  const { certificate: leaf, chain } = await (await createCa()).issue({ commonName: 'client' })
  for (const { current } of account.certificates) {
    if (current) await writer.records.put('chains', account.accountId, current.versionId, { leaf, chain })
  }
  const outcomes: string[] = []
  const count = (outcome: string) => void outcomes.push(outcome)
  // Nothing in these certificates says whom to ask.
  const check = new RevocationCheck({
    ...{ writer, store, count },
    keyMaterial: { readRevocation: never },
    authorities: { ask: never } as unknown as ConstructorParameters<typeof RevocationCheck>[0]['authorities'],
  })
  const seen = new Set<number>()
  let isOver = false
  const run = check.run(account, AbortSignal.timeout(60_000)).finally(() => {
    isOver = true
  })
  while (!isOver) {
    await new Promise(setImmediate)
    seen.add(outcomes.length)
  }
  await run
  expect(outcomes).toEqual(Array.from({ length: certificates }, () => 'unasked'))
  expect(seen.size).toBeGreaterThan(5)
})

function never(): never {
  throw new TypeError('nobody is asked')
}
