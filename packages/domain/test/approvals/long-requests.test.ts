import { describe, expect, it } from '@jest/globals'
import {
  applyDocument,
  approveRequest,
  askForApproval,
  contentOf,
  createCertificates,
  createMappings,
  type DeclaredMapping,
  isOutdated,
  parseMappingUrl,
  ServiceCatalogue,
} from '../../src/index.ts'
import { context, mappingId, newCertificate, newMapping } from '../account-fixtures.ts'
import { after } from '../applying.ts'
import { askedAt, by, person, requestId, ruled, unasked } from './asking.ts'

const count = 200
const numbers = Array.from({ length: count }, (_, at) => at + 10)
const account = unasked(
  after(
    createCertificates(context('c'), [newCertificate(1, 'c1')]),
    createMappings(
      context('m'),
      numbers.map((at) => newMapping(at, `m${at}`, 1, `https://t.example/${at}`)),
    ),
  ),
  ruled(),
)
/** Every mapping gets another host. */
const moving = applyDocument(
  by('alice'),
  {
    certificates: new Map(),
    trusts: new Map(),
    mappings: new Map(
      numbers.map((at): [string, DeclaredMapping] => [
        `m${at}`,
        { newId: mappingId(at + count), url: parseMappingUrl(`https://next.example/${at}`) },
      ]),
    ),
  },
  { source: 'team', prune: false, mayAdminister: true, services: new ServiceCatalogue() },
)

/** What work comes to that pauses at least once for each mapping. */
function paused<Result>(steps: Generator<undefined, Result>): Result {
  let pauses = 0
  for (;;) {
    const { done, value } = steps.next()
    if (done) {
      expect(pauses).toBeGreaterThanOrEqual(count)
      return value
    }
    pauses += 1
  }
}

describe('a request for the approval of many mappings', () => {
  it('pauses while it is made, read, looked at and approved', () => {
    const applied = paused(moving(account))
    const asked = paused(askForApproval(account, applied, requestId))
    if (asked?.text === undefined) throw new Error('this needs nobody')
    const content = paused(contentOf(asked.request, asked.text))
    expect(content).toEqual(asked.content)
    expect(paused(isOutdated(asked.account, asked.request, content, askedAt))).toBe(false)
    const approving = approveRequest(by('bob', 'approve'), requestId, { decider: person('bob'), content })
    const { account: next } = paused(approving(asked.account))
    expect(next.mappings.map(({ url }) => url)).toEqual(numbers.map((at) => `https://next.example/${at}`))
  })
})
