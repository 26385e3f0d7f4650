import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import type { CheckedEntry } from '@mtls-gateway/contract'
import { CodedError, parseAccountId, ServiceCatalogue } from '@mtls-gateway/domain'
import type { Principal } from '@mtls-gateway/request-auth'
import { CheckMapping } from '../../src/check-mapping/check-mapping.ts'
import { checkMappingAnswer } from '../../src/check-mapping/check-mapping-answer.ts'
import type { CertificateChoice } from '../../src/forward/certificate/certificate-choice.ts'

const accountId = parseAccountId('le123')
const principal: Principal = {
  kind: 'bearer',
  subject: 'tests',
  accounts: new Set([accountId]),
  scopes: new Set(['mtls:read']),
  expiresAtMs: Number.POSITIVE_INFINITY,
}
const entries = Array.from(
  { length: 200 },
  (_, id): CheckedEntry => ({ serviceName: 'IDP', accountId, url: `https://t.example/${'a/'.repeat(500)}${id}` }),
)

/** How many turns of the event loop others had during a work, and what came of it. */
async function watched<T>(work: () => Promise<T>) {
  let turns = 0
  let isDone = false
  const counting = (async () => {
    while (!isDone) {
      await setImmediate()
      turns += 1
    }
  })()
  const [result] = await Promise.allSettled([work()])
  isDone = true
  await counting
  return { turns, result }
}

/** Every look-up takes longer than a slice, on any machine. */
function checkMapping(outcome: CertificateChoice['choose']): CheckMapping {
  const choose: CertificateChoice['choose'] = (call) => {
    for (const end = performance.now() + 1; performance.now() < end; );
    return outcome(call)
  }
  return new CheckMapping({ choose }, { stateOf: () => ({ state: 'none' }) }, new ServiceCatalogue(), 'none')
}

describe('a check of many mappings', () => {
  it('lets calls have their turns between any two look-ups', async () => {
    const check = checkMapping(() => ({ accountId, unmapped: 'plain' }))
    const { turns, result } = await watched(() => check.check(principal, entries))
    expect(result).toEqual({ status: 'fulfilled', value: entries.map(() => ({ doExist: false })) })
    expect(turns).toBeGreaterThanOrEqual(entries.length)
  })

  it('fails as a whole where one look-up does, whenever that is', async () => {
    const down = new CodedError('STORE_UNAVAILABLE', 'down')
    const check = checkMapping((call) =>
      call.mappingId === undefined && call.url.endsWith('/3') ? Promise.reject(down) : { accountId, unmapped: 'plain' },
    )
    expect((await watched(() => check.check(principal, entries))).result).toEqual({ status: 'rejected', reason: down })
  })

  it('says no of a mapping whose secret was set for another host, and answers for the others', async () => {
    const missing = new CodedError('TARGET_SECRET_MISSING', 'set for another host')
    const check = checkMapping((call) =>
      call.mappingId === undefined && call.url.endsWith('/3')
        ? Promise.reject(missing)
        : { accountId, unmapped: 'plain' },
    )
    expect(await check.check(principal, entries.slice(0, 5))).toEqual(Array(5).fill({ doExist: false }))
  })

  it.each(['1', '2'] as const)('is answered with one list or object, in version %s', async (v) => {
    const exist = entries.map((_, index) => ({ doExist: index % 2 === 0 }))
    const answer = JSON.parse(String(await checkMappingAnswer({ v }, [...entries, ...entries], [...exist, ...exist])))
    expect(Object.keys(answer)).toHaveLength(v === '1' ? entries.length : 2 * entries.length)
    expect(Object.values(answer).filter((each) => each === true || Object(each).doExist === true)).toHaveLength(
      v === '1' ? entries.length / 2 : entries.length,
    )
  })
})
