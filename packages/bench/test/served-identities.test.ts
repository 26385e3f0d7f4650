import { describe, expect, it } from '@jest/globals'
import { ServedIdentities } from '../src/scenarios/served-identities.ts'

const graceSeconds = 1

function line(secondsFromNow: number, identity: number, subject: string): string {
  return `${(Date.now() / 1_000 + secondsFromNow).toFixed(3)} /${identity}/small ${subject} 200`
}

describe('the certificates that a target has seen', () => {
  it("are right where they are the caller's own, at any version that counts", () => {
    const served = new ServedIdentities(2)
    expect(served.nextName(1)).toBe('client-1.1')
    served.replaced(1)
    served.note(line(0.5, 1, 'CN=client-1'), graceSeconds)
    served.note(line(5, 1, 'CN=client-1.1'), graceSeconds)
    served.note(line(5, 0, 'CN=client-0'), graceSeconds)

    expect(served).toMatchObject({ calls: 3, wrong: 0, stale: 0, rotations: 1 })
  })

  it("are wrong where they are another one's, or none", () => {
    const served = new ServedIdentities(20)
    served.note(line(0, 1, 'CN=client-11'), graceSeconds)
    served.note(line(0, 11, 'CN=client-1.1'), graceSeconds)
    served.note(line(0, 1, '-'), graceSeconds)

    expect(served).toMatchObject({ calls: 3, wrong: 3 })
  })

  it('are stale where they were replaced before, whatever came after', () => {
    const served = new ServedIdentities(2)
    served.replaced(1)
    served.note(line(1.5, 1, 'CN=client-1'), graceSeconds)
    expect(served.nextName(1)).toBe('client-1.2')
    served.replaced(1)
    served.note(line(1.5, 1, 'CN=client-1.1'), graceSeconds)

    expect(served).toMatchObject({ wrong: 0, stale: 2, rotations: 2 })
  })
})
