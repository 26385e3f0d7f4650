import { describe, expect, it } from '@jest/globals'
import { CodedError, emptyAccount, parseAccountId, parseCertificateId } from '@mtls-gateway/domain'
import type { StoreEpoch } from '@mtls-gateway/registry'
import { Propagation } from '../../src/propagation/propagation.ts'

const accountId = parseAccountId('le123')
const at = '2026-01-02T03:04:05.000Z'
const id = parseCertificateId(1) ?? fail()
const certificate = { id, name: 'c', createdAt: at, updatedAt: at, revision: 4, currentSince: 4 }
const first: StoreEpoch = { id: 'first', previous: undefined }
const second: StoreEpoch = { id: 'second', previous: 'first' }

interface Scene {
  /** What one forwarder answers. */
  readonly served: {
    readonly revision: number | undefined
    readonly epoch: string | undefined
    readonly hasAnswered?: false
  }
  readonly epoch: StoreEpoch | undefined
  /** Revisions of the account, one for each time that it is read. */
  readonly revisions?: readonly [number, ...number[]]
}

/** For a version that has been current since revision 4. */
function propagationOf({ served, epoch, revisions = [6] }: Scene) {
  const left = [...revisions]
  const read = async () => {
    const revision = left.shift() ?? revisions[0]
    return { ...emptyAccount(accountId), revision, certificates: [certificate] }
  }
  const instance = { instance: 'one', service: 'forwarder-api', startedAt: at, since: 1, hasAnswered: true, ...served }
  const presence = { ofAccount: async () => [instance] }
  return new Propagation({ read }, presence, { current: epoch?.id, look: async () => epoch }).of(accountId, id)
}

describe('a forwarder', () => {
  it.each<[string, Scene, boolean]>([
    ['on the epoch of the store with the version', { served: { revision: 4, epoch: 'second' }, epoch: second }, true],
    ['on it with an older revision', { served: { revision: 3, epoch: 'second' }, epoch: second }, false],
    ['on it without a copy', { served: { revision: undefined, epoch: 'second' }, epoch: second }, true],
    ['on an epoch before', { served: { revision: 6, epoch: 'first' }, epoch: second }, false],
    ['on an epoch before without a copy', { served: { revision: undefined, epoch: 'first' }, epoch: second }, false],
    ['that knows of no epochs, in the first one', { served: { revision: 6, epoch: undefined }, epoch: first }, true],
    ['that knows of none, after a restore', { served: { revision: 6, epoch: undefined }, epoch: second }, false],
    [
      'that has not answered',
      { served: { revision: undefined, epoch: 'second', hasAnswered: false }, epoch: second },
      false,
    ],
    ['of a store without an epoch', { served: { revision: 6, epoch: undefined }, epoch: undefined }, true],
    ['ahead of the store', { served: { revision: 9, epoch: 'second' }, epoch: second }, false],
    [
      'ahead of what was read, because the account was changed meanwhile',
      { served: { revision: 7, epoch: 'second' }, epoch: second, revisions: [6, 7] },
      true,
    ],
  ])('%s', async (_name, scene, current) => {
    expect(await propagationOf(scene)).toMatchObject({ revision: 4, complete: current, instances: [{ current }] })
  })
})

it('nothing is said of a propagation while the epoch of the store can not be read', async () => {
  const failure = new CodedError('STORE_UNAVAILABLE', 'The store is away.')
  const look = async () => {
    throw failure
  }
  const read = async () => ({ ...emptyAccount(accountId), certificates: [certificate] })
  const propagation = new Propagation({ read }, { ofAccount: async () => [] }, { current: 'first', look })
  await expect(propagation.of(accountId, id)).rejects.toBe(failure)
})

function fail(): never {
  throw new TypeError('not an id')
}
