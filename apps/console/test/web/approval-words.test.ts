import { describe, expect, it } from '@jest/globals'
import { approvalTitle } from '../../src/web/format/approval-title.ts'
import { isUndecided } from '../../src/web/format/approval-words.ts'

describe('a request for approval', () => {
  it('is named by its operation and what it is about, without ids', () => {
    const of = (subjects: string[], subjectCount = subjects.length) =>
      approvalTitle({ operation: 'mappings.update', subjects, subjectCount })
    expect(of(['2628739924 bank-token'])).toBe('mappings.update: bank-token')
    expect(of(['1 a', '2 b c'], 7)).toBe('mappings.update: a, b c and 5 more')
    expect(of(['settings'])).toBe('mappings.update: settings')
  })

  it('can be refused as long as nobody has decided, also once it is outdated', () => {
    const states = ['open', 'outdated', 'approved', 'refused', 'expired', 'overridden'] as const
    expect(states.filter((state) => isUndecided({ state }))).toEqual(['open', 'outdated'])
  })
})
