import { expect } from '@jest/globals'
import type { Operation } from './crash-scenes.ts'
import type { Contents, CrashReport } from './crashed-operations.ts'

/** Whichever write config-api died at, the account stayed whole, the request could be repeated, and no orphan stays. */
export function expectSurvived({ crashes, garbageProblems }: CrashReport, operation: Operation): void {
  const ofOperation = crashes.get(operation.name) ?? []
  // At least two writes, and the point after the last one.
  expect(ofOperation.length).toBeGreaterThanOrEqual(3)
  expect(garbageProblems).toEqual([])
  for (const { at, writes, contents, repeated, contentsThen, records } of ofOperation) {
    expect(writes).toEqual({ done: at.when === 'before' ? at.write - 1 : at.write, ended: true })
    expectWhole(contents)
    expect(operation.repeated).toContain(repeated.status)
    if (repeated.status === 409) expect(JSON.stringify(repeated.body)).toMatch(/wanted|APPROVAL_CLOSED/)
    expectWhole(contentsThen)
    expect(records).toBeDefined()
    expect(records?.stored).toEqual(records?.named)
  }
}

function expectWhole({ certificates, mappings, appKeys }: Contents): void {
  expect([certificates.status, mappings.status, appKeys.status]).toEqual([200, 200, 200])
  const usable = ['Available', 'PendingSignature']
  for (const { status, staged, previous } of certificates.body) {
    expect(usable).toContain(status)
    if (staged) expect(usable).toContain(staged.status)
    if (previous) expect(usable).toContain(previous.status)
  }
  const ids = certificates.body.map(({ id }) => String(id))
  for (const { certificationId } of mappings.body) expect(ids).toContain(certificationId)
}
