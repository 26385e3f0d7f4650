import { expect, it } from '@jest/globals'
import { parseAccountId, redeemedCode } from '@mtls-gateway/domain'
import { findLostChanges } from '../../src/maintenance/lost-changes.ts'
import { noticeOfEpoch } from '../../src/store-epoch.ts'
import { MemoryStore } from '../memory-store.ts'
import {
  accountId,
  newId,
  sampleAccount,
  sampleAppKey,
  sampleCertificate,
  sampleHandover,
  sampleInvitation,
} from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const [same, gone] = [parseAccountId('same'), parseAccountId('gone')]

it('what notices tell of and a restored store does not have is found', async () => {
  const store = new MemoryStore()
  const [certificate, appKey] = [sampleCertificate('c'), sampleAppKey()]
  const account = sampleAccount({ revision: 4, certificates: [certificate], appKeys: [appKey, sampleAppKey()] })
  await putAccount(store, account)
  await putAccount(store, { ...account, accountId: same })
  const notices = [
    { account: accountId, revision: 5, revoked: [appKey.id], epoch: 'before e' },
    { account: accountId, revision: 9, revoked: [certificate.current.versionId, newId()], epoch: 'e' },
    { account: same, revision: 4, revoked: [newId()], epoch: 'e' },
    { account: gone, revision: 2, revoked: [newId()], epoch: 'e' },
    noticeOfEpoch('e'),
  ]
  expect(await findLostChanges(store, notices)).toEqual({
    accounts: [
      { account: gone, revision: 0, was: 2 },
      { account: accountId, revision: 4, was: 9 },
    ],
    validAgain: [
      { account: accountId, appKeyId: appKey.id },
      { account: accountId, certificateId: certificate.id, versionId: certificate.current.versionId },
    ],
  })
})

it('an invitation that was revoked, or whose code was redeemed, is valid again', async () => {
  const store = new MemoryStore()
  const [revoked, redeemed, since] = [sampleInvitation(), sampleInvitation(), sampleInvitation()]
  const used = { ...since, redeemedAt: '2026-01-02T00:00:00.000Z', tokenSha256: since.codeSha256 }
  await putAccount(store, sampleAccount({ invitations: [revoked, redeemed, used, sampleInvitation()] }))
  const told = [revoked.id, redeemedCode(redeemed.id), redeemedCode(used.id)]
  const { validAgain } = await findLostChanges(store, [{ account: accountId, revision: 2, revoked: told, epoch: 'e' }])
  expect(validAgain).toEqual([revoked, redeemed].map(({ id }) => ({ account: accountId, invitationId: id })))
})

it('a handover that was revoked is valid again', async () => {
  const store = new MemoryStore()
  const certificate = sampleCertificate('c')
  const [revoked, other] = [sampleHandover(certificate.id), sampleHandover(certificate.id)]
  await putAccount(store, sampleAccount({ certificates: [certificate], handovers: [revoked, other] }))
  const notice = { account: accountId, revision: 2, revoked: [revoked.id], epoch: 'e' }
  const { validAgain } = await findLostChanges(store, [notice])
  expect(validAgain).toEqual([{ account: accountId, handoverId: revoked.id, certificateId: certificate.id }])
})
