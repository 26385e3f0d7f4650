import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { openEmbeddedCoordination } from '../../src/embedded/open.ts'
import type { NonceClaim } from '../../src/port.ts'
import { dataDirectories } from '../data-directory.ts'
import { ChildInstance } from './child-instance.ts'

const newDirectory = dataDirectories()
const twoDaysMs = 2 * 24 * 60 * 60_000
const now = (): number => Math.floor(Date.now() / 1_000)
const claimAt = (timestamp: number, nonce = 'n'): NonceClaim => ({ appKey: 'tenant-a.key', nonce, timestamp })

/** An instance that takes a claim and is killed. @param aheadMs of its clock */
async function claimAndDie(directory: string, claim: NonceClaim, aheadMs = 0): Promise<void> {
  const killed = await ChildInstance.open(directory, 'forwarder-api', aheadMs)
  expect(await killed.claim(claim)).toBe('fresh')
  await killed.kill()
}

describe('nonces over a restart', () => {
  it('are refused for nothing at the very first start', async () => {
    const first = openEmbeddedCoordination({ directory: newDirectory(), instance: 'forwarder-api' })
    expect(await first.nonces.claim(claimAt(now() - 300))).toBe('fresh')
    expect(await first.nonces.claim(claimAt(now()))).toBe('fresh')
    await first.close()
  })

  it('are remembered after a clean stop', async () => {
    const directory = newDirectory()
    const before = await ChildInstance.open(directory, 'forwarder-api')
    const claims = Array.from({ length: 500 }, (_, index) => claimAt(now() - 300 + index, `n${index}`))
    for (const claim of claims) await before.claim(claim)
    await before.stop()

    const after = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    const verdicts = await Promise.all(claims.map((claim) => after.nonces.claim(claim)))
    expect(new Set(verdicts)).toEqual(new Set(['replayed']))
    expect(await after.nonces.claim(claimAt(now() - 300, 'new'))).toBe('fresh')
    await after.close()
  })

  it('are remembered over several clean stops', async () => {
    const directory = newDirectory()
    const claims = ['a', 'b', 'c'].map((nonce) => claimAt(now(), nonce))
    for (const claim of claims) {
      const instance = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
      expect(await instance.nonces.claim(claim)).toBe('fresh')
      await instance.close()
    }
    const last = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    for (const claim of claims) expect(await last.nonces.claim(claim)).toBe('replayed')
    await last.close()
  })

  it('are refused up to the second of the start after a clean stop of release 0.2, which saved otherwise', async () => {
    const directory = newDirectory()
    const old = claimAt(now())
    await openEmbeddedCoordination({ directory, instance: 'forwarder-api' }).close()
    const raw = new DatabaseSync(join(directory, 'runtime.db'))
    raw.exec(`UPDATE nonce_store SET stopped_cleanly = 1, current_age_ms = 1000;
      INSERT INTO nonce_shard VALUES ('forwarder-api', 0, 1023, zeroblob(128)), ('forwarder-api', 1, 1023, zeroblob(128))`)
    raw.close()
    const after = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    expect(await after.nonces.claim(old)).toBe('before-start')
    expect(await after.nonces.claim(claimAt(now() + 1))).toBe('fresh')
    await after.close()
    const last = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    expect(await last.nonces.claim(claimAt(old.timestamp + 300))).toBe('fresh')
    await last.close()
  })

  it('are refused up to the second of the start after a kill', async () => {
    const directory = newDirectory()
    const killed = await ChildInstance.open(directory, 'forwarder-api')
    const old = claimAt(now())
    await killed.claim(old)
    await killed.kill()

    const earliest = now()
    const after = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    const latest = now()
    expect(await after.nonces.claim(old)).toBe('before-start')
    expect(await after.nonces.claim(claimAt(earliest - 300, 'unseen'))).toBe('before-start')
    expect(await after.nonces.claim(claimAt(earliest, 'unseen'))).toBe('before-start')
    expect(await after.nonces.claim(claimAt(latest + 1, 'unseen'))).toBe('fresh')
    expect(await after.nonces.claim(claimAt(latest + 1, 'unseen'))).toBe('replayed')
    await after.close()
  })

  it.each(['stop', 'kill'] as const)(
    'are refused up to the second of the start if runtime.db was deleted before the %s',
    async (how) => {
      const directory = newDirectory()
      const before = await ChildInstance.open(directory, 'forwarder-api')
      const old = claimAt(now())
      expect(await before.claim(old)).toBe('fresh')
      for (const end of ['', '-wal', '-shm']) rmSync(join(directory, `runtime.db${end}`), { force: true })
      await before[how]()

      for (let start = 0; start < 2; start++) {
        const after = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
        expect(await after.nonces.claim(old)).toBe('before-start')
        expect(await after.nonces.claim(claimAt(now() + 1, `new${start}`))).toBe('fresh')
        await after.close()
      }
    },
  )

  it('of clients whose clock is ahead are remembered even after a kill', async () => {
    const directory = newDirectory()
    const killed = await ChildInstance.open(directory, 'forwarder-api')
    const ahead = claimAt(now() + 200)
    await killed.claim(ahead)
    await killed.kill()
    const again = await ChildInstance.open(directory, 'forwarder-api')
    expect(await again.claim(ahead)).toBe('replayed')
    await again.kill()
    const last = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    expect(await last.nonces.claim(ahead)).toBe('replayed')
    await last.close()
  })

  it('are taken twice at no timestamp of the window, whatever was taken before a kill', async () => {
    const directory = newDirectory()
    const killed = await ChildInstance.open(directory, 'forwarder-api')
    const offset = fc.integer({ min: -300, max: 299 })
    const claims = fc.sample(offset, 300).map((seconds, index) => claimAt(now() + seconds, `n${index}`))
    for (const claim of claims) expect(await killed.claim(claim)).toBe('fresh')
    await killed.kill()
    for (let start = 0; start < 2; start++) {
      const after = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
      for (const claim of claims) expect(await after.nonces.claim(claim)).not.toBe('fresh')
      await after.close()
    }
  })

  it('from before a kill stay refused when clean stops follow it', async () => {
    const directory = newDirectory()
    const killed = await ChildInstance.open(directory, 'forwarder-api')
    const old = claimAt(now())
    await killed.claim(old)
    await killed.kill()
    for (let start = 0; start < 3; start++) {
      const instance = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
      expect(await instance.nonces.claim(old)).toBe('before-start')
      await instance.close()
    }
  })

  it('are taken again after a start at which the clock was two days ahead, once it is right', async () => {
    const directory = newDirectory()
    const taken = claimAt(now() + 200, 'taken')
    await claimAndDie(directory, taken)
    const early = await ChildInstance.open(directory, 'forwarder-api', twoDaysMs)
    await early.stop()

    const earliest = now()
    const after = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    expect(await after.nonces.claim(claimAt(earliest, 'unseen'))).toBe('before-start')
    expect(await after.nonces.claim(claimAt(now() + 1, 'new'))).toBe('fresh')
    expect(await after.nonces.claim(taken)).toBe('replayed')
    await after.close()
  })

  it('that were lost are refused by a clock that has been set back by a minute', async () => {
    const directory = newDirectory()
    const minuteMs = 60_000
    const lost = claimAt(now() + minuteMs / 1_000)
    await claimAndDie(directory, lost, minuteMs)
    const ahead = await ChildInstance.open(directory, 'forwarder-api', minuteMs)
    expect(await ahead.claim(lost)).toBe('before-start')
    await ahead.stop()

    const right = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
    expect(await right.nonces.claim(lost)).toBe('before-start')
    await right.close()
  })

  it('are taken again by a process that started with its clock two days ahead, once it is right', async () => {
    const directory = newDirectory()
    const taken = claimAt(now() + 200, 'taken')
    await claimAndDie(directory, taken)

    const early = await ChildInstance.open(directory, 'forwarder-api', twoDaysMs)
    try {
      expect(await early.claim(claimAt(now(), 'new'))).toBe('before-start')
      const earliest = now()
      await early.setClock(0)
      expect(await early.claim(claimAt(earliest, 'unseen'))).toBe('before-start')
      expect(await early.claim(claimAt(now() + 1, 'new'))).toBe('fresh')
      expect(await early.claim(taken)).toBe('replayed')
    } finally {
      await early.stop()
    }
  })

  it('of one instance are nothing to another', async () => {
    const directory = newDirectory()
    const killed = await ChildInstance.open(directory, 'forwarder-api')
    const claim = claimAt(now())
    await killed.claim(claim)
    await killed.kill()
    const other = openEmbeddedCoordination({ directory, instance: 'config-api' })
    expect(await other.nonces.claim(claim)).toBe('fresh')
    await other.close()
  })
})
