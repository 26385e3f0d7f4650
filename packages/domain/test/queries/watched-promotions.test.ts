import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  type Command,
  createCertificates,
  createMappings,
  noteRefusal,
  promoteMappings,
  promoteStaged,
  promotionProgress,
  refusesPromoted,
  rollBack,
  rollBackMappings,
  setPlan,
  stageVersion,
  versionBefore,
  watchedPromotions,
} from '../../src/index.ts'
import {
  certificateId,
  context,
  mappingId,
  newCertificate,
  newMapping,
  uploaded,
  version,
} from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'

function on(account: Account, command: Command<unknown>): Account {
  return command(account).account
}

const id = certificateId(1)
const dayMs = 86_400_000
const since = Date.parse(context().at)
const choices = { profile: 'p', renewAt: 0.66, test: 'auto', promote: 'auto', rollBack: 'auto' } as const
const planned = after(
  createCertificates(context(), [newCertificate(1, 'c1')]),
  createMappings(context('map'), [newMapping(10, 'bank', 1), newMapping(11, 'idp', 1)]),
  setPlan(context('plan'), id, choices),
  stageVersion(context('stage'), id, uploaded('next')),
)
const promotion = { version: version('next'), force: false }
const some = on(planned, promoteMappings(context('some'), id, [mappingId(10)], promotion))
const all = on(planned, promoteStaged(context('all'), id, promotion))
const watched = (account: Account, now = since + 1_000) =>
  watchedPromotions(account, now).map(({ mappingId: mapping, version: presented }) => `${mapping} ${presented}`)

describe('the promotions that are watched', () => {
  it('are those of the last day, of a plan that takes back by itself', () => {
    expect(watched(planned)).toEqual([])
    expect(watched(some)).toEqual(['10 next'])
    expect(watched(all)).toEqual(['10 next', '11 next'])
    expect(watched(all, since + dayMs + 1)).toEqual([])
    const prepared = { version: version('third').versionId, state: 'registered', since: context().at } as const
    expect(watched({ ...all, mappings: all.mappings.map((each) => ({ ...each, prepared })) })).toEqual(watched(all))
    expect(watched(on(all, setPlan(context('never'), id, { ...choices, rollBack: 'never' })))).toEqual([])
  })

  it('go back to the version that was there before', () => {
    const before = ({ certificates: [certificate] }: Account) =>
      certificate && versionBefore(certificate, { version: version('next').versionId })?.versionId
    expect([before(some), before(all)]).toEqual(['v1', 'v1'])
  })

  it('are watched no longer once they were taken back, or both versions are refused', () => {
    const code = 'SOCKET_CLOSED'
    const refusal = { version: version('next').versionId, code }
    const back = on(some, rollBackMappings(context('back'), id, [mappingId(10)], undefined, refusal))
    expect(watched(back)).toEqual([])
    expect(back.mappings[0]?.promotion).toMatchObject({ state: 'rolledBack', code })
    const wholeBack = on(all, rollBackMappings(context('back'), id, [mappingId(10)], version('v1'), refusal))
    expect(watched(wholeBack)).toEqual(['11 next'])

    const left = on(all, noteRefusal(context('left'), id, mappingId(10), refusal))
    expect(watched(left)).toEqual(['11 next'])
    const [certificate] = left.certificates
    const told = certificate && promotionProgress(left, certificate)
    expect(told).toMatchObject({ left: 0, mappings: [{ state: 'presents', code }, { state: 'presents' }] })
    // Somebody has rolled the certificate back while the version before was tried.
    const byHand = on(all, rollBack(context('hand'), id, version('v1')))
    const late = rollBackMappings(context('late'), id, [mappingId(10)], version('next'), refusal)
    expect(errorOf(() => on(byHand, late)).code).toBe('VERSION_CHANGED')
    expect(watched(byHand)).toEqual([])
    expect(errorOf(() => on(wholeBack, noteRefusal(context('late'), id, mappingId(10), refusal))).code).toBe(
      'VERSION_CHANGED',
    )
  })
})

describe('a target refuses what was promoted', () => {
  const calls = { succeededAt: since - 60_000, failingSince: since + 1_000, failuresInARow: 3 }

  it.each([
    ['took the one before and takes no call since', {}, true],
    ['has refused two calls so far', { failuresInARow: 2 }, false],
    ['was failing before', { failingSince: since - 60_000 }, false],
    ['has never taken a call', { succeededAt: undefined }, false],
    ['took none for more than a day', { succeededAt: since - dayMs - 1 }, false],
    ['has taken a call since', { succeededAt: since + 60_000, failingSince: since + 61_000 }, false],
    ['fails since nobody knows when', { failingSince: undefined }, false],
  ])('only if it %s', (_, differs, refuses) => {
    expect(refusesPromoted({ ...calls, ...differs }, { since })).toBe(refuses)
  })
})
