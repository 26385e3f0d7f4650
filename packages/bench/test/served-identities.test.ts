import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { ServedIdentities } from '../src/scenarios/served-identities.ts'

const graceSeconds = 1
const mappings = ['small', 'other']

function line(secondsFromNow: number, path: string, subject: string): string {
  return `${(Date.now() / 1_000 + secondsFromNow).toFixed(3)} ${path} ${subject} 200`
}

const made = async () => {}

describe('the certificates that a target has seen', () => {
  it("are right where they are the caller's own, at any version that counts", async () => {
    const served = new ServedIdentities(2, mappings)
    expect(served.next(1)).toEqual({ version: 1, name: 'client-1.1' })
    await served.present(1, mappings, 1, made)
    served.note(line(0.5, '/1/small', 'CN=client-1'), graceSeconds)
    served.note(line(5, '/1/other', 'CN=client-1.1'), graceSeconds)
    served.note(line(5, '/0/small', 'CN=client-0'), graceSeconds)

    expect(served).toMatchObject({ calls: 3, wrong: 0, stale: 0, changes: 1 })
  })

  it("are wrong where they are another one's, or none", () => {
    const served = new ServedIdentities(20, mappings)
    served.note(line(0, '/1/small', 'CN=client-11'), graceSeconds)
    served.note(line(0, '/11/small', 'CN=client-1.1'), graceSeconds)
    served.note(line(0, '/1/small', '-'), graceSeconds)

    expect(served).toMatchObject({ calls: 3, wrong: 3 })
  })

  it('are stale where they were replaced before, whatever came after', async () => {
    const served = new ServedIdentities(2, mappings)
    await served.present(1, mappings, served.next(1).version, made)
    served.note(line(1.5, '/1/small', 'CN=client-1'), graceSeconds)
    await served.present(1, mappings, served.next(1).version, made)
    served.note(line(1.5, '/1/small', 'CN=client-1.1'), graceSeconds)

    expect(served).toMatchObject({ wrong: 0, stale: 2, changes: 2 })
  })

  it('are those of the mapping: wrong where only the other one presents them, right again after a rollback', async () => {
    const served = new ServedIdentities(2, mappings)
    const { version } = served.next(1)
    served.note(line(0, '/1/small', 'CN=client-1.1'), graceSeconds)
    expect(served.wrong).toBe(1)
    await served.present(1, ['small'], version, async () => {
      // A forwarder may be faster than the answer.
      served.note(line(0.001, '/1/small', 'CN=client-1.1'), graceSeconds)
      served.note(line(0.001, '/1/small', 'CN=client-1'), graceSeconds)
    })
    served.note(line(0.001, '/1/other', 'CN=client-1.1'), graceSeconds)
    expect(served).toMatchObject({ wrong: 2, stale: 0 })
    served.note(line(2, '/1/other', 'CN=client-1'), graceSeconds)
    await served.present(1, ['small'], 0, made)
    served.note(line(2, '/1/small', 'CN=client-1'), graceSeconds)
    expect(served).toMatchObject({ wrong: 2, stale: 0 })
    served.note(line(2, '/1/small', 'CN=client-1.1'), graceSeconds)
    expect(served).toMatchObject({ calls: 7, wrong: 2, stale: 1 })
  })

  it('are held against all of the time that a call took, where its caller tells', async () => {
    const served = new ServedIdentities(2, mappings)
    const now = Date.now() / 1_000
    await served.present(1, mappings, served.next(1).version, made)
    const call = { path: '/1/small', began: now - 5, ended: now + 5 }
    expect(served.noteCall({ ...call, subject: 'CN=client-1' }, graceSeconds)).toBe(true)
    expect(served.noteCall({ ...call, subject: 'CN=client-1.1' }, graceSeconds)).toBe(true)
    expect(served.noteCall({ ...call, subject: 'CN=client-0' }, graceSeconds)).toBe(false)
    expect(served.noteCall({ ...call, ended: now - 4, subject: 'CN=client-1.1' }, graceSeconds)).toBe(false)
    expect(served.noteCall({ ...call, began: now + 4, subject: 'CN=client-1' }, graceSeconds)).toBe(true)
    expect(served).toMatchObject({ calls: 5, wrong: 2, stale: 1 })
  })

  it('are forgotten some time after they were replaced, and wrong from then on', async () => {
    const served = new ServedIdentities(2, mappings, 0)
    for (let changes = 0; changes < 3; changes++) {
      await served.present(1, mappings, served.next(1).version, made)
      await setTimeout(5)
    }
    served.note(line(1, '/1/small', 'CN=client-1'), graceSeconds)
    served.note(line(1, '/1/small', 'CN=client-1.3'), graceSeconds)
    expect(served).toMatchObject({ wrong: 1, stale: 0 })
  })
})
