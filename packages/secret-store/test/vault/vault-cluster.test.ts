import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { startVaultCluster, type VaultCluster } from '@mtls-gateway/test-kit'
import { recordPath, type SecretStore } from '../../src/index.ts'
import { describeOwnVault } from './vault-access.ts'
import { setUpRoles, type VaultRoles } from './vault-roles.ts'

const rounds = 100

describeOwnVault('a cluster of three servers, of which two answer reads by themselves', () => {
  let cluster: VaultCluster
  let roles: VaultRoles

  beforeAll(async () => {
    cluster = await startVaultCluster()
    roles = await setUpRoles({ ...cluster, stop: cluster.stop })
  })
  afterAll(() => cluster?.stop())

  it('gives what was just written to whoever reads it, over whichever node', async () => {
    const writer = await roles.open('config-api')
    // One connection each, so that one of the three is that of the active node.
    const readers: readonly SecretStore[] = await Promise.all([1, 2, 3].map(() => roles.open('forwarder')))
    const paths = Array.from({ length: rounds }, () =>
      recordPath('chains', parseAccountId('acme'), parseRecordId(randomUUID())),
    )
    let missing = 0
    for (const path of paths) {
      await writer.put(path, { n: 1 }, 0)
      const read = await Promise.all(readers.map((reader) => reader.get(path)))
      missing += read.filter((stored) => stored === undefined).length
    }
    expect(missing).toBe(0)
    await Promise.all([writer, ...readers].map((store) => store.close()))
  })
})
